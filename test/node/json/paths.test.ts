// What paths select, against an evaluator that takes the definition by its word, on plain JavaScript values.

import { describe, expect, test } from 'vitest';
import { type Bytes, fromText } from '../../../src/bytes/bytes';
import { JsonDocument } from '../../../src/types/json/document';
import { type JsonNode, type Location, memoryOf } from '../../../src/types/json/node';
import { parseJson } from '../../../src/types/json/parse';
import { PathFault, parsePath, writeLocation } from '../../../src/types/json/path';
import { forChanging, locationOf, SelectionFault, select, topmost } from '../../../src/types/json/select';
import { writeJson } from '../../../src/types/json/write';
import { seededRandom } from '../../support/engine';

type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };
type Found = readonly [location: string, value: Plain];

const nodeOf = (value: Plain): JsonNode => parseJson(fromText(JSON.stringify(value)));

/** The children of a value, with how a location names them. */
function children([at, value]: Found): Found[] {
  if (Array.isArray(value)) return value.map((child, i) => [`${at}[${i}]`, child]);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).map(([name, child]) => [`${at}["${name}"]`, child]);
}

const below = (found: Found): Found[] => [found, ...children(found).flatMap(below)];

/** A step as text, and what it selects of one value. */
interface NaiveStep {
  readonly text: string;
  readonly take: (found: Found) => Found[];
}

const named =
  (...names: string[]) =>
  (found: Found): Found[] =>
    Array.isArray(found[1]) ? [] : names.flatMap((name) => children(found).filter(([at]) => at === `${found[0]}["${name}"]`));
const at =
  (...indexes: number[]) =>
  (found: Found): Found[] => {
    const all = Array.isArray(found[1]) ? children(found) : [];
    return indexes.flatMap((index) => all.slice(index < 0 ? Math.max(all.length + index, 0) : index).slice(0, 1));
  };
const sliced =
  (start: number, end: number | undefined, step = 1) =>
  (found: Found): Found[] =>
    Array.isArray(found[1])
      ? children(found)
          .slice(start, end)
          .filter((_, i) => i % step === 0)
      : [];
const where =
  (test: (value: Plain) => boolean) =>
  (found: Found): Found[] =>
    children(found).filter(([, value]) => test(value));
const member = (value: Plain, name: string): Plain | undefined =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value, name) ? value[name] : undefined;
const number = (value: Plain | undefined, test: (value: number) => boolean): boolean => typeof value === 'number' && test(value);

const STEPS: readonly NaiveStep[] = [
  { text: '.a', take: named('a') },
  { text: '["b"]', take: named('b') },
  { text: "['a', 'c']", take: named('a', 'c') },
  { text: '.*', take: children },
  { text: '[*]', take: children },
  { text: '[0]', take: at(0) },
  { text: '[-1]', take: at(-1) },
  { text: '[1,0]', take: at(1, 0) },
  { text: '[1:]', take: sliced(1, undefined) },
  { text: '[:-1]', take: sliced(0, -1) },
  { text: '[0:3:2]', take: sliced(0, 3, 2) },
  { text: '[?(@.a)]', take: where((value) => member(value, 'a') !== undefined) },
  { text: '[?@>1]', take: where((value) => number(value, (one) => one > 1)) },
  { text: '[?(@.a<=2 && @.b)]', take: where((value) => number(member(value, 'a'), (one) => one <= 2) && member(value, 'b') !== undefined) },
  { text: '[?(@ == "x" || @ == null)]', take: where((value) => value === 'x' || value === null) },
  { text: '[?(@.a != 1)]', take: where((value) => member(value, 'a') !== 1) },
  { text: '[?(@ =~ "^x")]', take: where((value) => typeof value === 'string' && value.startsWith('x')) },
];

function naive(steps: readonly { step: NaiveStep; everywhere: boolean }[], root: Plain): Found[] {
  let found: Found[] = [['$', root]];
  for (const { step, everywhere } of steps) found = found.flatMap((one) => (everywhere ? below(one) : [one]).flatMap(step.take));
  return found;
}

describe('random paths on random documents', () => {
  test.each([1, 2, 3])('seed %i', (seed) => {
    const random = seededRandom(seed);
    const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
    const value = (depth: number): Plain => {
      if (depth === 0 || random.below(8) === 0) return pick<Plain>([null, true, 1, 2, 3, 'x', 'xy', 'z']);
      if (random.below(2) === 0) return Array.from({ length: random.below(4) }, () => value(depth - 1));
      return Object.fromEntries(Array.from({ length: random.below(4) }, () => [pick(['a', 'b', 'c']), value(depth - 1)]));
    };
    let total = 0;
    for (let i = 0; i < 2000; i++) {
      const root = value(4);
      const steps = Array.from({ length: 1 + random.below(3) }, () => ({ step: pick(STEPS), everywhere: random.below(2) === 0 }));
      const path = `$${steps.map(({ step, everywhere }) => (everywhere ? `..${step.text.replace(/^\./, '')}` : step.text)).join('')}`;
      const node = nodeOf(root);
      const matches = select(node, parsePath(fromText(path)));
      const expected = naive(steps, root);
      total += expected.length;
      const shown = matches.map((match) => [writeLocation(locationOf(match)), writeJson(match.node)]);
      expect(shown, `${path} on ${JSON.stringify(root)}`).toEqual(expected.map(([where, one]) => [where, writeJson(nodeOf(one))]));
      // A location is a path to itself.
      for (const match of matches)
        expect(select(node, parsePath(writeLocation(locationOf(match)))).map((one) => one.node)).toEqual([match.node]);
    }
    expect(total).toBeGreaterThan(1000);
  });
});

describe('locations', () => {
  const location = (text: string): Location => locationOf(select(DOCUMENT, parsePath(fromText(text)))[0] as never);
  const DOCUMENT = nodeOf({ a: [[1, 2], { b: { a: 1 } }], ab: { c: 2 }, '2': 3 });

  test('changes begin at the deepest and last one', () => {
    const sorted = ['$.a', '$.a[0]', '$.a[0][1]', '$.a[1]', '$.a[1].b', '$.ab', '$.ab.c'].map(location).sort(forChanging);
    expect(sorted.map(writeLocation)).toEqual([
      '$["a"][1]["b"]',
      '$["a"][1]',
      '$["a"][0][1]',
      '$["a"][0]',
      '$["a"]',
      '$["ab"]["c"]',
      '$["ab"]',
    ]);
  });

  test('the topmost ones stand for those below them', () => {
    const all = select(DOCUMENT, parsePath(fromText('$..*'))).map(locationOf);
    expect(topmost(all).map(writeLocation).sort()).toEqual(['$["2"]', '$["a"]', '$["ab"]']);
    expect(topmost(['$.a[0]', '$.a[0]', '$.ab.c', '$.a[0][1]'].map(location)).map(writeLocation)).toEqual(['$["a"][0]', '$["ab"]["c"]']);
  });

  test('any name can be in a path', () => {
    for (const name of ['', '"', '\\', "'", '\\"', 'a b', 'é\n', '$', ']']) {
      const node = nodeOf({ [name]: 1 });
      const path = writeLocation([fromText(name)]);
      expect(select(node, parsePath(path)).length, path).toBe(1);
    }
  });
});

test.each([
  ['$.', 2],
  ['$..', 3],
  ['$.a[', 4],
  ['$.a[01]', 5],
  ['$.a["b]', 4],
  ['$.a[?]', 5],
  ['$.a[?(@.b==)]', 11],
  ['$.a[?(@.b]', 9],
  ['$a b', 3],
  ['$.a\nb', 3],
  ['$.é', 2],
  [`$[?${'('.repeat(40)}@${')'.repeat(40)}]`, 35],
])('%s cannot be read', (path, position) => {
  try {
    parsePath(fromText(path));
    expect.fail('it was');
  } catch (fault) {
    expect(fault).toBeInstanceOf(PathFault);
    expect((fault as PathFault).text).toMatch(
      new RegExp(`^Error occurred on position ${position}, ".*expected one of the following: `, 's'),
    );
  }
});

test('a path that would visit everything again and again is given up, and so is a long pattern on a long text', () => {
  const words = nodeOf(['a'.repeat(100_000)]);
  expect(select(words, parsePath(fromText('$[?@ =~ "a+b"]')))).toEqual([]);
  expect(() => select(words, parsePath(fromText(`$[?@ =~ "(a{1000}b)"]`)))).toThrow(SelectionFault);
  let deep: Plain = 1;
  for (let i = 0; i < 100; i++) deep = [deep, deep === 1 ? 2 : 3];
  expect(() => select(nodeOf(deep), parsePath(fromText(`$${'..*'.repeat(12)}`)))).toThrow(SelectionFault);
});

describe('a document', () => {
  test.each([1, 2])('knows its size after any change (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
    const node = (depth: number): JsonNode => {
      const kind = depth === 0 ? 0 : random.below(4);
      if (kind === 0) return pick<JsonNode>([null, true, 7, fromText('text'), 2n ** 60n]);
      if (kind === 1) return Array.from({ length: random.below(4) }, () => node(depth - 1));
      return nodeOf(Object.fromEntries(Array.from({ length: random.below(20) }, (_, i) => [`m${i}`, i])));
    };
    const document = new JsonDocument(node(3));
    const fresh = () => new JsonDocument(parseJson(document.encode())).memory;
    let changes = 0;
    for (let i = 0; i < 3000; i++) {
      const locations = select(document.root, parsePath(fromText('$..*'))).map(locationOf);
      const where = locations.length === 0 ? [] : pick([[], ...locations]);
      const target = document.at(where);
      const before = document.encode();
      switch (random.below(5)) {
        case 0:
          if (random.below(3) === 0) document.put(where, node(2));
          break;
        case 1:
          document.add(where, fromText(`n${random.below(5)}`), node(2));
          break;
        case 2:
          document.remove(where);
          break;
        case 3:
          if (Array.isArray(target)) document.splice(where, random.below(target.length + 1), random.below(3), [node(1), node(1)]);
          break;
        default:
          document.merge(where, nodeOf({ m1: null, m2: { x: null, y: 1 }, [`n${random.below(3)}`]: [1] }));
      }
      if (document.encode() !== before) changes++;
      expect(document.memory).toBe(fresh());
      if (memoryOf(document.root) > 20_000) document.put([], node(3));
    }
    expect(changes).toBeGreaterThan(300);
  });

  test('merges as RFC 7396 says, and copies what it takes', () => {
    const patch = nodeOf({ a: { b: null, c: 1 } });
    const document = new JsonDocument(nodeOf({ a: { b: 1 }, d: 2 }));
    document.merge([], patch);
    document.put(['a', 'c'] as unknown as Bytes[], 5);
    expect(writeJson(document.root)).toBe('{"a":{"c":5},"d":2}');
    expect(writeJson(patch)).toBe('{"a":{"b":null,"c":1}}');
  });
});
