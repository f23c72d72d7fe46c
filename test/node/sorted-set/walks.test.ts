// Walks over sorted sets that change, random draws, encodings of results, and large sets.

import { describe, expect, it } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { ZSetValue } from '../../../src/types/zset';
import { seededRandom, TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

function engineWith(size: number): TestEngine {
  const engine = new TestEngine(7);
  for (let i = 0; i < size; i++) engine.run('ZADD', 'z', `${(i * 7919) % size}`, `m${i}`);
  return engine;
}

function encodingOf(engine: TestEngine, key: string): string | undefined {
  const value = engine.engine.keys.peek(ascii(key));
  return value instanceof ZSetValue ? value.encoding() : undefined;
}

describe('ZSCAN', () => {
  it('returns every member once when nothing changes', () => {
    const engine = engineWith(1000);
    const seen: string[] = [];
    let cursor = '0';
    let calls = 0;
    do {
      const [next, items] = plain(engine.run('ZSCAN', 'z', cursor, 'COUNT', '64')) as [string, string[]];
      for (let i = 0; i < items.length; i += 2) {
        seen.push(items[i] as string);
        expect(items[i + 1]).toBe(plain(engine.run('ZSCORE', 'z', items[i] as string)));
      }
      expect(items.length).toBeLessThanOrEqual(128);
      cursor = next;
      calls++;
    } while (cursor !== '0');
    expect(calls).toBe(Math.ceil(1000 / 64));
    expect(seen).toHaveLength(1000);
    expect(new Set(seen).size).toBe(1000);
  });

  it('returns what stays there through the whole walk, whatever else comes and goes', () => {
    for (const seed of [1, 2, 3]) {
      const random = seededRandom(seed);
      const engine = engineWith(600);
      const seen = new Set<string>();
      let cursor = '0';
      let changes = 0;
      let calls = 0;
      do {
        const [next, items] = plain(engine.run('ZSCAN', 'z', cursor, 'COUNT', '10')) as [string, string[]];
        for (let i = 0; i < items.length; i += 2) seen.add(items[i] as string);
        cursor = next;
        calls++;
        // Odd members stay; even ones and new ones come and go.
        for (let i = 0; i < 6; i++) {
          const other = random.below(2) === 0 ? `m${random.below(300) * 2}` : `new${random.below(100)}`;
          changes += plain(random.below(3) === 0 ? engine.run('ZADD', 'z', '1', other) : engine.run('ZREM', 'z', other)) as number;
        }
        engine.run('ZINCRBY', 'z', '5', `m${random.below(300) * 2 + 1}`);
      } while (cursor !== '0' && calls < 1000);
      expect(changes).toBeGreaterThan(50);
      expect(calls).toBeLessThan(1000);
      for (let i = 1; i < 600; i += 2) expect(seen.has(`m${i}`)).toBe(true);
    }
  });

  it('takes any number as a cursor', () => {
    const engine = engineWith(200);
    for (const cursor of ['1', '199', '200', '201', '18446744073709551615']) {
      const [next, items] = plain(engine.run('ZSCAN', 'z', cursor, 'COUNT', '1000')) as [string, string[]];
      expect(next).toBe('0');
      expect(items).toHaveLength(2 * Math.min(Number(cursor), 200));
    }
    expect(plain(engine.run('ZSCAN', 'z', '18446744073709551616'))).toBe('ERR invalid cursor');
  });
});

describe('ZRANDMEMBER', () => {
  it('draws evenly, with repetitions', () => {
    const engine = engineWith(10);
    const drawn = plain(engine.run('ZRANDMEMBER', 'z', '-5000')) as string[];
    expect(drawn).toHaveLength(5000);
    const counts = new Map<string, number>();
    for (const member of drawn) counts.set(member, (counts.get(member) ?? 0) + 1);
    expect(counts.size).toBe(10);
    let chiSquare = 0;
    for (const count of counts.values()) chiSquare += (count - 500) ** 2 / 500;
    // 9 degrees of freedom: 40 is passed by chance once in 100,000 times.
    expect(chiSquare).toBeLessThan(40);
  });

  it('draws different members, each as often', () => {
    const engine = engineWith(300);
    const counts = new Map<string, number>();
    for (let i = 0; i < 200; i++) {
      const drawn = plain(engine.run('ZRANDMEMBER', 'z', '30')) as string[];
      expect(new Set(drawn).size).toBe(30);
      for (const member of drawn) counts.set(member, (counts.get(member) ?? 0) + 1);
    }
    expect(counts.size).toBe(300);
    for (const count of counts.values()) expect(count).toBeLessThan(50);
    const all = plain(engine.run('ZRANDMEMBER', 'z', '1000', 'WITHSCORES'), 3) as [string, number][];
    expect(all).toHaveLength(300);
    for (const [member, score] of all) expect(plain(engine.run('ZSCORE', 'z', member), 3)).toBe(score);
  });

  it('refuses more repetitions than it could return', () => {
    const engine = engineWith(2);
    expect(plain(engine.run('ZRANDMEMBER', 'z', '-1048577'))).toBe('ERR value is out of range');
  });
});

describe('encodings', () => {
  it('of results follow their size and longest member, whatever the key was before', () => {
    const engine = engineWith(129);
    expect(encodingOf(engine, 'z')).toBe('skiplist');
    engine.run('ZRANGESTORE', 'out', 'z', '0', '127');
    expect(encodingOf(engine, 'out')).toBe('listpack');
    engine.run('ZUNIONSTORE', 'out', '1', 'z');
    expect(encodingOf(engine, 'out')).toBe('skiplist');
    engine.run('ZADD', 'some', '1', 'm1', '1', 'm2');
    engine.run('ZINTERSTORE', 'out', '2', 'z', 'some');
    expect(encodingOf(engine, 'out')).toBe('listpack');
    engine.run('ZADD', 'some', '1', 'x'.repeat(65));
    engine.run('ZDIFFSTORE', 'out', '2', 'some', 'z');
    expect(encodingOf(engine, 'out')).toBe('skiplist');
    engine.run('ZREMRANGEBYRANK', 'z', '0', '120');
    expect(encodingOf(engine, 'z')).toBe('skiplist');
  });
});

describe('large sorted sets', () => {
  it('agree with a plain list through ranges, ranks and removals', () => {
    const size = 5000;
    const engine = engineWith(size);
    const order = Array.from({ length: size }, (_, i) => [(i * 7919) % size, `m${i}`] as const).sort((a, b) => a[0] - b[0]);
    const names = order.map(([, name]) => name);
    expect(plain(engine.run('ZRANGE', 'z', '0', '-1'))).toEqual(names);
    expect(plain(engine.run('ZREVRANGE', 'z', '1000', '1099'))).toEqual(names.slice(size - 1100, size - 1000).reverse());
    expect(plain(engine.run('ZRANGEBYSCORE', 'z', '(2000', '2100', 'LIMIT', '10', '20'))).toEqual(names.slice(2011, 2031));
    expect(plain(engine.run('ZCOUNT', 'z', '100', '(4900'))).toBe(4800);
    for (const rank of [0, 1, 777, 4999]) expect(plain(engine.run('ZRANK', 'z', names[rank] as string))).toBe(rank);
    expect(plain(engine.run('ZREMRANGEBYRANK', 'z', '100', '-101'))).toBe(size - 200);
    expect(plain(engine.run('ZREMRANGEBYSCORE', 'z', '50', '99'))).toBe(50);
    const left = [...names.slice(0, 50), ...names.slice(-100)];
    expect(plain(engine.run('ZRANGE', 'z', '0', '-1'))).toEqual(left);
    expect(plain(engine.run('ZPOPMAX', 'z', '3'))).toEqual(
      order
        .slice(-3)
        .reverse()
        .flatMap(([score, name]) => [name, `${score}`]),
    );
    expect(plain(engine.run('ZCARD', 'z'))).toBe(147);
  });

  it('are subtracted the same in both ways of doing it', () => {
    const engine = new TestEngine();
    for (let i = 0; i < 300; i++) engine.run('ZADD', 'large', `${i}`, `m${i}`);
    for (let key = 0; key < 8; key++) for (let i = 0; i < 3; i++) engine.run('ZADD', `small${key}`, '1', `m${key * 30 + i}`);
    const small = Array.from({ length: 8 }, (_, key) => `small${key}`);
    const gone = new Set(small.flatMap((_, key) => [0, 1, 2].map((i) => `m${key * 30 + i}`)));
    const expected = Array.from({ length: 300 }, (_, i) => `m${i}`).filter((name) => !gone.has(name));
    expect(plain(engine.run('ZDIFF', '9', 'large', ...small))).toEqual(expected);
    engine.run('ZUNIONSTORE', 'together', '8', ...small);
    engine.run('ZUNIONSTORE', 'together', '2', 'together', 'together');
    for (let i = 0; i < 400; i++) engine.run('ZADD', 'together', '1', `other${i}`);
    expect(plain(engine.run('ZDIFF', '2', 'large', 'together'))).toEqual(expected);
  });
});
