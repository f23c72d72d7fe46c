// An engine whose memory is taken away at random moments, in all the ways in which a shard loses it, answers as one that
// keeps everything: every reply, the number of keys, the next deadline, the digest of the dataset.

import { describe, expect, test } from 'vitest';
import { fromText, toText } from '../../../src/bytes/bytes';
import { positionOf } from '../../../src/bytes/position';
import { encodeReply } from '../../../src/protocol/resp-writer';
import type { Random } from '../../../src/spec/context';
import { defaultEncodingLimits } from '../../../src/types/limits';
import { seededRandom, TestEngine } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';
import { COLLIDING, RandomCommands } from './random-commands';

const STEPS = 12_000;
/** Small thresholds, so that both encodings of every type, and values in segments, are met all the time. */
const LIMITS = {
  ...defaultEncodingLimits(),
  hashMaxListpackEntries: 5,
  setMaxIntsetEntries: 8,
  zsetMaxListpackEntries: 6,
  zsetMaxListpackValue: 20,
  wholeBytes: 12,
  segmentBytes: 12,
  streamNodeMaxEntries: 4,
};

class Comparison {
  readonly whole: TestEngine;
  readonly stored: StoredEngine;
  /** How often what happened. */
  readonly happened = new Map<string, number>();
  private readonly commands: RandomCommands;

  constructor(
    seed: number,
    private readonly random: Random,
  ) {
    this.whole = new TestEngine(seed, undefined, true, { random: seededRandom(seed) });
    Object.assign(this.whole.engine.limits, LIMITS);
    this.stored = new StoredEngine(seededRandom(seed), LIMITS);
    this.commands = new RandomCommands(random, () => this.whole.now);
  }

  /** The reply of both. */
  run(...argv: string[]): string {
    const expected = answer(this.whole, argv);
    const got = answer(this.stored.test, argv);
    if (got !== expected) expect(`${argv.map((arg) => JSON.stringify(arg)).join(' ')} => ${got}`).toBe(expected);
    return got;
  }

  command(): void {
    const argv = this.commands.next();
    const reply = this.run(...argv);
    this.count(reply.startsWith('-') ? 'error' : (argv[0] as string));
  }

  private readonly disturbances: Readonly<Record<string, () => void>> = {
    checkpoint: () => this.stored.checkpoint(),
    'checkpoint and restart': () => {
      this.stored.checkpoint();
      this.stored.restart();
    },
    restart: () => this.stored.restart(),
    reload: () => {
      this.stored.test.run('DEBUG', this.random.below(2) ? 'RELOAD' : 'LOADAOF');
    },
    hydration: () => {
      this.stored.engine.hydrate(1 + this.random.below(20));
    },
    budget: () => {
      this.stored.engine.keys.memoryBudget = this.random.below(3) ? this.random.below(20_000) : Number.POSITIVE_INFINITY;
    },
    'no room at all': () => {
      const { keys } = this.stored.engine;
      this.stored.checkpoint();
      keys.memoryBudget = 0;
      for (let turn = 0; turn < 100 && keys.residentSize > 0; turn++) keys.makeRoom();
      expect([keys.residentSize, keys.residentMemory, keys.dirtyMemory]).toEqual([0, 0, 0]);
      keys.memoryBudget = Number.POSITIVE_INFINITY;
    },
    'time passes': () => {
      const ms = this.random.below(this.random.below(2) ? 20 : 3000);
      this.whole.now += ms;
      this.stored.test.now += ms;
    },
    expiry: () => {
      while (this.whole.engine.expireDue(3));
      while (this.stored.engine.expireDue(3));
    },
  };

  disturb(): void {
    const names = Object.keys(this.disturbances);
    const name = names[this.random.below(names.length)] as string;
    const { keys } = this.stored.engine;
    if (name === 'hydration' && !keys.isComplete) this.count('useful hydration');
    if (!keys.isComplete && keys.residentSize > 0 && keys.dirtyCount > 0) this.count('in part resident');
    this.disturbances[name]?.();
    this.count(name);
  }

  check(): void {
    const { keys } = this.stored.engine;
    const expected = this.whole.engine.keys;
    expect([keys.size, keys.volatileSize, keys.nextDeadline()]).toEqual([expected.size, expected.volatileSize, expected.nextDeadline()]);
    expect(keys.sizeWithVolatileFields).toBe(expected.sizeWithVolatileFields);
    this.run('DEBUG', 'DIGEST');
  }

  private count(name: string): void {
    this.happened.set(name, (this.happened.get(name) ?? 0) + 1);
  }
}

function answer(test: TestEngine, argv: readonly string[]): string {
  const reply = encodeReply(test.run(...argv), 2);
  // When a consumer asked in vain is not kept, nor how often an entry was sent again.
  // What was edited in place is a buffer until it comes from storage again, as in Redis.
  if (argv[0] === 'XINFO') return reply.replaceAll(/(seen-time|iids-duplicates)\r\n:\d+/g, '$1');
  return argv[1] === 'ENCODING' && /\r\n(int|embstr|raw)\r\n/.test(reply) ? 'the encoding of a string' : reply;
}

test('the colliding keys collide', () => {
  for (const [one, other] of COLLIDING) expect(positionOf(fromText(one))).toBe(positionOf(fromText(other)));
});

describe('an engine that loses its memory answers as one that does not', () => {
  test.each([1, 2, 3])('seed %d', { timeout: 60_000 }, (seed) => {
    const random = seededRandom(1000 + seed);
    const comparison = new Comparison(seed, random);
    let largest = 0;
    for (let step = 0; step < STEPS; step++) {
      comparison.command();
      if (random.below(12) === 0) {
        comparison.disturb();
        comparison.check();
        largest = Math.max(largest, comparison.whole.engine.keys.size);
      }
    }
    const { happened } = comparison;
    const succeeded = [...happened].filter(([name]) => /^[A-Z]/.test(name)).reduce((total, [, count]) => total + count, 0);
    expect(succeeded).toBeGreaterThan(STEPS * 0.6);
    expect(succeeded + (happened.get('error') ?? 0)).toBe(STEPS);
    for (const name of [
      'SET',
      'HSET',
      'RPUSH',
      'SADD',
      'ZADD',
      'XADD',
      'XREADGROUP',
      'SPOP',
      'RENAME',
      'COPY',
      'PEXPIRE',
      'SCAN',
      'KEYS',
      'FLUSHALL',
      'APPEND',
      'JSON.SET',
      'JSON.NUMPOWBY',
      'JSON.ARRPOP',
      'BF.MADD',
      'CF.INSERT',
      'CMS.INCRBY',
      'TOPK.INCRBY',
      'CL.THROTTLE',
    ]) {
      expect([name, happened.get(name) ?? 0]).not.toEqual([name, 0]);
    }
    for (const name of ['checkpoint', 'checkpoint and restart', 'restart', 'reload', 'useful hydration', 'expiry', 'in part resident']) {
      expect(happened.get(name) ?? 0).toBeGreaterThan(40);
    }
    expect(comparison.whole.engine.keys.counters.expired).toBeGreaterThan(100);
    expect(comparison.whole.engine.keys.counters.expiredFields).toBeGreaterThan(100);
    expect(largest).toBeGreaterThan(30);
    comparison.stored.checkpoint();
    const { store } = comparison.stored;
    expect(store.keys().length).toBe(comparison.whole.engine.keys.size);
    for (const asked of ['lists', 'loads', 'puts'] as const) expect(store.segments.asked[asked]).toBeGreaterThan(100);
    expect(store.segments.asked.removals).toBeGreaterThan(5);
    // Nothing is left of values that are gone.
    for (const key of store.keys()) comparison.run('DEL', toText(key));
    comparison.stored.checkpoint();
    expect(store.segments.count()).toBe(0);
  });
});
