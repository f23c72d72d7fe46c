// Random lines about channels, of several clients, here and to a redis-server: all that each client is sent is the same.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Random } from '../../../src/spec/context';
import { seededRandom, TestEngine } from '../../support/engine';
import { EnginePeers, RealPeers, type Sent } from '../../support/peers';
import { RealRedis, redisInstalled } from '../../support/real-redis';

type Line = readonly (string | number)[];

/** Of these two publish, and are subscribed to nothing in RESP3: there Redis 7.0 puts a client's own messages before its reply. */
const PUBLISHERS = ['a', 'b'];
const SUBSCRIBERS = ['c', 'd', 'e'];
const NAMES = [...PUBLISHERS, ...SUBSCRIBERS];
const CHANNELS = ['u', 'v', 'w', 'x', 'y', 'z'];
/** No channel matches two: Redis goes over them in an order of its own. */
const PATTERNS = ['[uv]', 'w*', '[x-z]', 'none'];

class Lines {
  constructor(private readonly random: Random) {}

  pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }

  private some(items: readonly string[]): string[] {
    return Array.from({ length: 1 + this.random.below(3) }, () => this.pick(items));
  }

  private publish(): Line {
    return [this.pick(['PUBLISH', 'PUBLISH', 'SPUBLISH', 'publish']), this.pick(CHANNELS), this.pick(['m', '', 'a\r\nb'])];
  }

  private ask(): Line {
    return this.pick<Line>([
      ['PUBSUB', 'NUMSUB', ...this.some(CHANNELS)],
      ['PUBSUB', 'SHARDNUMSUB', ...this.some(CHANNELS)],
      ['PUBSUB', 'NUMPAT'],
      ['PUBSUB', 'CHANNELS', this.pick(CHANNELS)],
      ['PUBSUB', 'SHARDCHANNELS', this.pick(CHANNELS)],
      ['PUBSUB', 'NUMSUB'],
      ['PUBSUB', 'CHANNELS', 'a', 'b'],
      ['PUBSUB', 'NUMPAT', 'a'],
      ['PUBSUB', 'nonsense'],
      ['PUBLISH', 'u'],
      ['GET', 'k'],
    ]);
  }

  private script(): Line {
    const call = `redis.${this.pick(['call', 'pcall'])}('${this.pick(['publish', 'spublish'])}', '${this.pick(CHANNELS)}', 's')`;
    return this.pick<Line>([
      ['EVAL', `${call} return ${call}`, 0],
      ['EVAL', `${call} return redis.error_reply('no')`, 0],
      ['EVAL', "return redis.pcall('subscribe', 'u')", 0],
    ]);
  }

  private publishing(): Line {
    return this.pick<() => Line>([
      () => this.publish(),
      () => this.publish(),
      () => this.publish(),
      () => this.ask(),
      () => this.script(),
    ])();
  }

  private subscribing(): Line {
    return this.pick<() => Line>([
      ...Array.from({ length: 3 }, () => () => ['SUBSCRIBE', ...this.some(CHANNELS)]),
      ...Array.from({ length: 2 }, () => () => ['PSUBSCRIBE', ...this.some(PATTERNS)]),
      ...Array.from({ length: 2 }, () => () => ['SSUBSCRIBE', ...this.some(CHANNELS)]),
      () => ['UNSUBSCRIBE', ...this.some(CHANNELS)],
      () => ['PUNSUBSCRIBE', ...this.some(PATTERNS)],
      () => ['SUNSUBSCRIBE', ...this.some(CHANNELS)],
      () => [this.pick(['UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE'])],
      () => this.pick<Line>([['PING'], ['PING', 'x'], ['GET', 'k'], ['SUBSCRIBE'], ['ECHO', 'x'], ['PING', 'x', 'y']]),
      () => (this.random.below(4) === 0 ? ['RESET'] : ['PING']),
      () => (this.random.below(4) === 0 ? ['HELLO', this.pick([2, 3])] : ['PING']),
    ])();
  }

  next(from: string): Line[] {
    const one = () => (PUBLISHERS.includes(from) ? this.publishing() : this.subscribing());
    const inMulti = () => {
      const line = one();
      return line[0] === 'HELLO' || line[0] === 'RESET' ? ['PING'] : line;
    };
    const lines = Array.from({ length: 1 + this.random.below(3) }, inMulti);
    return this.random.below(6) === 0 ? [['MULTI'], ...lines, ['EXEC']] : [one(), ...lines];
  }
}

/** The channels that a client was subscribed to end in an order of Redis' own. */
function unordered(text: string): string {
  return text.replaceAll(/((?:[*>]3\r\n\$1[12]\r\ns?unsubscribe\r\n\$1\r\n\w\r\n:\d+\r\n){2,})/g, (all) => {
    const names = [...all.matchAll(/\$1\r\n(\w)/g)].map(([, name]) => name as string).sort();
    let i = 0;
    return all.replaceAll(/\$1\r\n\w/g, () => `$1\r\n${names[i++]}`);
  });
}

function comparable(sent: Sent): Sent {
  return Object.fromEntries(Object.entries(sent).map(([name, text]) => [name, unordered(text.replaceAll(/\$2\r\nid\r\n:\d+/g, 'id'))]));
}

describe.runIf(redisInstalled)('as redis-server answers and tells', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test.each([1, 2, 3])('random lines of several clients, seed %i', { timeout: 60_000 }, async (seed) => {
    const random = seededRandom(seed);
    const lines = new Lines(random);
    let messages = 0;
    for (let round = 0; round < 10; round++) {
      const theirs = await RealPeers.open(redis.port, NAMES);
      const ours = new EnginePeers(new TestEngine(), theirs.ids);
      const recent: string[] = [];
      for (let i = 0; i < 150; i++) {
        const from = lines.pick(NAMES);
        const sending = lines.next(from);
        recent.push(`${from}: ${JSON.stringify(sending)}`);
        const [here, there] = [ours.send(from, ...sending), await theirs.send(from, ...sending)];
        expect(comparable(here), recent.slice(-12).join('\n')).toEqual(comparable(there));
        for (const name in here) if (name !== from) messages++;
      }
      theirs.close();
    }
    expect(messages).toBeGreaterThan(500);
  });
});
