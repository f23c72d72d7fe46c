// Cuckoo filters: what they promise, and the numbers of RedisBloom's own tests (tests/flow/test_cuckoo.py) for the same
// items, which come out only with the same hashes, the same places and the same moves.

import { describe, expect, test } from 'vitest';
import { type Bytes, fromText } from '../../../src/bytes/bytes';
import { decodeFrame } from '../../../src/engine/journal';
import { CUCKOO_HEADER_BYTES, CuckooFilter } from '../../../src/types/cuckoo';
import { datasetOf } from '../../support/differential';
import { seededRandom, TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

const number = (i: number): Bytes => fromText(`${i}`);

function cuckoo(capacity: number, bucketSize = 2, maxIterations = 20, expansion = 1): CuckooFilter {
  const filter = CuckooFilter.create({ capacity, bucketSize, maxIterations, expansion });
  if (!filter) throw new Error('no filter');
  return filter;
}

describe('has the numbers of RedisBloom', () => {
  // test_bucket_size and test_expansion.
  test.each([
    { size: [64, 1, 20, 1], buckets: 64, filters: 18 },
    { size: [64, 2, 20, 1], buckets: 32, filters: 17 },
    { size: [256, 4, 500, 1], buckets: 64, filters: 4 },
    { size: [64, 2, 20, 2], buckets: 32, filters: 5 },
    { size: [64, 2, 500, 4], buckets: 32, filters: 3 },
  ])('$size: $filters filters after 1000 items', ({ size, buckets, filters }) => {
    const filter = cuckoo(...(size as [number, number, number, number]));
    for (let i = 0; i < 1000; i++) expect(filter.add(number(i))).toBe('added');
    for (let i = 0; i < 1000; i++) expect(filter.has(number(i))).toBe(true);
    expect([filter.options.buckets, filter.filterCount, filter.size]).toEqual([buckets, filters, 1000]);
  });

  test('and takes no more items when it has as many filters as there may be', () => {
    const engine = new TestEngine();
    engine.run('CF.RESERVE', 'cf', 4);
    for (let i = 0; i < 124; i++) expect(plain(engine.run('CF.ADD', 'cf', i))).toBe(1);
    expect(engine.run('CF.ADD', 'cf', 2048)).toMatchObject({ text: 'Maximum expansions reached' });
  });
});

test('forgets nothing that was not removed, and seldom sees what is not there', () => {
  const random = seededRandom(31);
  const filter = cuckoo(64, 2, 20, 2);
  const counts = new Map<number, number>();
  let removed = 0;
  for (let i = 0; i < 8000; i++) {
    const item = random.below(1500);
    const count = counts.get(item) ?? 0;
    if (count > 0 && random.below(3) > 0) {
      expect(filter.delete(number(item))).toBe(true);
      counts.set(item, count - 1);
      removed++;
    } else if (count < 3) {
      expect(filter.add(number(item))).toBe('added');
      counts.set(item, count + 1);
    }
    if (i % 500 === 0) for (const [one, times] of counts) expect(filter.countOf(number(one))).toBeGreaterThanOrEqual(times);
  }
  expect(removed).toBeGreaterThan(1000);
  expect(filter.size).toBe([...counts.values()].reduce((sum, count) => sum + count, 0));
  let wrong = 0;
  for (let i = 0; i < 5000; i++) if (filter.has(fromText(`other:${i}`))) wrong++;
  // Some 2 places of 2 buckets in each filter, with one of 255 fingerprints.
  expect(wrong).toBeLessThan(5000 * (filter.filterCount * 4 * (1 / 255)) * 1.5);
});

test('filters are given up when removals have emptied them', () => {
  const filter = cuckoo(16, 2, 20, 1);
  for (let i = 0; i < 200; i++) filter.add(number(i));
  const most = filter.filterCount;
  for (let i = 0; i < 180; i++) expect(filter.delete(number(i))).toBe(true);
  expect(most).toBeGreaterThan(10);
  expect(filter.filterCount).toBeLessThan(most / 2);
  for (let i = 180; i < 200; i++) expect(filter.has(number(i))).toBe(true);
});

test('a filter that has no room for an item is as it was before', () => {
  const filter = cuckoo(16, 2, 50, 0);
  let i = 0;
  while (filter.add(number(i)) === 'added') i++;
  let refused = 0;
  for (let j = 0; j < 100; j++) {
    const before = filter.encode();
    if (filter.add(number(1000 + j)) !== 'full') continue;
    refused++;
    expect(filter.encode()).toBe(before);
  }
  expect(refused).toBeGreaterThan(10);
});

test('is the same after it was stored, copied or moved in parts', () => {
  const filter = cuckoo(32, 2, 20, 2);
  for (let i = 0; i < 300; i++) filter.add(number(i));
  const moved = CuckooFilter.fromHeader(filter.header()) as CuckooFilter;
  for (let at = 0; at < filter.bytes; ) {
    const chunk = filter.chunk(at, 50) as Bytes;
    expect(moved.loadChunk(at, chunk)).toBe(true);
    at += chunk.length;
  }
  const before = filter.encode();
  const others = [CuckooFilter.decode(before), filter.copy(), moved];
  filter.add(fromText('later'));
  for (const other of others) {
    expect([other.encode(), other.memory]).toEqual([before, filter.memory]);
    other.add(fromText('later'));
    expect(other.encode()).toBe(filter.encode());
  }
  for (const cut of [0, 10, CUCKOO_HEADER_BYTES, before.length - 1])
    expect(() => CuckooFilter.decode(before.slice(0, cut) as Bytes)).toThrow();
  const random = seededRandom(8);
  for (let i = 0; i < 500; i++) {
    const at = random.below(CUCKOO_HEADER_BYTES);
    const header = filter.header();
    const bent = CuckooFilter.fromHeader(`${header.slice(0, at)}${String.fromCharCode(random.below(256))}${header.slice(at + 1)}` as Bytes);
    // Whatever it is, it can be used.
    bent?.add(number(i));
  }
});

test('the journal has the command lines', () => {
  const engine = new TestEngine();
  const effectsOf = (line: string): string[] => {
    const before = engine.journal.length;
    engine.run(...line.split(' '));
    return engine.journal.slice(before).flatMap((frame) => decodeFrame(frame).effects.map((effect) => effect.join(' ')));
  };
  for (const line of ['CF.RESERVE c 8', 'CF.ADD c x', 'CF.ADDNX c y', 'CF.INSERT c ITEMS a b', 'CF.INSERTNX d ITEMS a b', 'CF.DEL c x'])
    expect(effectsOf(line)).toEqual([line]);
  for (const line of [
    'CF.ADDNX c y',
    'CF.INSERTNX c ITEMS a',
    'CF.DEL c nothing',
    'CF.EXISTS c a',
    'CF.MEXISTS c a',
    'CF.COUNT c a',
    'CF.INFO c',
    'CF.SCANDUMP c 0',
    'CF.LOADCHUNK c 1 x',
  ])
    expect(effectsOf(line), line).toEqual([]);
  expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
});
