import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { decodeFrame } from '../../../src/engine/journal';
import { decodeReply } from '../../../src/protocol/reply-reader';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { ZSetValue } from '../../../src/types/zset';
import { seededRandom, TestEngine } from '../../support/engine';
import { type Plain, plain } from '../../support/plain-reply';
import { RealRedis, redisInstalled } from '../../support/real-redis';
import { ALL_KEYS, RandomCommands, SETUP } from './random-commands';

/** Small thresholds, so that both encodings are met all the time. */
const MOST_ENTRIES = 10;
const LONGEST_MEMBER = 20;
const COMMANDS = 10_000;
const BATCH = 200;

/**
 * Redis 7.0 prints floats with 17 digits, Kedge in the shortest form: they are the same when they read as the same. The
 * sign of zero, which Redis keeps in large sorted sets only, does not count.
 */
function same(ours: Plain, theirs: Plain): boolean {
  if (Array.isArray(ours)) {
    return Array.isArray(theirs) && ours.length === theirs.length && ours.every((item, i) => same(item, theirs[i] as Plain));
  }
  if (ours === theirs) return true;
  return typeof ours === 'string' && typeof theirs === 'string' && ours !== '' && Number(ours) === Number(theirs);
}

/** Couples of a flat reply, in an order of their own. */
function sortedCouples(items: Plain): Plain {
  const flat = items as Plain[];
  return flat.flatMap((item, i) => (i % 2 === 0 ? [[item, flat[i + 1] as Plain]] : [])).sort((a, b) => (`${a[0]}` < `${b[0]}` ? -1 : 1));
}

/** What of a reply does not depend on chance or on the order of a hash table. */
function comparable(command: string, reply: Plain): Plain {
  if (command === 'ZRANDMEMBER') return Array.isArray(reply) ? reply.map((item) => (Array.isArray(item) ? item.length : 0)) : typeof reply;
  if (command === 'ZSCAN' && Array.isArray(reply)) return [reply[0] as Plain, sortedCouples(reply[1] as Plain)];
  return reply;
}

function dataset({ engine }: TestEngine): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  engine.keys.forEachEntry((key, value, deadline) => {
    if (!(value instanceof ZSetValue)) return;
    const members: [string, number][] = [];
    value.walk(0, value.size, false, (member, score) => members.push([member, score]));
    all[key] = { members, encoding: value.encoding(), deadline };
  });
  return all;
}

function newEngine(): TestEngine {
  const engine = new TestEngine(99);
  engine.engine.limits.zsetMaxListpackEntries = MOST_ENTRIES;
  engine.engine.limits.zsetMaxListpackValue = LONGEST_MEMBER;
  return engine;
}

describe.skipIf(!redisInstalled)('sorted sets against a real redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
    await redis.send([
      ['CONFIG', 'SET', 'zset-max-listpack-entries', MOST_ENTRIES],
      ['CONFIG', 'SET', 'zset-max-listpack-value', LONGEST_MEMBER],
    ]);
  });
  afterAll(() => redis.stop());

  for (const { seed, version } of [
    { seed: 1, version: 2 },
    { seed: 2, version: 2 },
    { seed: 3, version: 3 },
  ] as const) {
    it(`answers the same to random commands (seed ${seed}, RESP${version})`, async () => {
      await redis.send([['FLUSHALL'], ['HELLO', version]]);
      const engine = newEngine();
      const commands = new RandomCommands(seededRandom(seed));
      const counts = new Map<string, { sent: number; succeeded: number }>();
      let notEmpty = 0;
      for (let batch = 0; batch <= COMMANDS / BATCH; batch++) {
        const lines = batch === 0 ? SETUP : Array.from({ length: BATCH }, () => commands.next());
        const theirs = await redis.send(lines);
        lines.forEach((line, i) => {
          const command = (line[0] as string).toUpperCase();
          const reply = engine.run(...line);
          const our = comparable(command, plain(decodeReply(encodeReply(reply, version) as Bytes), version));
          const their = comparable(command, plain(decodeReply(theirs[i] as Bytes), version));
          if (!same(our, their)) expect({ line, reply: our }).toEqual({ line, reply: their });
          const count = counts.get(command) ?? { sent: 0, succeeded: 0 };
          count.sent++;
          if (!(theirs[i] as string).startsWith('-')) count.succeeded++;
          counts.set(command, count);
          if (Array.isArray(their) && their.length > 0) notEmpty++;
        });
      }
      const encodings = await redis.send(ALL_KEYS.map((key) => ['OBJECT', 'ENCODING', key]));
      ALL_KEYS.forEach((key, i) => {
        const value = engine.engine.keys.peek(key as Bytes);
        if (value instanceof ZSetValue) expect(`${key}: ${encodings[i]}`).toContain(`\r\n${value.encoding()}\r\n`);
      });
      const replayed = newEngine();
      for (const frame of engine.journal) replayed.engine.replay(decodeFrame(frame));
      expect(Object.keys(dataset(engine)).length).toBeGreaterThanOrEqual(3);
      expect(dataset(replayed)).toEqual(dataset(engine));
      let sent = 0;
      let succeeded = 0;
      for (const [command, count] of counts) {
        expect(`${command} succeeded ${count.succeeded > 0}`).toBe(`${command} succeeded true`);
        sent += count.sent;
        succeeded += count.succeeded;
      }
      expect(sent).toBe(COMMANDS + SETUP.length);
      expect(succeeded).toBeGreaterThan(COMMANDS * 0.8);
      expect(notEmpty).toBeGreaterThan(COMMANDS * 0.15);
      expect(counts.size).toBeGreaterThanOrEqual(32);
    });
  }
});
