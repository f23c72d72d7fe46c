// Publish and subscribe through a session over several shards: to the client it is one server.

import { describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { slotOf } from '../../../src/bytes/crc16';
import { shardOfSlot } from '../../../src/spec/slots';
import { TestCluster, wire } from '../../support/cluster';
import { seededRandom, TestEngine } from '../../support/engine';
import { Listener } from '../../support/listener';

const SHARDS = 4;
const cluster = (options: Partial<ConstructorParameters<typeof TestCluster>[0]> = {}) => new TestCluster({ shards: SHARDS, ...options });
const shardOf = (channel: string) => shardOfSlot(slotOf(ascii(channel)), SHARDS);
/** A channel of each shard. */
const CHANNELS = Array.from({ length: SHARDS }, (_, shard) => {
  for (let i = 0; ; i++) if (shardOf(`c${i}`) === shard) return `c${i}`;
});

/** Publishes from elsewhere, on the shard of the channel, and lets it arrive. */
function publish(one: TestCluster, channel: string, message: string, command = 'PUBLISH'): unknown {
  const receivers = one.engines[shardOf(channel)]?.run(command, channel, message);
  one.settle();
  return receivers;
}

/** What one server answers to the same. */
function oneEngine(...lines: string[][]): string {
  return new Listener(new TestEngine()).ask(...lines);
}

test.each([2, 3])('subscribing and its opposite are confirmed as by one server, RESP%i', (version) => {
  const [a, b, c, d] = CHANNELS as [string, string, string, string];
  const lines = [
    ['HELLO', `${version}`],
    ['SUBSCRIBE', a, b, c, d, a],
    ['PSUBSCRIBE', '*', 'x?'],
    ['SSUBSCRIBE', a],
    ['SSUBSCRIBE', b, b],
    ['UNSUBSCRIBE', b, 'nosuch'],
    ['PING'],
    ['PING', 'x'],
    ['GET', 'k'],
    ['PUNSUBSCRIBE', 'x?'],
    ['SUBSCRIBE'],
    ['UNSUBSCRIBE', a, c, d],
    ['SUNSUBSCRIBE', a, b],
    ['PUNSUBSCRIBE'],
    ['UNSUBSCRIBE'],
    ['PING'],
    ['SUBSCRIBE', d],
    ['RESET'],
    ['GET', 'k'],
  ];
  const expected = oneEngine(...lines);
  for (const random of [undefined, seededRandom(version), seededRandom(version + 10)]) {
    const one = cluster(random && { random });
    const hello = /^(\*14|%7)[\s\S]*?modules\r\n\*0\r\n/;
    expect(one.ask(lines.map((line) => wire(...line)).join('')).replace(hello, '')).toBe(expected.replace(hello, ''));
  }
});

describe('a message', () => {
  test('comes from the shard of its channel, once', () => {
    const one = cluster();
    one.ask(wire('SUBSCRIBE', ...CHANNELS) + wire('PSUBSCRIBE', 'c*'));
    for (const channel of CHANNELS) {
      const before = one.output.length;
      expect(publish(one, channel, 'm')).toBe(2);
      expect(one.output.slice(before)).toBe(wire('message', channel, 'm') + wire('pmessage', 'c*', channel, 'm'));
    }
    one.ask(wire('PUNSUBSCRIBE') + wire('UNSUBSCRIBE', CHANNELS[2] as string));
    expect(CHANNELS.map((channel) => publish(one, channel, 'm'))).toEqual([1, 1, 0, 1]);
  });

  test('leaves in one piece with others that come from a shard at the same time', () => {
    const one = cluster();
    const [channel = ''] = CHANNELS;
    one.ask(wire('SUBSCRIBE', channel));
    const [engine] = one.engines;
    engine?.run('MULTI');
    for (const text of ['1', '2', '3']) engine?.run('PUBLISH', channel, text);
    engine?.run('EXEC');
    const { clientPieces, output } = one;
    one.settle();
    expect(one.output.slice(output.length)).toBe(['1', '2', '3'].map((text) => wire('message', channel, text)).join(''));
    expect(one.clientPieces).toBe(clientPieces + 1);
  });

  test('is a push in RESP3', () => {
    const one = cluster();
    one.ask(wire('HELLO', 3) + wire('SUBSCRIBE', ...CHANNELS));
    for (const channel of CHANNELS) {
      const before = one.output.length;
      publish(one, channel, 'm');
      expect(one.output.slice(before)).toBe(`>${wire('message', channel, 'm').slice(1)}`);
    }
    expect(one.ask(wire('GET', 'k'))).toBe('_\r\n');
  });

  test('of a shard channel too', () => {
    const one = cluster();
    for (const channel of CHANNELS) one.ask(wire('SSUBSCRIBE', channel));
    for (const channel of CHANNELS) {
      const before = one.output.length;
      expect(publish(one, channel, 'm', 'SPUBLISH')).toBe(1);
      expect(one.output.slice(before)).toBe(wire('smessage', channel, 'm'));
    }
  });

  test.each(Array.from({ length: 10 }, (_, seed) => seed + 1))('never comes before its confirmation, nor out of order, seed %i', (seed) => {
    const random = seededRandom(seed);
    const one = cluster({ random });
    const published = new Map<string, number>();
    for (let round = 0; round < 60; round++) {
      const channel = CHANNELS[random.below(SHARDS)] as string;
      if (round % 5 === 0) one.push(wire(random.below(3) === 0 ? 'UNSUBSCRIBE' : 'SUBSCRIBE', channel));
      if (round % 17 === 0) one.push(wire(random.below(2) === 0 ? 'PSUBSCRIBE' : 'PUNSUBSCRIBE', 'c*'));
      const number = (published.get(channel) ?? 0) + 1;
      published.set(channel, number);
      one.engines[shardOf(channel)]?.run('PUBLISH', channel, number);
      for (let steps = random.below(6); steps > 0; steps--) one.step();
    }
    one.settle();
    const [subscribed, patterns] = [new Set<string>(), new Set<string>()];
    const seen = new Map<string, number>();
    let messages = 0;
    for (const [, text] of one.output.matchAll(/\*\d\r\n((?:[$:].*\r\n(?!\*)(?:[^*:$].*\r\n)?)+)/g)) {
      const [word = '', ...rest] = (text as string).split('\r\n').filter((line) => line !== '' && !/^[$:]/.test(line));
      const [first = '', second = '', third = ''] = rest;
      if (word === 'subscribe') subscribed.add(first);
      else if (word === 'unsubscribe') subscribed.delete(first);
      else if (word === 'psubscribe') patterns.add(first);
      else if (word === 'punsubscribe') patterns.delete(first);
      else {
        messages++;
        expect(word === 'message' ? subscribed.has(first) : patterns.has(first)).toBe(true);
        const [way, number] = word === 'message' ? [`${first}`, second] : [`${first} ${second}`, third];
        expect(Number(number)).toBeGreaterThan(seen.get(way) ?? 0);
        seen.set(way, Number(number));
      }
    }
    expect(messages).toBeGreaterThan(5);
  });
});

describe('publishing', () => {
  test('goes to the shard of the channel, and counts its subscribers', () => {
    const one = cluster();
    for (const channel of CHANNELS) {
      const listener = new Listener(one.engines[shardOf(channel)] as TestEngine);
      listener.ask(['SUBSCRIBE', channel]);
      expect(one.ask(wire('PUBLISH', channel, 'm'))).toBe(':1\r\n');
      expect(listener.take()).toBe(wire('message', channel, 'm'));
      expect(one.ask(wire('SPUBLISH', channel, 'm'))).toBe(':0\r\n');
    }
  });

  test('in a transaction or a script reaches the shard of the channel afterwards, in order', () => {
    const one = cluster();
    const listeners = CHANNELS.map((channel) => {
      const listener = new Listener(one.engines[shardOf(channel)] as TestEngine);
      listener.ask(['SUBSCRIBE', channel]);
      return listener;
    });
    const script = "for i, channel in ipairs(ARGV) do redis.call('publish', channel, 'b') redis.call('publish', channel, 'c') end";
    const lines = CHANNELS.map((channel) => wire('PUBLISH', channel, 'a'));
    one.ask(
      wire('MULTI') + wire('SET', one.keyOf(2), 'v') + lines.join('') + wire('EVAL', script, 1, one.keyOf(2), ...CHANNELS) + wire('EXEC'),
    );
    for (const [i, channel] of CHANNELS.entries()) {
      expect(listeners[i]?.take()).toBe(['a', 'b', 'c'].map((text) => wire('message', channel, text)).join(''));
    }
  });

  test('tells PUBSUB of all shards', () => {
    const one = cluster();
    new Listener(one.engines[3] as TestEngine).ask(['SUBSCRIBE', CHANNELS[3] as string]);
    const other = cluster();
    other.ask(
      wire('HELLO', 3) + wire('SUBSCRIBE', ...CHANNELS) + wire('SSUBSCRIBE', CHANNELS[1] as string) + wire('PSUBSCRIBE', 'a*', 'b*'),
    );
    const sorted = (text: string) => text.split('\r\n').sort().join(' ');
    expect(sorted(other.ask(wire('PUBSUB', 'CHANNELS')))).toBe(sorted(wire(...CHANNELS)));
    expect(other.ask(wire('PUBSUB', 'NUMPAT'))).toBe(':2\r\n');
    expect(other.ask(wire('PUBSUB', 'NUMSUB', CHANNELS[2] as string, 'x'))).toBe(
      `*4\r\n$${CHANNELS[2]?.length}\r\n${CHANNELS[2]}\r\n:1\r\n$1\r\nx\r\n:0\r\n`,
    );
    expect(other.ask(wire('PUBSUB', 'SHARDCHANNELS'))).toBe(wire(CHANNELS[1] as string));
    expect(one.ask(wire('PUBSUB', 'CHANNELS'))).toBe(wire(CHANNELS[3] as string));
  });
});

test('what every shard tells of its own keys is subscribed to on all', () => {
  const one = cluster();
  one.ask(wire('SUBSCRIBE', '__keyevent@0__:set'));
  for (const engine of one.engines) expect(engine.engine.pubsub.subscribers('channel', ascii('__keyevent@0__:set'))).toBe(1);
  one.ask(wire('UNSUBSCRIBE'));
  for (const engine of one.engines) expect(engine.engine.pubsub.count('channel')).toBe(0);
});

test('a client that does not read what it did not ask for is closed, with the reason', () => {
  const one = cluster({ paced: false });
  one.ask(wire('SUBSCRIBE', CHANNELS[1] as string));
  const text = 'x'.repeat(1024 * 1024);
  for (let i = 0; i < 31; i++) publish(one, CHANNELS[1] as string, text);
  expect(one.closed).toBeUndefined();
  one.ask(wire('PING'));
  for (let i = 0; i < 31; i++) publish(one, CHANNELS[1] as string, text);
  expect(one.closed).toBeUndefined();
  one.session.taken(20 * text.length);
  for (let i = 0; i < 20; i++) publish(one, CHANNELS[1] as string, text);
  expect(one.closed).toBeUndefined();
  publish(one, CHANNELS[1] as string, text);
  expect(one.closed).toMatch(/did not read/);
});

test('subscribing inside a transaction is refused', () => {
  const one = cluster();
  expect(one.ask(wire('MULTI') + wire('SUBSCRIBE', 'c') + wire('EXEC'))).toBe(
    '+OK\r\n-ERR Command not allowed inside a transaction\r\n-EXECABORT Transaction discarded because of previous errors.\r\n',
  );
});
