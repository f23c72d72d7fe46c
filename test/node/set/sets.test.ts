// What sets do, as tables; the differential test beside this one covers the combinations.

import { beforeEach, describe, expect, test } from 'vitest';
import { decodeFrame } from '../../../src/engine/journal';
import { ErrorReply } from '../../../src/protocol/reply';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { datasetOf } from '../../support/differential';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';
import { chiSquare } from '../../support/statistics';

let engine: TestEngine;
beforeEach(() => {
  engine = new TestEngine();
});

type Argument = string | number;
const run = (...argv: Argument[]) => engine.run(...argv);
const show = (...argv: Argument[]) => plain(run(...argv));
const error = (...argv: Argument[]) => {
  const reply = run(...argv);
  return reply instanceof ErrorReply ? reply.text : reply;
};
/** Members of a reply in an order of their own. */
const members = (...argv: Argument[]) => [...(show(...argv) as string[])].sort();
const encoding = (key: string) => run('OBJECT', 'ENCODING', key);
const lastEffects = () => decodeFrame(engine.journal.at(-1) as never).effects;
const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
const NOT_POSITIVE = 'ERR value is out of range, must be positive';
const SYNTAX = 'ERR syntax error';

describe('members', () => {
  test.each([
    ['hashtable', ['foo', 'bar']],
    ['intset', ['17', '16']],
  ])('of a %s', (kind, [a, b]) => {
    const [one, two] = [a as string, b as string];
    expect([run('SADD', 's', one), run('SADD', 's', one, two, two), run('SADD', 's', two)]).toEqual([1, 1, 0]);
    expect(encoding('s')).toBe(kind);
    expect([run('SCARD', 's'), run('SCARD', 'none')]).toEqual([2, 0]);
    expect([run('SISMEMBER', 's', one), run('SISMEMBER', 's', 'x'), run('SISMEMBER', 'none', one)]).toEqual([1, 0, 0]);
    expect([run('SMISMEMBER', 's', one, 'x', two), run('SMISMEMBER', 'none', one, two)]).toEqual([
      [1, 0, 1],
      [0, 0],
    ]);
    expect([members('SMEMBERS', 's'), members('SMEMBERS', 'none')]).toEqual([[one, two].sort(), []]);
    expect([run('SREM', 's', 'x'), run('SREM', 's', one, 'x', one), run('SREM', 'none', one)]).toEqual([0, 1, 0]);
    expect([members('SMEMBERS', 's'), run('SREM', 's', 'x', two, 'y'), run('EXISTS', 's')]).toEqual([[two], 1, 0]);
  });

  test('what is no integer, or one too many, makes a hash table', () => {
    run('SADD', 'a', 1, 2, 3, 'x');
    run('SADD', 'b', '213244124402402314402033402');
    run('SADD', 'c', ...numbers(512));
    expect([encoding('a'), encoding('b'), encoding('c')]).toEqual(['hashtable', 'hashtable', 'intset']);
    expect([run('SADD', 'c', 512), encoding('c'), run('SISMEMBER', 'c', 511)]).toEqual([1, 'hashtable', 1]);
  });

  test('a command that changes nothing leaves no mark', () => {
    run('SADD', 's', 'a');
    const frames = engine.journal.length;
    run('SADD', 's', 'a');
    run('SREM', 's', 'b');
    run('SMOVE', 's', 't', 'b');
    run('SMOVE', 's', 's', 'a');
    run('SPOP', 's', 0);
    run('SPOP', 'none');
    run('SUNIONSTORE', 'none', 'none');
    expect(engine.journal.length).toBe(frames);
  });
});

describe('SMOVE', () => {
  beforeEach(() => {
    run('SADD', 'texts', 1, 'a', 'b');
    run('SADD', 'integers', 2, 3, 4);
  });

  test.each([
    ['texts', 'integers', 'a', ['1', 'b'], ['2', '3', '4', 'a'], 'hashtable'],
    ['texts', 'integers', '1', ['a', 'b'], ['1', '2', '3', '4'], 'intset'],
    ['integers', 'texts', '2', ['3', '4'], ['1', '2', 'a', 'b'], 'hashtable'],
    ['texts', 'none', 'a', ['1', 'b'], ['a'], 'hashtable'],
    ['integers', 'none', '2', ['3', '4'], ['2'], 'intset'],
  ])('from %s to %s: %s', (from, to, member, source, destination, kind) => {
    expect(run('SMOVE', from, to, member)).toBe(1);
    expect([members('SMEMBERS', from), members('SMEMBERS', to), encoding(to)]).toEqual([source, destination, kind]);
  });

  test('what is not there is not moved', () => {
    expect([run('SMOVE', 'texts', 'integers', 'x'), run('SMOVE', 'none', 'integers', 'a'), run('EXISTS', 'none')]).toEqual([0, 0, 0]);
    expect([run('SMOVE', 'texts', 'texts', 'a'), run('SMOVE', 'texts', 'texts', 'x')]).toEqual([1, 0]);
    expect([run('SCARD', 'texts'), run('SCARD', 'integers')]).toEqual([3, 3]);
  });

  test('types matter only when there is a source', () => {
    run('SET', 'string', 'v');
    expect([error('SMOVE', 'string', 'texts', 'a'), error('SMOVE', 'texts', 'string', 'a')]).toEqual([WRONG_TYPE, WRONG_TYPE]);
    expect(error('SMOVE', 'none', 'string', 'a')).toBe(0);
    expect(run('SCARD', 'texts')).toBe(3);
  });

  test('the last member takes its set along, and a destination that has it already is not touched', () => {
    const other = engine.newClient();
    run('SADD', 'source', 'a');
    run('WATCH', 'texts');
    engine.runAs(other, 'SMOVE', 'source', 'texts', 'a');
    run('MULTI');
    run('SCARD', 'texts');
    expect([run('EXEC'), run('EXISTS', 'source')]).toEqual([[3], 0]);
  });
});

describe('several sets', () => {
  beforeEach(() => {
    run('SADD', 'a', ...numbers(10));
    run('SADD', 'b', ...numbers(10, 5), 'x');
    run('SADD', 'c', 7, 8, 9, 100);
  });

  test.each([
    ['SINTER', ['a', 'b'], ['5', '6', '7', '8', '9']],
    ['SINTER', ['a', 'b', 'c'], ['7', '8', '9']],
    ['SINTER', ['a'], numbers(10).map(String)],
    ['SINTER', ['a', 'none'], []],
    ['SINTER', ['none'], []],
    ['SINTER', ['c', 'c', 'c'], ['100', '7', '8', '9']],
    ['SUNION', ['c', 'none', 'c'], ['100', '7', '8', '9']],
    ['SUNION', ['b', 'c'], [...numbers(10, 5).map(String), '100', 'x'].sort()],
    ['SUNION', ['none'], []],
    ['SDIFF', ['a', 'b'], ['0', '1', '2', '3', '4']],
    ['SDIFF', ['b', 'a', 'none'], ['10', '11', '12', '13', '14', 'x']],
    ['SDIFF', ['b', 'a', 'b'], []],
    ['SDIFF', ['none', 'a'], []],
    ['SDIFF', ['c', 'a', 'a', 'a', 'a', 'a'], ['100']],
  ] as const)('%s of %j', (name, keys, expected) => {
    expect(members(name, ...keys)).toEqual(expected);
    run('SADD', 'stored', 'before');
    run('EXPIRE', 'stored', 100);
    expect(run(`${name}STORE`, 'stored', ...keys)).toBe(expected.length);
    expect(members('SMEMBERS', 'stored')).toEqual(expected);
    expect(run('TTL', 'stored')).toBe(expected.length > 0 ? -1 : -2);
    expect(run('SCARD', 'a')).toBe(10);
  });

  test('integers give an intset, also from sets that hold texts', () => {
    for (const [name, ...keys] of [
      ['SINTERSTORE', 'b', 'a'],
      ['SDIFFSTORE', 'a', 'b'],
      ['SUNIONSTORE', 'a', 'c'],
    ] as const) {
      run(name, 'stored', ...keys);
      expect([name, encoding('stored')]).toEqual([name, 'intset']);
    }
    run('SUNIONSTORE', 'stored', 'a', 'b');
    expect(encoding('stored')).toBe('hashtable');
  });

  test('a result may replace one of its inputs, or a value of another type', () => {
    run('SET', 'string', 'v');
    expect([run('SDIFFSTORE', 'a', 'a', 'b'), members('SMEMBERS', 'a')]).toEqual([5, ['0', '1', '2', '3', '4']]);
    expect([run('SUNIONSTORE', 'string', 'c'), run('TYPE', 'string')]).toEqual([4, expect.objectContaining({ text: 'set' })]);
  });

  test('a wrong type anywhere is an error and leaves the destination alone', () => {
    run('SET', 'string', 'v');
    for (const keys of [
      ['string', 'a'],
      ['a', 'string'],
      ['none', 'string'],
      ['a', 'none', 'string'],
    ]) {
      for (const name of ['SINTER', 'SUNION', 'SDIFF']) {
        expect(error(name, ...keys)).toBe(WRONG_TYPE);
        expect(error(`${name}STORE`, 'c', ...keys)).toBe(WRONG_TYPE);
      }
      expect(error('SINTERCARD', keys.length, ...keys)).toBe(WRONG_TYPE);
    }
    expect(run('SCARD', 'c')).toBe(4);
  });

  test('SINTERCARD counts up to its limit', () => {
    expect([run('SINTERCARD', 2, 'a', 'b'), run('SINTERCARD', 3, 'a', 'b', 'c'), run('SINTERCARD', 2, 'a', 'none')]).toEqual([5, 3, 0]);
    expect([0, 1, 4, 5, 6].map((limit) => run('SINTERCARD', 2, 'a', 'b', 'LIMIT', limit))).toEqual([5, 1, 4, 5, 5]);
    expect(run('SINTERCARD', 1, 'a', 'limit', 2, 'LIMIT', 3)).toBe(3);
  });

  test('SINTERCARD refuses', () => {
    for (const count of ['0', '-1', 'a', '1.5']) expect(error('SINTERCARD', count, 'a')).toBe('ERR numkeys should be greater than 0');
    expect(error('SINTERCARD', 3, 'a', 'b')).toBe("ERR Number of keys can't be greater than number of args");
    for (const limit of ['-1', 'a']) expect(error('SINTERCARD', 1, 'a', 'LIMIT', limit)).toBe("ERR LIMIT can't be negative");
    expect([error('SINTERCARD', 1, 'a', 'b'), error('SINTERCARD', 1, 'a', 'LIMIT')]).toEqual([SYNTAX, SYNTAX]);
    expect(error('SINTERCARD', 1, 'a', 'bogus', 1)).toBe(SYNTAX);
  });
});

describe('random members', () => {
  const TEXTS = numbers(10).map((n) => `m${n}`);
  const INTEGERS = numbers(10).map(String);

  test.each([
    ['texts', TEXTS, 2],
    ['texts', TEXTS, 8],
    ['texts', TEXTS, -3],
    ['integers', INTEGERS, 2],
    ['integers', INTEGERS, 8],
    ['integers', INTEGERS, -3],
  ])('SRANDMEMBER of %s: %j, count %i, draws fairly', (_, all, count) => {
    run('SADD', 's', ...all);
    const drawn: string[] = [];
    for (let i = 0; i < 400; i++) {
      const some = show('SRANDMEMBER', 's', count) as string[];
      expect(some.length).toBe(Math.abs(count));
      if (count > 0) expect(new Set(some).size).toBe(count);
      drawn.push(...some);
    }
    expect([...new Set(drawn)].sort()).toEqual(all);
    expect(chiSquare(drawn)).toBeLessThan(40);
  });

  test('SRANDMEMBER without a count, and with unusual ones', () => {
    run('SADD', 's', 'a', 'b');
    expect(['a', 'b']).toContain(run('SRANDMEMBER', 's'));
    expect([run('SRANDMEMBER', 'none'), run('SRANDMEMBER', 'none', 5), run('SRANDMEMBER', 's', 0)]).toEqual([null, [], []]);
    expect([members('SRANDMEMBER', 's', '9223372036854775807'), (show('SRANDMEMBER', 's', -50) as string[]).length]).toEqual([
      ['a', 'b'],
      50,
    ]);
    expect([error('SRANDMEMBER', 's', 'a'), error('SRANDMEMBER', 's', 'a', 'b')]).toEqual([NOT_AN_INTEGER, SYNTAX]);
    expect(error('SRANDMEMBER', 's', '-9223372036854775808')).toMatch(/^ERR value is out of range, value must between/);
    expect(error('SRANDMEMBER', 's', '-9223372036854775807')).toBe('ERR value is out of range');
  });

  test.each([
    ['texts', TEXTS],
    ['integers', INTEGERS],
  ])('SPOP of %s takes different members until none is left, fairly', (_, all) => {
    const first: string[] = [];
    for (let round = 0; round < 300; round++) {
      run('SADD', 's', ...all);
      const popped = [run('SPOP', 's') as string, ...(show('SPOP', 's', 3) as string[]), ...(show('SPOP', 's', 100) as string[])];
      expect([...popped].sort()).toEqual(all);
      expect(run('EXISTS', 's')).toBe(0);
      first.push(...popped.slice(0, 4));
    }
    expect(chiSquare(first)).toBeLessThan(40);
  });

  test('what SPOP amounted to is recorded as removals', () => {
    run('SADD', 's', ...TEXTS);
    const one = run('SPOP', 's');
    expect(lastEffects()).toEqual([['SREM', 's', one]]);
    const three = show('SPOP', 's', 3) as string[];
    expect(lastEffects()).toEqual([['SREM', 's', ...three]]);
    expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
    run('SPOP', 's', 6);
    expect(lastEffects()).toEqual([['DEL', 's']]);
    run('SADD', 'single', 'a');
    expect([run('SPOP', 'single'), lastEffects()]).toEqual(['a', [['DEL', 'single']]]);
  });

  test('SPOP of very many members', () => {
    for (let from = 0; from < 300_000; from += 10_000) run('SADD', 's', ...numbers(10_000, from).map((n) => `m${n}`));
    const some = show('SPOP', 's', 150_000) as string[];
    expect([new Set(some).size, run('SCARD', 's')]).toEqual([150_000, 150_000]);
    expect(engine.replayed().run('SCARD', 's')).toBe(150_000);
    const rest = show('SPOP', 's', 500_000) as string[];
    expect([new Set([...some, ...rest]).size, run('EXISTS', 's')]).toEqual([300_000, 0]);
    expect(engine.replayed().run('EXISTS', 's')).toBe(0);
  });

  test('SPOP refuses and answers nothing', () => {
    run('SADD', 's', 'a');
    for (const count of ['-1', 'a', '']) expect(error('SPOP', 's', count)).toBe(NOT_POSITIVE);
    expect(error('SPOP', 's', 'a', 'b')).toBe(SYNTAX);
    expect([run('SPOP', 'none'), show('SPOP', 'none', 3), show('SPOP', 's', 0), run('SCARD', 's')]).toEqual([null, [], [], 1]);
  });
});

describe('replies of RESP3', () => {
  test('are sets where the members have no order of their own', () => {
    run('SADD', 's', 'a');
    for (const argv of [
      ['SMEMBERS', 's'],
      ['SINTER', 's'],
      ['SUNION', 's'],
      ['SDIFF', 's'],
      ['SPOP', 's', '1'],
    ]) {
      expect(encodeReply(run(...argv), 3)).toBe('~1\r\n$1\r\na\r\n');
      expect(encodeReply(run(argv[0] as string, 'none', ...argv.slice(2)), 3)).toBe('~0\r\n');
    }
    run('SADD', 's', 'a');
    expect(encodeReply(run('SMEMBERS', 's'), 2)).toBe('*1\r\n$1\r\na\r\n');
    expect(encodeReply(run('SRANDMEMBER', 's', 1), 3)).toBe('*1\r\n$1\r\na\r\n');
    expect(encodeReply(run('SRANDMEMBER', 'none', 1), 3)).toBe('*0\r\n');
    expect(encodeReply(run('SPOP', 'none'), 3)).toBe('_\r\n');
  });
});

describe('walking', () => {
  test('an intset comes whole and in order, whatever cursor and count', () => {
    run('SADD', 's', 30, 4, 100, -1);
    for (const cursor of ['0', '3']) expect(run('SSCAN', 's', cursor, 'COUNT', 1)).toEqual(['0', ['-1', '4', '30', '100']]);
    expect(run('SSCAN', 's', 0, 'MATCH', '*1*')).toEqual(['0', ['-1', '100']]);
    expect(run('SSCAN', 's', 0, 'MATCH', '*a*', 'COUNT', 100)).toEqual(['0', []]);
    expect(run('SSCAN', 'none', 0)).toEqual(['0', []]);
  });

  test('a hash table comes in steps, and whoever stays is seen', () => {
    run('SADD', 's', ...numbers(200).map((n) => `m${n}`));
    const found = new Set<string>();
    let cursor = '0';
    let steps = 0;
    do {
      const [next, items] = show('SSCAN', 's', cursor, 'COUNT', 15, 'MATCH', 'm*') as [string, string[]];
      for (const member of items) found.add(member);
      run('SREM', 's', ...numbers(5, 100 + 5 * steps).map((n) => `m${n}`));
      run('SADD', 's', `new${steps}`, `newer${steps}`);
      cursor = next;
      steps++;
    } while (cursor !== '0');
    for (let n = 0; n < 100; n++) expect(found).toContain(`m${n}`);
    expect([...found].every((member) => member.startsWith('m'))).toBe(true);
    expect(steps).toBeGreaterThan(8);
    expect(steps).toBeLessThan(20);
  });

  test('refusals', () => {
    run('SADD', 's', 1);
    for (const cursor of ['x', '1.5', '18446744073709551616']) expect(error('SSCAN', 's', cursor)).toBe('ERR invalid cursor');
    for (const options of [['COUNT'], ['NOVALUES'], ['COUNT', '0']]) expect(error('SSCAN', 's', 0, ...options)).toBe(SYNTAX);
    expect(error('SSCAN', 's', 0, 'COUNT', 'x')).toBe(NOT_AN_INTEGER);
  });
});

test.each([
  ['SADD', 'm'],
  ['SREM', 'm'],
  ['SCARD'],
  ['SISMEMBER', 'm'],
  ['SMISMEMBER', 'm'],
  ['SMEMBERS'],
  ['SPOP'],
  ['SPOP', '1'],
  ['SRANDMEMBER'],
  ['SRANDMEMBER', '1'],
  ['SSCAN', '0'],
])('%s wants a set and its arguments', (name, ...rest) => {
  run('SET', 'string', 'v');
  expect(error(name, 'string', ...rest)).toBe(WRONG_TYPE);
  expect(run('GET', 'string')).toBe('v');
  expect(error(name)).toBe(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
});

test('the journal gives the same sets in the same order', () => {
  run('SADD', 'integers', ...numbers(50));
  run('SADD', 'texts', ...numbers(50).map((n) => `m${n}`));
  run('SREM', 'texts', 'm3', 'm49', 'm0');
  run('SPOP', 'texts', 7);
  run('SPOP', 'integers');
  run('SMOVE', 'integers', 'texts', run('SRANDMEMBER', 'integers') as string);
  run('SUNIONSTORE', 'both', 'texts', 'integers');
  expect(run('SCARD', 'texts')).toBe(41);
  expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
});

test('SUNIONCARD estimates the size of a large union', () => {
  const engine = new TestEngine();
  for (let i = 0; i < 20_000; i += 100) {
    engine.run('SADD', 'one', ...Array.from({ length: 100 }, (_, j) => `member ${i + j}`));
    engine.run('SADD', 'other', ...Array.from({ length: 100 }, (_, j) => `member ${i + j + 10_000}`));
  }
  expect(engine.run('SUNIONCARD', 2, 'one', 'other')).toBe(30_000);
  const estimate = engine.run('SUNIONCARD', 2, 'one', 'other', 'APPROX') as number;
  expect(Math.abs(estimate - 30_000)).toBeLessThan(30_000 * 0.03);
  expect(engine.run('SUNIONCARD', 2, 'one', 'other', 'APPROX', 'LIMIT', 10)).toBe(10);
});
