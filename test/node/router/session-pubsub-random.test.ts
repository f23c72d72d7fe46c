// Random lines of a subscriber over several shards, and messages in between: it is sent what one server sends, byte for byte.

import { expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import type { Random } from '../../../src/spec/context';
import { TestCluster, wire } from '../../support/cluster';
import { seededRandom, TestEngine } from '../../support/engine';
import { Listener } from '../../support/listener';

const SHARDS = 4;
const CHANNELS = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'];
/** With those that are subscribed to on every shard. */
const NAMES = [...CHANNELS, '__keyspace@0__:k', '__redis__:invalidate'];
const PATTERNS = ['c[01]', 'c[23]', 'none*'];

type Line = readonly (string | number)[];

class Lines {
  constructor(private readonly random: Random) {}

  pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }

  private some(items: readonly string[]): string[] {
    return Array.from({ length: 1 + this.random.below(3) }, () => this.pick(items));
  }

  private one(): Line {
    return this.pick<() => Line>([
      () => ['SUBSCRIBE', ...this.some(NAMES)],
      () => ['SUBSCRIBE', ...this.some(NAMES)],
      () => ['PSUBSCRIBE', ...this.some(PATTERNS)],
      () => ['SSUBSCRIBE', ...this.some(NAMES)],
      () => ['UNSUBSCRIBE', ...this.some(NAMES)],
      () => ['SUNSUBSCRIBE', ...this.some(NAMES)],
      () => ['PUNSUBSCRIBE', ...this.some(PATTERNS)],
      () => [this.pick(['UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE'])],
      () => this.pick<Line>([['PING'], ['PING', 'x'], ['SUBSCRIBE'], ['ECHO', 'x'], ['NONSENSE'], ['GET', 'k'], ['DEL', 'a', 'b', 'c']]),
      () => this.pick<Line>([['PUBSUB', 'NUMSUB', ...this.some(NAMES)], ['PUBSUB', 'NUMPAT'], ['WATCH', 'k'], ['UNWATCH']]),
      () => ['CLIENT', 'REPLY', this.pick(['ON', 'OFF', 'SKIP'])],
      () => this.pick<Line>([['RESET'], ['RESET'], ['HELLO', 2], ['HELLO', 3], ['MULTI']]),
    ])();
  }

  next(): Line[] {
    return Array.from({ length: 1 + this.random.below(3) }, () => this.one()).flatMap((line) =>
      line[0] === 'MULTI' ? [line, ['SET', 'k', 'v'], ['INCR', 'z{k}'], ['EXEC']] : [line],
    );
  }
}

/** HELLO tells which mode the server is in, and the connection's number. */
function comparable(text: string): string {
  return text.replaceAll(/\$2\r\nid\r\n:\d+/g, 'id').replaceAll(/\$7\r\ncluster|\$10\r\nstandalone/g, 'mode');
}

test.each(Array.from({ length: 30 }, (_, seed) => seed + 1))('as one server, seed %i', (seed) => {
  const random = seededRandom(seed);
  const lines = new Lines(random);
  const cluster = new TestCluster({ shards: SHARDS, ...(seed % 3 > 0 && { random: seededRandom(seed + 1000) }) });
  const engine = new TestEngine();
  const listener = new Listener(engine);
  const recent: string[] = [];
  for (let i = 0; i < 80; i++) {
    const sent = lines.next();
    recent.push(JSON.stringify(sent));
    const context = recent.slice(-8).join('\n');
    expect(comparable(cluster.ask(sent.map((line) => wire(...line)).join(''))), context).toBe(comparable(listener.ask(...sent)));
    const channel = lines.pick(CHANNELS);
    const line = [lines.pick(['PUBLISH', 'SPUBLISH']), channel, `message ${i}`] as const;
    const before = cluster.output.length;
    expect(cluster.engines[cluster.slots.shardOf(fromText(channel))]?.run(...line), context).toBe(engine.run(...line));
    cluster.settle();
    expect(cluster.output.slice(before), context).toBe(listener.take());
  }
  expect(cluster.closed).toBeUndefined();
});
