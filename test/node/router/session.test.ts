import { describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { MAX_DUE_ANSWERS, MAX_SENT_BYTES } from '../../../src/router/session-limits';
import { TestCluster, wire } from '../../support/cluster';
import { seededRandom, TestEngine } from '../../support/engine';

const SHARDS = 4;
const cluster = (options: Partial<ConstructorParameters<typeof TestCluster>[0]> = {}) => new TestCluster({ shards: SHARDS, ...options });
const OK = '+OK\r\n';

/** The connection to one engine, given the same stream: what Redis would answer. */
function oneEngine(stream: string): string {
  return new TestEngine().connect().receive(ascii(stream)).output;
}

const sample = new TestCluster({ shards: SHARDS });
const keys = Array.from({ length: SHARDS }, (_, shard) => sample.keyOf(shard));
const [k0, k1, k2, k3] = keys as [string, string, string, string];

/** A pipeline that touches all shards and every way in which a session answers. */
const pipeline = [
  wire('SET', k0, 'zero'),
  wire('SET', k3, 'th\r\nree'),
  wire('MGET', k3, 'none', k0, k1, k3),
  wire('INCR', k2),
  wire('PING'),
  'ping inline\r\n',
  '\r\n',
  wire('MSET', k0, 'a', k1, 'b', k2, '2'),
  wire('GET'),
  wire('NOPE', k3),
  wire('LPUSH', k0, 'x'),
  wire('RPUSH', `{${k1}}list`, 'a', 'b', 'c'),
  wire('DBSIZE'),
  wire('HELLO', 3),
  wire('MGET', k0, 'none', k1),
  wire('ZADD', 'z', '1.5', 'm'),
  wire('ZSCORE', 'z', 'm'),
  wire('MULTI'),
  wire('PING'),
  wire('INCR', k2),
  wire('EXEC'),
  wire('CLIENT', 'REPLY', 'SKIP'),
  wire('GET', k1),
  wire('EXISTS', k0, k1, k2, k3, k3, 'none'),
  wire('DEL', k3, k0, 'none'),
  wire('HELLO', 2),
  wire('ZSCORE', 'z', 'm'),
  wire('FLUSHALL'),
  wire('DBSIZE'),
].join('');

describe('answers', () => {
  test('are those of one engine', () => {
    expect(cluster().ask(pipeline)).toBe(oneEngine(pipeline));
  });

  test('wherever the stream is cut', () => {
    const expected = oneEngine(pipeline);
    for (let cut = 1; cut < pipeline.length; cut++) {
      const one = cluster();
      expect(one.ask(pipeline.slice(0, cut)) + one.ask(pipeline.slice(cut))).toBe(expected);
    }
  });

  test('whichever shard is late, and however replies are cut', () => {
    const expected = oneEngine(pipeline);
    for (let seed = 1; seed <= 60; seed++) expect(cluster({ random: seededRandom(seed) }).ask(pipeline), `seed ${seed}`).toBe(expected);
  });

  test('are the same for one shard, for two, and for 64', () => {
    for (const shards of [1, 2, 64]) expect(cluster({ shards }).ask(pipeline)).toBe(oneEngine(pipeline));
  });

  test('of random pipelines are those of one engine', () => {
    let answered = 0;
    let failed = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const stream = randomPipeline(seed, 60);
      const output = cluster({ random: seededRandom(seed) }).ask(stream);
      expect(output, `seed ${seed}`).toBe(oneEngine(stream));
      answered += output.split('\r\n').length;
      failed += output.split('\r\n-').length;
    }
    expect(answered).toBeGreaterThan(2000);
    expect(failed).toBeLessThan(answered / 5);
  });

  test('one piece goes to each shard for what one piece of the client’s stream asks', () => {
    const one = cluster();
    one.push(pipeline.repeat(20).replaceAll(wire('HELLO', 3), wire('PING')));
    expect(Math.max(...one.pieces)).toBe(1);
    expect(Math.min(...one.pieces)).toBe(1);
  });

  test('shards are connected when they are needed, the home shard at once', () => {
    const one = cluster();
    expect(one.openShards).toEqual([0]);
    one.send(wire('GET', k2));
    expect(one.openShards).toEqual([0, 2]);
    one.send(wire('DBSIZE'));
    expect(one.openShards).toEqual([0, 1, 2, 3]);
  });
});

/** Commands over keys everywhere that need no more than one shard each or can be cut, and transactions by hash tag. */
function randomPipeline(seed: number, length: number): string {
  const random = seededRandom(seed * 7919);
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
  const key = () => `key:${random.below(12)}`;
  const tagged = (tag: string) => `{${tag}}${random.below(3)}`;
  const some = (make: () => string) => Array.from({ length: 1 + random.below(5) }, make);
  const value = () => pick(['1', '20', 'text', '\r\n', '']);
  const single = (): (string | number)[] =>
    pick([
      () => ['SET', key(), value()],
      () => ['GET', key()],
      () => ['INCR', key()],
      () => ['APPEND', key(), value()],
      () => ['MGET', ...some(key)],
      () => ['MSET', ...some(key).flatMap((one) => [one, value()])],
      () => ['DEL', ...some(key)],
      () => ['EXISTS', ...some(key)],
      () => ['UNLINK', key()],
      () => ['RPUSH', `list:${random.below(3)}`, value()],
      () => ['LRANGE', `list:${random.below(3)}`, 0, -1],
      () => ['DBSIZE'],
      () => ['PING', value()],
      () => ['STRLEN', key(), 'extra'],
      () => ['HELLO', pick([2, 3])],
      () => ['LPUSH', key(), value()],
      () => ['CLIENT', 'REPLY', pick(['ON', 'SKIP', 'SKIP'])],
    ])();
  const transaction = (): (string | number)[][] => {
    const tag = pick(['a', 'b', 'c', 'd', 'e']);
    const queued = (): (string | number)[] =>
      pick([
        () => ['SET', tagged(tag), value()],
        () => ['INCR', tagged(tag)],
        () => ['MGET', tagged(tag), tagged(tag)],
        () => ['RENAME', tagged(tag), tagged(tag)],
        () => ['PING'],
        () => ['GET'],
      ])();
    const lines = Array.from({ length: random.below(5) }, queued);
    return [...pick([[], [['WATCH', tagged(tag)]]]), ['MULTI'], ...lines, pick([['EXEC'], ['EXEC'], ['DISCARD']])];
  };
  let stream = '';
  for (let i = 0; i < length; i++) {
    const lines = random.below(5) === 0 ? transaction() : [single()];
    for (const line of lines) stream += wire(...line);
  }
  return stream;
}

describe('SCAN', () => {
  test('walks through all shards and finds every key', () => {
    const one = cluster();
    const expected = Array.from({ length: 300 }, (_, i) => `key:${i}`);
    one.send(expected.map((key) => wire('SET', key, 1)).join(''));
    const found: string[] = [];
    let calls = 0;
    let cursor = '0';
    do {
      const lines = one.ask(wire('SCAN', cursor, 'COUNT', 7)).split('\r\n');
      cursor = lines[2] as string;
      found.push(...lines.filter((line) => line.startsWith('key:')));
      calls++;
    } while (cursor !== '0' && calls < 1000);
    expect(calls).toBeGreaterThan(40);
    expect(found.sort()).toEqual(expected.sort());
  });

  test('KEYS and RANDOMKEY see all shards', () => {
    const one = cluster();
    one.send(wire('SET', k3, 1));
    expect(one.ask(wire('RANDOMKEY'))).toBe(`$2\r\n${k3}\r\n`);
    expect(one.ask(wire('KEYS', '*'))).toBe(`*1\r\n$2\r\n${k3}\r\n`);
  });

  test('an invalid cursor is the error of Redis', () => {
    expect(cluster().ask(wire('SCAN', 'x'))).toBe('-ERR invalid cursor\r\n');
  });
});

test('DEBUG POPULATE creates each key on the shard that it belongs to', () => {
  const one = cluster();
  expect(
    one.ask(wire('DEBUG', 'POPULATE', 100, 'p', 9) + wire('DBSIZE') + wire('EXISTS', ...Array.from({ length: 101 }, (_, i) => `p:${i}`))),
  ).toBe(`${OK}:100\r\n:100\r\n`);
  expect(one.engines.every(({ engine }) => engine.keys.size > 10)).toBe(true);
  expect(one.ask(wire('GET', 'p:42'))).toBe('$9\r\nvalue:42\0\r\n');
});

test('an out-of-band message keeps its place in what its shard answers', () => {
  const stream =
    wire('HELLO', 3) + wire('ECHO', 'a') + wire('DEBUG', 'PROTOCOL', 'push') + wire('ECHO', 'b') + wire('DEBUG', 'PROTOCOL', 'attrib');
  const ids = (text: string): string => text.replace(/id\r\n:\d+/, 'id');
  expect(ids(cluster().ask(stream))).toBe(ids(oneEngine(stream)));
  for (let seed = 1; seed < 20; seed++) expect(ids(cluster({ random: seededRandom(seed) }).ask(stream))).toBe(ids(oneEngine(stream)));
});

describe('the end', () => {
  test('QUIT answers what came before and nothing after', () => {
    const one = cluster({ random: seededRandom(9) });
    expect(one.ask(wire('SET', k3, 1) + wire('MGET', k3, k1) + wire('QUIT') + wire('SET', k3, 2))).toBe(
      `${OK}*2\r\n$1\r\n1\r\n$-1\r\n${OK}`,
    );
    expect(one.closed).toBe('');
    expect(one.engines[3]?.run('GET', k3)).toBe('1');
  });

  test('a violation of the protocol answers what came before, says so, and closes', () => {
    const one = cluster({ random: seededRandom(9) });
    expect(one.ask(`${wire('SET', k3, 1)}*1\r\n!\r\n${wire('SET', k3, 2)}`)).toBe(`${OK}-ERR Protocol error: expected '$', got '!'\r\n`);
    expect(one.closed).toBe('');
  });

  test('a client that ends its side is answered in full first', () => {
    const one = cluster();
    one.push(wire('SET', k3, 1) + wire('MGET', k3, k1));
    one.session.end();
    expect(one.closed).toBeUndefined();
    one.settle();
    expect(one.output).toBe(`${OK}*2\r\n$1\r\n1\r\n$-1\r\n`);
    expect(one.closed).toBe('');
  });

  test('HTTP is not answered at all', () => {
    const one = cluster();
    expect(one.ask('POST / HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
    expect(one.closed).toBeDefined();
  });

  test('a lost shard ends the session with an error in the place of the first missing answer', () => {
    const one = cluster();
    one.send(wire('GET', k1) + wire('GET', k2));
    one.output = '';
    one.push(wire('PING') + wire('INCR', k2) + wire('GET', k1));
    one.step();
    one.step();
    one.closeLink(2);
    expect(one.output).toMatch(/^\+PONG\r\n-ERR the connection to a shard was lost; .*may or may not have been applied\r\n$/);
    expect(one.closed).toContain('lost');
  });

  test('a shard that is lost when nothing is owed ends the session without a word', () => {
    const one = cluster();
    one.send(wire('GET', k1));
    one.output = '';
    one.closeLink(1);
    expect(one.output).toBe('');
    expect(one.closed).toContain('closed');
  });

  test('a client that is killed on its home shard is closed', () => {
    const one = cluster();
    const id = Number(one.ask(wire('CLIENT', 'ID')).slice(1));
    one.engines[0]?.run('CLIENT', 'KILL', 'ID', id);
    one.settle();
    expect(one.closed).toBeDefined();
  });

  test('a client that has gone gets nothing more', () => {
    const one = cluster();
    one.push(wire('INCR', k2));
    one.session.abandon();
    one.settle();
    expect(one.output).toBe('');
    one.session.receive(ascii(wire('PING')));
    expect(one.output).toBe('');
  });
});

describe('bounds', () => {
  test('nothing more is read while too many answers are due', () => {
    const one = cluster();
    one.push(wire('PING').repeat(MAX_DUE_ANSWERS + 10));
    expect(one.session.blocked).toBe(true);
    expect(one.unblocked).toBe(0);
    one.settle();
    expect(one.output).toBe('+PONG\r\n'.repeat(MAX_DUE_ANSWERS + 10));
    expect(one.session.blocked).toBe(false);
    expect(one.unblocked).toBeGreaterThan(0);
  });

  test('nothing more is sent to shards while too much is unanswered', () => {
    const one = cluster();
    const value = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 20; i++) one.push(wire('SET', `key:${i}`, value));
    expect(one.session.blocked).toBe(true);
    const sent = one.engines.map((_, shard) => one.sentTo(shard)).reduce((sum, length) => sum + length, 0);
    expect(sent).toBeLessThan(MAX_SENT_BYTES + 2 * value.length);
    one.settle();
    expect(one.output).toBe(OK.repeat(20));
  });

  const large = 'x'.repeat(1_000_000);
  const largeReply = `$${large.length}\r\n${large}\r\n`;
  const largeOn = (one: TestCluster, ...keys: string[]) => {
    for (const key of keys) one.send(wire('SET', key, large));
    one.output = '';
  };

  test.each([
    ['at once', undefined],
    ['in pieces', seededRandom(3)],
  ])('shards run ahead of the client only so far, and nobody waits for ever (%s)', (_, random) => {
    const one = cluster();
    largeOn(one, k1, k2);
    const other = random ? cluster({ random }) : one;
    if (random) for (const key of [k1, k2]) other.engines[other.slots.shardOf(ascii(key))]?.run('SET', key, large);
    // The second shard is far ahead before the first one has answered.
    const asked = (wire('GET', k1) + wire('GET', k1) + wire('GET', k2) + wire('MGET', k1, k2)).repeat(3);
    other.send(asked);
    expect(other.output === `${largeReply.repeat(3)}*2\r\n${largeReply.repeat(2)}`.repeat(3)).toBe(true);
    expect(other.unacknowledgedMax).toBeGreaterThan(2 * large.length);
    expect(other.unacknowledgedMax).toBeLessThan(5 * large.length);
    expect(other.closed).toBeUndefined();
  });

  test('a client that cannot be made to wait may not ask for very much in one message', () => {
    const one = cluster({ paced: false });
    largeOn(one, k1, k2);
    const message = (wire('GET', k1) + wire('GET', k2)).repeat(20);
    for (let i = 0; i < 3; i++) expect(one.ask(message).length).toBe(40 * largeReply.length);
    const answer = one.ask(message + message);
    expect(answer.slice(0, largeReply.length) === largeReply).toBe(true);
    expect(answer.slice(-160)).toMatch(
      /x\r\n-ERR the replies to what was sent at once are too large, ask for less at a time; commands without a reply may or may not have been applied\r\n$/,
    );
    expect(answer.length).toBeLessThan(75 * largeReply.length);
    expect(one.closed).toContain('too large');
  });

  test('a client that sends without end while nothing is answered is closed', () => {
    const one = cluster();
    const value = 'x'.repeat(8 * 1024 * 1024);
    for (let i = 0; i < 20 && one.closed === undefined; i++) one.push(wire('SET', k0, value));
    expect(one.closed).toContain('too much was sent');
    expect(one.output).toMatch(/^-ERR /);
  });
});
