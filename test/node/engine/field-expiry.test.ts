// Fields of hashes that expire over hashes in memory and in storage, and a random comparison with a simple model.

import { describe, expect, test } from 'vitest';
import type { Random } from '../../../src/spec/context';
import { seededRandom } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';
import { plain } from '../../support/plain-reply';

/** Hashes of a few fields, each with a deadline so many milliseconds from now; `kept` has none. */
function stored(deadlines: Readonly<Record<string, number>>, keyDeadline?: number): StoredEngine {
  const shard = new StoredEngine();
  for (const [key, ms] of Object.entries(deadlines)) {
    shard.test.run('HSET', key, 'kept', 1, 'a', 2, 'b', 3);
    shard.test.run('HPEXPIRE', key, ms, 'FIELDS', 2, 'a', 'b');
    if (keyDeadline !== undefined) shard.test.run('PEXPIRE', key, keyDeadline);
  }
  shard.checkpoint();
  shard.restart();
  return shard;
}

function numbered(count: number, ms: (i: number) => number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`key:${i}`, ms(i)]));
}

function expireAll({ engine }: StoredEngine, limit: number): void {
  while (engine.expireDue(limit));
}

describe('fields of hashes in storage', () => {
  test('expire on time, and only their hashes are loaded', () => {
    const shard = stored(numbered(300, (i) => (i + 1) * 10));
    expect(shard.engine.keys.nextDeadline()).toBe(shard.test.now + 10);
    expect(shard.store.asked.loads).toBe(0);
    shard.test.now += 500;
    expireAll(shard, 7);
    expect(shard.store.asked.loads).toBe(50);
    expect([shard.engine.keys.counters.expiredFields, shard.engine.keys.sizeWithVolatileFields]).toEqual([100, 250]);
    expect(shard.engine.keys.nextDeadline()).toBe(shard.test.now + 10);
    expect([shard.test.run('HLEN', 'key:49'), shard.test.run('HLEN', 'key:50')]).toEqual([1, 3]);
    shard.checkpoint();
    shard.restart();
    expect([shard.engine.keys.size, shard.engine.keys.sizeWithVolatileFields]).toEqual([300, 250]);
    expect(shard.engine.keys.nextDeadline()).toBe(shard.test.now + 10);
  });

  test('a slice counts fields, wherever they are', () => {
    const shard = stored(numbered(20, () => 10));
    for (let i = 0; i < 5; i++) shard.test.run('HLEN', `key:${i}`);
    shard.test.now += 10;
    for (const left of [15, 10, 5]) {
      expect(shard.engine.expireDue(10)).toBe(true);
      expect(shard.engine.keys.sizeWithVolatileFields).toBe(left);
    }
    expireAll(shard, 10);
    expect([shard.engine.keys.sizeWithVolatileFields, shard.engine.keys.nextDeadline()]).toEqual([0, undefined]);
  });

  test('a key that expires takes them along without being loaded', () => {
    const shard = stored(
      numbered(20, () => 10),
      10,
    );
    shard.test.now += 10;
    expireAll(shard, 7);
    expect(shard.store.asked.loads).toBe(0);
    const { size, volatileSize, sizeWithVolatileFields, counters } = shard.engine.keys;
    expect([size, volatileSize, sizeWithVolatileFields, counters.expired, counters.expiredFields]).toEqual([0, 0, 0, 20, 0]);
    expect(shard.engine.keys.nextDeadline()).toBe(undefined);
  });

  test('a walk over all keys forgets a hash whose key has expired', () => {
    const shard = stored(
      numbered(20, () => 10),
      5,
    );
    shard.test.now += 5;
    expect(shard.test.run('KEYS', '*')).toEqual([]);
    expect(shard.engine.keys.sizeWithVolatileFields).toBe(0);
  });

  test.each([
    ['SET', (key: string) => ['SET', key, 'x']],
    ['HPERSIST', (key: string) => ['HPERSIST', key, 'FIELDS', '2', 'a', 'b']],
    ['HSET', (key: string) => ['HSET', key, 'a', '1', 'b', '1']],
    ['HPEXPIRE', (key: string) => ['HPEXPIRE', key, '60000', 'FIELDS', '2', 'a', 'b']],
    ['DEL', (key: string) => ['DEL', key]],
    ['RENAME', (key: string) => ['RENAME', key, `renamed:${key}`]],
  ])('a row with an old deadline removes nothing and holds nothing up: %s', (name, change) => {
    const shard = stored({ ...numbered(50, () => 10), late: 20 });
    for (let i = 0; i < 50; i++) shard.test.run(...change(`key:${i}`));
    expect(shard.engine.keys.nextDeadline()).toBe(shard.test.now + (name === 'RENAME' ? 10 : 20));
    shard.test.now += 1000;
    expireAll(shard, 7);
    expect(shard.engine.keys.counters.expiredFields).toBe(name === 'RENAME' ? 102 : 2);
    expect(shard.engine.keys.sizeWithVolatileFields).toBe(name === 'HPEXPIRE' ? 50 : 0);
  });

  test('are loaded with their deadlines in the background', () => {
    const shard = stored(numbered(30, (i) => 10 + i));
    while (shard.engine.hydrate(7));
    expect(shard.engine.keys.nextDeadline()).toBe(shard.test.now + 10);
    shard.test.now += 100;
    expireAll(shard, 7);
    expect([shard.engine.keys.counters.expiredFields, shard.store.asked.deadlines]).toEqual([60, 0]);
  });
});

/** A hash as one would write it down: fields, values, deadlines, and nobody who has expired. */
class Model {
  private readonly hashes = new Map<string, Map<string, { value: string; deadline: number }>>();

  fields(key: string, now: number): Map<string, { value: string; deadline: number }> {
    const hash = this.hashes.get(key) ?? new Map();
    this.hashes.set(key, hash);
    for (const [field, { deadline }] of hash) if (deadline <= now) hash.delete(field);
    return hash;
  }

  all(now: number): Record<string, Record<string, [string, number]>> {
    const all: Record<string, Record<string, [string, number]>> = {};
    for (const key of [...this.hashes.keys()].sort()) {
      const fields = [...this.fields(key, now)].sort(([a], [b]) => (a < b ? -1 : 1));
      if (fields.length > 0) all[key] = Object.fromEntries(fields.map(([field, { value, deadline }]) => [field, [value, deadline]]));
    }
    return all;
  }
}

class Game {
  readonly shard = new StoredEngine();
  readonly model = new Model();
  expired = 0;

  constructor(private readonly random: Random) {}

  get now(): number {
    return this.shard.test.now;
  }

  step(): void {
    const key = `k${this.random.below(6)}`;
    const field = `f${this.random.below(8)}`;
    const value = `${this.random.below(100)}`;
    const ms = 1 + this.random.below(300);
    const fields = this.model.fields(key, this.now);
    const known = fields.get(field);
    const clause = ['FIELDS', '1', field];
    const run = (...argv: string[]) => plain(this.shard.test.run(...argv));
    const moves: (() => void)[] = [
      () => {
        run('HSET', key, field, value);
        fields.set(field, { value, deadline: Infinity });
      },
      () => {
        expect(run('HSETEX', key, 'PX', `${ms}`, ...clause, value)).toBe(1);
        fields.set(field, { value, deadline: this.now + ms });
      },
      () => {
        expect(run('HPEXPIRE', key, `${ms}`, ...clause)).toEqual([known ? 1 : -2]);
        if (known) known.deadline = this.now + ms;
      },
      () => {
        expect(run('HPERSIST', key, ...clause)).toEqual([known ? (known.deadline === Infinity ? -1 : 1) : -2]);
        if (known) known.deadline = Infinity;
      },
      () => {
        expect(run('HINCRBY', key, field, '1')).toBe(Number(known?.value ?? 0) + 1);
        if (known) known.value = `${Number(known.value) + 1}`;
        else fields.set(field, { value: '1', deadline: Infinity });
      },
      () => {
        expect(run('HGETDEL', key, ...clause)).toEqual([known?.value ?? null]);
        fields.delete(field);
      },
      () => expect(run('HGET', key, field)).toBe(known?.value ?? null),
      () => expect(run('HPEXPIRETIME', key, ...clause)).toEqual([known ? (known.deadline === Infinity ? -1 : known.deadline) : -2]),
      () => expect((run('HKEYS', key) as string[]).sort()).toEqual([...fields.keys()].sort()),
    ];
    moves[this.random.below(moves.length)]?.();
  }

  disturb(): void {
    const moves = [
      () => this.shard.checkpoint(),
      () => this.shard.restart(),
      () => {
        this.shard.checkpoint();
        this.shard.restart();
      },
      () => {
        while (this.shard.engine.expireDue(2));
      },
      () => {
        this.shard.test.now += this.random.below(100);
      },
    ];
    const { counters } = this.shard.engine.keys;
    const before = counters.expiredFields;
    moves[this.random.below(moves.length)]?.();
    this.expired += counters.expiredFields - before;
  }

  /** All that can be seen, once nothing is due any more. */
  seen(): Record<string, Record<string, [string, number]>> {
    while (this.shard.engine.expireDue(2));
    const all: Record<string, Record<string, [string, number]>> = {};
    for (const key of [...(plain(this.shard.test.run('KEYS', '*')) as string[])].sort()) {
      const names = [...(plain(this.shard.test.run('HKEYS', key)) as string[])].sort();
      expect(this.shard.test.run('HLEN', key)).toBe(names.length);
      const deadlines = plain(this.shard.test.run('HPEXPIRETIME', key, 'FIELDS', names.length, ...names)) as number[];
      all[key] = Object.fromEntries(
        names.map((name, i) => [
          name,
          [plain(this.shard.test.run('HGET', key, name)) as string, deadlines[i] === -1 ? Infinity : (deadlines[i] as number)],
        ]),
      );
    }
    return all;
  }
}

test.each([1, 2, 3])('whatever happens, fields are what a simple model has: seed %i', (seed) => {
  const random = seededRandom(seed);
  const game = new Game(random);
  for (let step = 0; step < 6000; step++) {
    game.step();
    if (random.below(8) === 0) game.disturb();
    if (step % 100 === 0) {
      expect(game.seen()).toEqual(game.model.all(game.now));
      const deadlines = Object.values(game.model.all(game.now)).flatMap((hash) => Object.values(hash).map(([, deadline]) => deadline));
      const next = Math.min(...deadlines);
      expect(game.shard.engine.keys.nextDeadline()).toBe(next === Infinity ? undefined : next);
    }
  }
  expect(game.expired).toBeGreaterThan(100);
});
