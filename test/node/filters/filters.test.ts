// Bloom filters, count-min sketches and top-k lists: what they promise, and the numbers that RedisBloom's own tests have
// for the same items (tests/flow/test_overall.py), which come out only with the same sizes and hashes.

import { describe, expect, test } from 'vitest';
import { type Bytes, fromText } from '../../../src/bytes/bytes';
import { murmur32, murmur64 } from '../../../src/structures/murmur';
import { BloomFilter } from '../../../src/types/bloom';
import { CountMinSketch } from '../../../src/types/count-min';
import { MAX_FILTER_BYTES } from '../../../src/types/filter-limits';
import type { Segment, SegmentSource } from '../../../src/types/segments';
import { TopK } from '../../../src/types/top-k';
import { seededRandom } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';

function bloom(capacity: number, error: number, expansion = 2): BloomFilter {
  const filter = BloomFilter.create({ capacity, error, expansion });
  if (!filter) throw new Error('no filter');
  return filter;
}

const number = (i: number): Bytes => fromText(`${i}`);

describe('the hashes', () => {
  const M = 0xc6a4a7935bd1e995n;
  const wrap = (value: bigint) => BigInt.asUintN(64, value);

  /** By the definition, with bigints. */
  function definition64(data: Bytes, seed: bigint): bigint {
    const at = (i: number) => BigInt(data.charCodeAt(i));
    let hash = seed ^ wrap(BigInt(data.length) * M);
    const whole = data.length - (data.length % 8);
    for (let i = 0; i < whole; i += 8) {
      let k = 0n;
      for (let j = 7; j >= 0; j--) k = (k << 8n) | at(i + j);
      k = wrap(k * M);
      k = wrap((k ^ (k >> 47n)) * M);
      hash = wrap((hash ^ k) * M);
    }
    if (whole < data.length) {
      for (let i = data.length - 1; i >= whole; i--) hash ^= at(i) << BigInt(8 * (i - whole));
      hash = wrap(hash * M);
    }
    hash = wrap((hash ^ (hash >> 47n)) * M);
    return hash ^ (hash >> 47n);
  }

  test('the one of 64 bits is what its definition says', () => {
    const random = seededRandom(3);
    for (let length = 0; length < 300; length++) {
      const data = Array.from({ length: length % 50 }, () => String.fromCharCode(random.below(256))).join('') as Bytes;
      const seed = { high: random.below(2 ** 32), low: random.below(2 ** 32) };
      const out = { high: 0, low: 0 };
      murmur64(data, seed, out);
      const expected = definition64(data, (BigInt(seed.high) << 32n) | BigInt(seed.low));
      expect((BigInt(out.high) << 32n) | BigInt(out.low)).toBe(expected);
    }
  });

  // MurmurHash2 of Austin Appleby's reference, as many ports of it list them.
  test.each([
    ['', 0, 0],
    ['', 1, 1540447798],
    ['a', 0, 2456313694],
  ])('the one of 32 bits: %j with seed %i', (text, seed, expected) => {
    expect(murmur32(fromText(text), seed)).toBe(expected);
  });
});

describe('a Bloom filter', () => {
  // RedisBloom's test_debug and test_expansion.
  test.each([
    { error: 0.01, capacity: 10, items: 100, size: 99, filters: 4, bytes: 16 + 32 + 72 + 160 },
    { error: 0.001, capacity: 100, items: 4000, size: 3997, filters: 6, bytes: 200 + 432 + 936 + 2016 + 4320 + 9216 },
  ])('has the numbers of RedisBloom after $items items', ({ error, capacity, items, size, filters, bytes }) => {
    const filter = bloom(capacity, error);
    for (let i = 0; i < items; i++) filter.add(number(i));
    expect([filter.size, filter.filters, filter.bytes]).toEqual([size, filters, bytes]);
  });

  test.each([
    [1, 23],
    [2, 5],
    [4, 4],
  ])('with an expansion of %i has %i filters after 100 items', (expansion, filters) => {
    const filter = bloom(4, 0.01, expansion);
    for (let i = 0; i < 100; i++) filter.add(number(i));
    expect(filter.filters).toBe(filters);
    for (let i = 0; i < 100; i++) expect(filter.has(number(i))).toBe(true);
  });

  test.each([0.1, 0.01, 0.001])('forgets nothing and errs at most at a rate of %d', (error) => {
    const filter = bloom(1000, error);
    let added = 0;
    for (let i = 0; i < 20_000; i++) if (filter.add(number(i)) === true) added++;
    expect(added).toBe(filter.size);
    expect(added).toBeGreaterThan(20_000 * (1 - error));
    let wrong = 0;
    for (let i = 0; i < 20_000; i++) {
      expect(filter.has(number(i))).toBe(true);
      if (filter.has(fromText(`other:${i}`))) wrong++;
    }
    expect(wrong).toBeLessThanOrEqual(20_000 * error);
    // It is no perfect set either: that would be another thing.
    if (error === 0.1) expect(wrong).toBeGreaterThan(0);
  });

  test('is full where it may not grow, and refuses to grow too large', () => {
    const fixed = bloom(3, 0.01, 0);
    expect(['a', 'b', 'c', 'd', 'a'].map((item) => fixed.add(item as Bytes))).toEqual([true, true, true, 'full', false]);
    expect(BloomFilter.create({ capacity: 2 ** 30, error: 0.01, expansion: 2 })).toBeUndefined();
    const greedy = bloom(1, 0.01, 32768);
    const answers = new Set(Array.from({ length: 70_000 }, (_, i) => greedy.add(number(i))));
    expect([...answers].sort()).toEqual([false, 'large', true]);
    expect(greedy.bytes).toBeLessThanOrEqual(MAX_FILTER_BYTES);
  });

  test('is the same after it was stored, copied or moved in parts', () => {
    const filter = bloom(50, 0.01);
    for (let i = 0; i < 500; i++) filter.add(number(i));
    const stored = BloomFilter.decode(filter.encode());
    const copy = filter.copy();
    const moved = BloomFilter.fromHeader(filter.header()) as BloomFilter;
    for (let at = 0; at < filter.bytes; ) {
      const chunk = filter.chunk(at, 100) as Bytes;
      expect(moved.loadChunk(at, chunk)).toBe(true);
      at += chunk.length;
    }
    filter.add(fromText('later'));
    for (const other of [stored, copy, moved]) {
      expect([other.size, other.memory, other.has(fromText('later'))]).toEqual([filter.size - 1, filter.memory, false]);
      other.add(fromText('later'));
      expect(other.encode()).toBe(filter.encode());
    }
    expect(filter.chunk(filter.bytes, 100)).toBeUndefined();
  });

  test('is not made of anything else', () => {
    const { header, encode } = { header: bloom(50, 0.01).header(), encode: bloom(50, 0.01).encode() };
    const random = seededRandom(4);
    let refused = 0;
    for (let i = 0; i < 500; i++) {
      const at = random.below(header.length);
      const bent = `${header.slice(0, at)}${String.fromCharCode(random.below(256))}${header.slice(at + 1)}` as Bytes;
      if (BloomFilter.fromHeader(bent) === undefined) refused++;
    }
    expect(refused).toBeGreaterThan(200);
    for (const cut of [0, 5, 19, 20, 72, encode.length - 1]) expect(() => BloomFilter.decode(encode.slice(0, cut) as Bytes)).toThrow();
  });
});

describe('a large Bloom filter', () => {
  /** Pages as storage would keep them. */
  class Store implements SegmentSource {
    readonly segments = new Map<string, Segment>();
    written = 0;
    save(filter: BloomFilter): void {
      this.written = 0;
      for (const segment of filter.segmentChanges()?.put ?? []) {
        this.segments.set(`${segment.family} ${segment.id}`, segment);
        this.written++;
      }
      filter.markStored();
    }
    list(family: number): Segment[] {
      return [...this.segments.values()].filter((segment) => segment.family === family).sort((a, b) => a.id - b.id);
    }
    load(family: number, id: number): Bytes {
      return (this.segments.get(`${family} ${id}`) as Segment).data;
    }
  }

  test('is stored in pages, of which a checkpoint writes those that changed', () => {
    const filter = bloom(20_000, 0.001, 2);
    const pages = Math.ceil(filter.bytes / 4096);
    const store = new Store();
    store.save(filter);
    expect(store.written).toBe(pages);
    store.save(filter);
    expect(store.written).toBe(0);
    filter.add(fromText('x'));
    store.save(filter);
    expect(store.written).toBeGreaterThan(0);
    expect(store.written).toBeLessThanOrEqual(11);
    for (let i = 0; i < 21_000; i++) filter.add(number(i));
    expect(filter.filters).toBe(2);
    store.save(filter);
    filter.loadChunk(5, '\xff' as Bytes);
    filter.add(fromText('last'));
    store.save(filter);
    const read = BloomFilter.decode(filter.encode(), store);
    expect(filter.encode().length).toBeLessThan(200);
    expect(read.whole()).toBe(filter.whole());
    store.save(read);
    expect(store.written).toBe(0);
    const copy = new Store();
    copy.save(read.copy());
    expect(copy.written).toBe(store.segments.size);
    store.segments.delete('0 1');
    expect(() => BloomFilter.decode(filter.encode(), store)).toThrow();
  });

  test('outlives checkpoints and restarts', () => {
    const stored = new StoredEngine();
    const random = seededRandom(41);
    stored.test.run('BF.RESERVE', 'b', '0.01', 15_000);
    for (let i = 0; i < 3000; i++) {
      stored.test.run('BF.ADD', 'b', i);
      if (random.below(60) === 0) {
        if (random.below(2) === 0) stored.checkpoint();
        else stored.restart();
      }
      if (random.below(500) === 0) stored.test.run(random.below(2) === 0 ? 'RENAME' : 'COPY', 'b', 'c');
      if (random.below(500) === 0) stored.test.run('RENAME', 'c', 'b');
      if (!stored.test.run('EXISTS', 'b')) stored.test.run('RENAME', 'c', 'b');
    }
    stored.checkpoint();
    stored.restart();
    const filter = bloom(15_000, 0.01);
    for (let i = 0; i < 3000; i++) if (stored.test.run('BF.EXISTS', 'b', i)) filter.add(number(i));
    expect(filter.size).toBeGreaterThan(2000);
    const digest = stored.test.run('DEBUG', 'DIGEST-VALUE', 'b');
    stored.test.run('DEBUG', 'RELOAD');
    expect(stored.test.run('DEBUG', 'DIGEST-VALUE', 'b')).toEqual(digest);
  });
});

describe('a count-min sketch', () => {
  const sketch = (width: number, depth: number) => CountMinSketch.create(width, depth) as CountMinSketch;

  test('never counts too little, and seldom much too much', () => {
    const random = seededRandom(7);
    const counted = sketch(2000, 7);
    const truth = new Map<Bytes, number>();
    let total = 0;
    for (let i = 0; i < 20_000; i++) {
      const item = number(Math.floor(random.float() ** 3 * 3000));
      const times = 1 + random.below(3);
      counted.add(item, BigInt(times));
      truth.set(item, (truth.get(item) ?? 0) + times);
      total += times;
    }
    let far = 0;
    for (const [item, times] of truth) {
      const count = counted.countOf(item);
      expect(count).toBeGreaterThanOrEqual(times);
      if (count > times + total * 0.001) far++;
    }
    expect(Number(counted.count)).toBe(total);
    expect(far).toBeLessThanOrEqual(truth.size * 0.01);
    expect(truth.size).toBeGreaterThan(1000);
    const stored = CountMinSketch.decode(counted.encode());
    expect([stored.encode(), stored.memory, stored.copy().encode()]).toEqual([counted.encode(), counted.memory, counted.encode()]);
  });

  test('a merge is the weighted sum, computed either way', () => {
    const [a, b] = [sketch(50, 3), sketch(50, 3)];
    for (let i = 0; i < 200; i++) (i % 2 ? a : b).add(number(i), BigInt(i));
    for (const [x, y] of [
      [1n, 1n],
      [3n, 0n],
      [20_000n, 7n],
    ] as const) {
      const merged = sketch(50, 3);
      expect(merged.merge([a, b].map((one, i) => ({ sketch: one, weight: i === 0 ? x : y })))).toBe(true);
      for (let place = 0; place < 150; place++)
        expect(merged.counterAt(place)).toBe(a.counterAt(place) * Number(x) + b.counterAt(place) * Number(y));
      expect(merged.count).toBe(a.count * x + b.count * y);
    }
    const before = a.encode();
    expect(a.merge([{ sketch: a, weight: 2n ** 40n }])).toBe(false);
    expect(a.merge([{ sketch: a, weight: -1n }])).toBe(false);
    expect(a.encode()).toBe(before);
    expect(a.merge([{ sketch: a, weight: 2n }])).toBe(true);
  });

  test('is not made of anything else', () => {
    const data = sketch(3, 2).encode();
    for (let cut = 0; cut < data.length; cut++) expect(() => CountMinSketch.decode(data.slice(0, cut) as Bytes)).toThrow();
  });
});

describe('a top-k list', () => {
  const list = (k: number, width: number, depth: number) => TopK.create({ k, width, depth, decay: 0.9 }) as TopK;

  test('finds the frequent among the many', () => {
    const random = seededRandom(11);
    const top = list(10, 200, 5);
    const truth = new Map<Bytes, number>();
    for (let i = 0; i < 60_000; i++) {
      const item = number(random.below(3) === 0 ? random.below(10) : 10 + random.below(5000));
      top.add(item, 1);
      truth.set(item, (truth.get(item) ?? 0) + 1);
    }
    const found = top.list();
    expect(found.map(({ item }) => Number(item)).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // HeavyKeeper may lose counts but makes none up, as long as no two fingerprints are alike.
    for (const { item, count } of found) {
      expect(count).toBeLessThanOrEqual(truth.get(item) as number);
      expect(count).toBeGreaterThan((truth.get(item) as number) * 0.9);
      expect([top.has(item), top.countOf(item)]).toEqual([true, count]);
    }
    expect(found.map(({ count }) => count)).toEqual(found.map(({ count }) => count).sort((a, b) => b - a));
  });

  test('the same items leave the same list, wherever it was stored on the way', () => {
    const random = seededRandom(12);
    const whole = list(5, 4, 3);
    let stored = list(5, 4, 3);
    let expelled = 0;
    for (let i = 0; i < 5000; i++) {
      const item = number(random.below(60));
      const increment = random.below(5);
      const out = whole.add(item, increment);
      if (out !== undefined) expelled++;
      expect(stored.add(item, increment)).toBe(out);
      if (i % 100 === 0) stored = random.below(2) ? stored.copy() : TopK.decode(stored.encode());
    }
    expect(stored.encode()).toBe(whole.encode());
    expect(stored.memory).toBe(whole.memory);
    expect(expelled).toBeGreaterThan(20);
  });

  test('large counts decay too', () => {
    const top = list(1, 1, 1);
    top.add(fromText('a'), 2000);
    top.add(fromText('b'), 100_000);
    expect(top.countOf(fromText('a'))).toBeLessThanOrEqual(2000);
    top.add(fromText('c'), 0);
    expect(top.list().length).toBe(1);
  });
});
