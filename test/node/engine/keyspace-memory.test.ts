// The estimate of memory is kept by additions and subtractions: after anything, it equals a recount. And what a value is
// stored as, or copied to, is the same value, independent of the first.

import { describe, expect, test } from 'vitest';
import { type Bytes, fromText } from '../../../src/bytes/bytes';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { ArrayValue } from '../../../src/types/array';
import { decodeValue, encodeValue, encodingVersionOf, segmentedOf, typeCodeOf } from '../../../src/types/codec';
import { valueDigest } from '../../../src/types/digest';
import { HashValue } from '../../../src/types/hash';
import { defaultEncodingLimits } from '../../../src/types/limits';
import { ListValue } from '../../../src/types/list';
import { SetValue } from '../../../src/types/set';
import { MAX_ID, MIN_ID } from '../../../src/types/stream/id';
import { StreamValue } from '../../../src/types/stream/value';
import { type Collection, encodingOf, typeOf, type Value } from '../../../src/types/value';
import { ZSetValue } from '../../../src/types/zset';
import { seededRandom, TestEngine } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';
import { RandomCommands } from './random-commands';

const TYPES = ['string', 'list', 'set', 'zset', 'hash', 'stream', 'ReJSON-RL', 'MBbloom--', 'CMSk-TYPE', 'TopK-TYPE'];

function smallLimits(test: TestEngine): TestEngine {
  Object.assign(test.engine.limits, { hashMaxListpackEntries: 5, setMaxIntsetEntries: 8, zsetMaxListpackEntries: 4 });
  return test;
}

function everyKey({ engine }: TestEngine): Bytes[] {
  const keys: Bytes[] = [];
  engine.keys.forEach((key) => {
    keys.push(key);
  });
  return keys;
}

/** No value is kept in segments; or nearly every collection is. */
const WHOLE = { wholeBytes: Number.POSITIVE_INFINITY };
const SEGMENTED = { wholeBytes: 12, segmentBytes: 12 };

/** What the value would take if it had been made at once of what a walk finds in it. A buffer's room depends on how it grew. */
function recountedMemory(value: Value): number | undefined {
  if (typeof value === 'string' || value.type === 'string') return undefined;
  if (value.type === 'stream') return rebuiltStream(value).memory;
  return isCollection(value) ? rebuilt(value).memory : (restored(value) as Exclude<typeof value, string>).memory;
}

function isCollection(value: Value): value is Collection {
  return ['hash', 'set', 'zset', 'list', 'array'].includes(typeOf(value));
}

/** A whole one of the same elements. */
function rebuilt(value: Collection): Collection {
  const limits = { ...defaultEncodingLimits(), ...WHOLE };
  if (value.type === 'hash') {
    const hash = new HashValue(limits);
    for (let place = 0; place < value.size; place++) {
      const field = value.fieldAt(place);
      hash.set(field, value.valueAt(place));
      const deadline = value.deadlineOf(field);
      if (deadline !== undefined) hash.setDeadline(field, deadline);
    }
    return hash;
  }
  if (value.type === 'set') {
    const set = new SetValue(limits);
    // One that was no intset stays none.
    if (value.encoding() !== 'intset') set.add(fromText('no integer'));
    for (const member of value.members()) set.add(member);
    if (!value.has(fromText('no integer'))) set.delete(fromText('no integer'));
    return set;
  }
  if (value.type === 'zset') {
    const zset = new ZSetValue(limits);
    value.walk(value.size - 1, value.size, true, (member, score) => zset.put(member, score));
    return zset;
  }
  if (value.type === 'list') {
    const list = new ListValue(limits);
    for (const element of value.range(0, value.size)) list.push('left', element);
    return list;
  }
  const array = new ArrayValue(limits);
  value.ascend(0, (index, one) => {
    array.set(index, one);
    return true;
  });
  return array;
}

function rebuiltStream(value: StreamValue): StreamValue {
  const stream = new StreamValue({ ...defaultEncodingLimits(), ...WHOLE });
  value.entries.ascend(MIN_ID, MAX_ID, (id, pairs) => {
    stream.append(id, pairs);
    return true;
  });
  for (const group of value.groups()) {
    const copy = stream.createGroup(group.name, group.lastId);
    for (const consumer of group.consumers()) copy.createConsumer(consumer.name, consumer.seenTime);
    group.pending.ascend(MIN_ID, ({ id, consumer, time, deliveries }) => {
      copy.pending.add(id, consumer && copy.consumer(consumer.name), time, deliveries);
      return true;
    });
  }
  stream.producers = value.producers?.copy();
  return stream;
}

function restored(value: Value): Value {
  return decodeValue(typeCodeOf(value), encodingVersionOf(value), encodeValue(value), defaultEncodingLimits());
}

describe('memory', () => {
  test.each([
    [1, WHOLE],
    [2, WHOLE],
    [3, SEGMENTED],
    [4, SEGMENTED],
  ])('used memory is the sum over the keys, and that of a value what it holds (seed %d, %j)', { timeout: 60_000 }, (seed, sizes) => {
    const random = seededRandom(seed);
    const test = smallLimits(new TestEngine(seed));
    Object.assign(test.engine.limits, sizes);
    let segmented = 0;
    const commands = new RandomCommands(random, () => test.now);
    const seen = new Map<string, number>();
    for (let step = 0; step < 12_000; step++) {
      test.run(...commands.next());
      if (random.below(20) === 0) test.now += random.below(2000);
      if (step % 40 !== 0) continue;
      let total = 0;
      for (const key of everyKey(test)) {
        const value = test.engine.keys.peek(key) as Value;
        const memory = test.engine.keys.memory(key);
        total += memory;
        if (typeof value !== 'string') {
          if (segmentedOf(value)?.segmentChanges() !== undefined) segmented++;
          const fresh = recountedMemory(value);
          if (fresh !== undefined) expect([step, key, typeOf(value), value.memory]).toEqual([step, key, typeOf(value), fresh]);
          expect(memory).toBeGreaterThan(value.memory + key.length);
        } else expect(memory).toBeGreaterThan(value.length + key.length);
        seen.set(typeOf(value), (seen.get(typeOf(value)) ?? 0) + 1);
      }
      expect(test.engine.keys.datasetMemory).toBe(total);
    }
    for (const type of TYPES) expect([type, (seen.get(type) ?? 0) > 60]).toEqual([type, true]);
    expect([sizes, segmented > 1000]).toEqual([sizes, sizes === SEGMENTED]);
    test.run('FLUSHALL');
    expect(test.engine.keys.datasetMemory).toBe(0);
  });

  test('what is in memory and what all keys would take there are counted, and nothing is left when the last key has gone', () => {
    const shard = new StoredEngine();
    for (let i = 0; i < 50; i++) shard.test.run('RPUSH', `list:${i}`, 'a', 'b');
    shard.checkpoint();
    const whole = shard.engine.keys.datasetMemory;
    shard.restart();
    expect([shard.engine.keys.residentMemory, shard.engine.keys.datasetMemory]).toEqual([0, whole]);
    shard.test.run('LLEN', 'list:1');
    expect(shard.engine.keys.residentMemory * 40).toBeLessThan(whole);
    while (shard.engine.hydrate(10));
    expect([shard.engine.keys.residentMemory, shard.engine.keys.datasetMemory]).toEqual([whole, whole]);
    for (let i = 0; i < 50; i++) shard.test.run(...(i % 2 ? ['DEL', `list:${i}`] : ['LPOP', `list:${i}`, 2]));
    expect([shard.engine.keys.residentMemory, shard.engine.keys.datasetMemory]).toEqual([0, 0]);
  });
});

describe('values', () => {
  test('are the same after they were stored', { timeout: 60_000 }, () => {
    const random = seededRandom(5);
    const test = smallLimits(new TestEngine(5));
    const commands = new RandomCommands(random, () => test.now);
    const seen = new Map<string, number>();
    for (let step = 0; step < 12_000; step++) {
      test.run(...commands.next());
      if (step % 50 !== 0) continue;
      for (const key of everyKey(test)) {
        const value = test.engine.keys.peek(key) as Value;
        const other = restored(value);
        expect(typeOf(other)).toBe(typeOf(value));
        expect(encodeValue(other)).toBe(encodeValue(value));
        expect(valueDigest(other, false)).toEqual(valueDigest(value, false));
        if (typeOf(value) !== 'string') expect([key, encodingOf(other)]).toEqual([key, encodingOf(value)]);
        seen.set(encodingOf(value), (seen.get(encodingOf(value)) ?? 0) + 1);
      }
    }
    for (const encoding of ['int', 'embstr', 'raw', 'quicklist', 'intset', 'hashtable', 'listpack', 'listpackex', 'skiplist']) {
      expect([encoding, (seen.get(encoding) ?? 0) > 50]).toEqual([encoding, true]);
    }
  });

  test('a copy answers as the original did, and neither sees what happens to the other', () => {
    const random = seededRandom(6);
    const test = smallLimits(new TestEngine(6));
    const commands = new RandomCommands(random, () => test.now);
    const kept: { copy: Value; content: Bytes; memory: number }[] = [];
    let changed = 0;
    for (let step = 0; step < 9000; step++) {
      const argv = commands.next();
      test.run(...argv);
      const value = test.engine.keys.peek(fromText(argv[1] ?? ''));
      if (value === undefined || typeof value === 'string' || step % 10 !== 0) continue;
      const copy = value.copy();
      const content = encodeValue(value);
      expect(encodeValue(copy)).toBe(content);
      kept.push({ copy, content, memory: copy.memory });
      // The original lives on in the keyspace and is changed there.
      if (kept.length < 200) continue;
      const old = kept.shift() as (typeof kept)[number];
      expect([encodeValue(old.copy), (old.copy as typeof copy).memory]).toEqual([old.content, old.memory]);
      changed++;
    }
    expect(changed).toBeGreaterThan(50);
  });

  test('a copied key under the same commands stays equal, under others the first stays as it was', () => {
    const random = seededRandom(7);
    let equal = 0;
    let independent = 0;
    for (let round = 0; round < 300; round++) {
      const test = smallLimits(new TestEngine(round));
      const commands = new RandomCommands(random, () => test.now);
      // Only what concerns this one key, and nothing that is drawn.
      const lines: string[][] = [];
      while (lines.length < 40) {
        const line = commands.next();
        if (
          /^(SPOP|FLUSHALL|KEYS|SCAN|DBSIZE|DEL|GETDEL|[A-Z]*RAND[A-Z]*|RENAME|COPY|M[SG]ET|[A-Z]+STORE|SMOVE|LMOVE|EXISTS)$/.test(
            line[0] ?? '',
          )
        )
          continue;
        lines.push(line);
      }
      const run = (key: string, line: string[]): string => encodeReply(test.run(line[0] ?? '', key, ...line.slice(2)), 2);
      for (const line of lines.slice(0, 12)) run('{k}one', line);
      if (test.run('COPY', '{k}one', '{k}two') !== 1) continue;
      const same = ([, content]: string[]): boolean => content !== 'ENCODING';
      for (const line of lines.slice(12, 26).filter(same))
        expect([line, run('{k}two', line).replaceAll('{k}two', '{k}one')]).toEqual([line, run('{k}one', line)]);
      expect(digest(test, '{k}two')).toBe(digest(test, '{k}one'));
      equal++;
      const before = digest(test, '{k}one');
      for (const line of lines.slice(26)) run('{k}two', line);
      expect(digest(test, '{k}one')).toBe(before);
      if (digest(test, '{k}two') !== before) independent++;
    }
    expect(equal).toBeGreaterThan(100);
    expect(independent).toBeGreaterThan(50);
  });
});

function digest(test: TestEngine, key: string): string {
  return encodeReply(test.run('DEBUG', 'DIGEST-VALUE', key), 2);
}
