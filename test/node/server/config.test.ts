import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import { SETTINGS } from '../../../src/engine/settings-table';
import { ErrorReply } from '../../../src/protocol/reply';
import { decodeReply } from '../../../src/protocol/reply-reader';
import { expectSameReplies } from '../../support/differential';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';
import { RealRedis, redisInstalled } from '../../support/real-redis';

/** Settings of this name and value are not what Redis has, on purpose: they tell how it is here. */
/** Settings that Redis 7.2 added. */
const NEWER = new Set(['set-max-listpack-entries', 'set-max-listpack-value']);
const OWN_DEFAULTS = new Set(['appendonly', 'appendfsync', 'bind', 'databases', 'dbfilename', 'dir', 'port', 'proto-max-bulk-len']);

function get(engine: TestEngine, ...patterns: string[]): Record<string, string> {
  const items = plain(engine.run('CONFIG', 'GET', ...patterns)) as string[];
  const settings: Record<string, string> = {};
  for (let i = 0; i < items.length; i += 2) settings[items[i] as string] = items[i + 1] as string;
  return settings;
}

const VALUES: readonly (readonly [name: string, ...values: string[]])[] = [
  ['hz', 'abc', '-5', '12', '', '007', '2147483648', '10'],
  ['maxmemory', 'abc', '-1', '1gb', '5kb', '5k', '5z', '', '100b', '1MB', '0'],
  ['maxmemory-policy', 'nope', 'ALLKEYS-lfu', 'noeviction'],
  ['maxmemory-clients', '200%', '5%', 'x', '-3', '10mb', '0%', '-1%', '0'],
  ['lfu-log-factor', '-1', '5', '10'],
  ['activedefrag', 'maybe', 'NO', 'no'],
  ['appendfsync', 'ALWAYS', 'nope', 'everysec'],
  ['hash-max-listpack-value', '1k', 'x', '64'],
  ['hash-max-ziplist-entries', '9223372036854775808', '-1', '3', '512'],
  ['slowlog-log-slower-than', '-2', '-1', '10000'],
  ['notify-keyspace-events', 'KEA', 'q', 'Kx$lg', 'An', 'g$lshzxetd', 'mKE', ''],
  ['save', '1', '10 20 30 40', '0 1', '1 -1', 'a b', ''],
  ['client-output-buffer-limit', 'foo', 'normal 1mb 2 3', 'replica 1 1 1 pubsub 2k 2k 5', 'nope 1 1 1', 'normal x 1 1', 'normal 1 1 x'],
  ['latency-tracking-info-percentiles', '50.10 1e1', '101', '-1', 'x', '', '50 99 99.9'],
  ['client-query-buffer-limit', '1', '2mb', '1gb'],
  ['maxclients', '0', '4294967296', '10000'],
  ['busy-reply-threshold', '-1', '77', '5000'],
  ['list-max-listpack-size', '-5', '128', '-2'],
  ['active-expire-effort', '0', '11', '3', '1'],
];

describe.skipIf(!redisInstalled)('against redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  const same = async (engine: TestEngine, lines: readonly (readonly string[])[]): ReturnType<typeof expectSameReplies> =>
    expectSameReplies(
      redis,
      engine,
      lines.map((line) => ['CONFIG', ...line].map(fromText)),
    );

  test('every setting is one of Redis’, with its default unless it says how things are here', async () => {
    const [raw] = await redis.send([['CONFIG', 'GET', '*']]);
    const items = plain(decodeReply(raw as Parameters<typeof decodeReply>[0])) as string[];
    const real = new Map<string, string>();
    for (let i = 0; i < items.length; i += 2) real.set(items[i] as string, items[i + 1] as string);
    const ours = get(new TestEngine(), '*');
    expect(Object.keys(ours).length).toBeGreaterThan(100);
    for (const [name, value] of Object.entries(ours)) {
      if (NEWER.has(name)) continue;
      expect(real.has(name), name).toBe(true);
      if (!OWN_DEFAULTS.has(name) && name !== 'enable-debug-command') expect([name, value]).toEqual([name, real.get(name)]);
    }
  });

  test('values are read, refused and printed alike', async () => {
    const lines = VALUES.flatMap(([name, ...values]) =>
      values.flatMap((value) => [
        ['SET', name, value],
        ['GET', name],
      ]),
    );
    const outcome = await same(new TestEngine(), lines);
    expect(outcome.failed).toBeGreaterThan(30);
    expect(outcome.succeeded).toBeGreaterThan(120);
  });

  test('mistakes', async () => {
    const lines = `
      CONFIG SET nope 1
      CONFIG SET hz 10 nope 1
      CONFIG SET hz 10 nope
      CONFIG SET hz
      CONFIG SET hz 10 HZ 11
      CONFIG SET lua-time-limit 10 busy-reply-threshold 11
      CONFIG SET daemonize yes
      CONFIG SET Databases 2 nope 1
      CONFIG SET dir /
      CONFIG SET lua-time-limit x
      CONFIG SET maxmemory 10000001 maxmemory-clients 200% client-query-buffer-limit invalid
      CONFIG GET maxmemory
      CONFIG GET MaxMemory
      CONFIG GET nope
      CONFIG GET
      CONFIG REWRITE
      CONFIG RESETSTAT x
      CONFIG nope
      CONFIG`
      .trim()
      .split(/\n\s*/);
    const outcome = await same(
      new TestEngine(),
      lines.map((line) => line.split(' ').slice(1)),
    );
    expect(outcome.failed).toBe(15);
  });
});

describe('settings', () => {
  test('what CONFIG GET lists can be set back', () => {
    const engine = new TestEngine();
    const before = get(engine, '*');
    const fixed = new Set(SETTINGS.filter((setting) => setting.fixed).flatMap(({ name, alias }) => [name, alias]));
    let set = 0;
    for (const [name, value] of Object.entries(before)) {
      if (fixed.has(name)) continue;
      expect(plain(engine.run('CONFIG', 'SET', name, value)), name).toBe('OK');
      set++;
    }
    expect(set).toBeGreaterThan(90);
    expect(get(engine, '*')).toEqual(before);
  });

  test('a setting without an effect says why, and only such a one', () => {
    for (const { name, fixed, effect, unused } of SETTINGS) {
      expect([name, unused !== undefined]).toEqual([name, fixed === undefined && effect === undefined]);
      if (unused !== undefined) expect(unused).toMatch(/^[A-Z].*\.$/);
    }
    const names = SETTINGS.flatMap(({ name, alias }) => (alias === undefined ? [name] : [name, alias]));
    expect(new Set(names).size).toBe(names.length);
  });

  test('several patterns give each setting once; hidden ones need their exact name', () => {
    const engine = new TestEngine();
    const found = get(engine, 'maxmemory', 'maxmemory*', '*of');
    expect(Object.keys(found)).toEqual(expect.arrayContaining(['maxmemory', 'maxmemory-policy', 'replicaof', 'slaveof']));
    expect(engine.run('CONFIG', 'GET', 'maxmemory', 'maxmemory')).toHaveProperty('items.length', 2);
    expect(get(engine, '*')).not.toHaveProperty('key-load-delay');
    expect(get(engine, 'key-load-delay')).toEqual({ 'key-load-delay': '0' });
  });

  test('all are set or none', () => {
    const engine = new TestEngine();
    expect(engine.run('CONFIG', 'SET', 'hz', '50', 'set-max-intset-entries', 'x')).toBeInstanceOf(ErrorReply);
    expect(get(engine, 'hz')).toEqual({ hz: '10' });
    expect(engine.engine.limits.setMaxIntsetEntries).toBe(512);
    expect(plain(engine.run('CONFIG', 'SET', 'hz', '50', 'set-max-intset-entries', '3'))).toBe('OK');
    expect(get(engine, 'hz')).toEqual({ hz: '50' });
    expect(engine.engine.limits.setMaxIntsetEntries).toBe(3);
  });

  test('thresholds of encodings count at once', () => {
    const engine = new TestEngine();
    engine.run('CONFIG', 'SET', 'hash-max-ziplist-entries', 2, 'set-max-intset-entries', 1);
    engine.run('HSET', 'h', 'a', 1, 'b', 2, 'c', 3);
    engine.run('SADD', 's', 1, 2);
    expect(engine.run('OBJECT', 'ENCODING', 'h')).toBe('hashtable');
    expect(engine.run('OBJECT', 'ENCODING', 's')).toBe('hashtable');
    expect(get(engine, 'hash-max-listpack-entries')).toEqual({ 'hash-max-listpack-entries': '2' });
  });

  test('an LFU policy counts accesses', () => {
    const engine = new TestEngine();
    expect(engine.run('OBJECT', 'FREQ', 'k')).toBeNull();
    engine.run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu', 'lfu-log-factor', 0);
    engine.run('SET', 'k', 'v');
    const before = engine.run('OBJECT', 'FREQ', 'k') as number;
    for (let i = 0; i < 5; i++) engine.run('GET', 'k');
    expect(engine.run('OBJECT', 'FREQ', 'k')).toBe(before + 5);
    expect(engine.run('OBJECT', 'IDLETIME', 'k')).toBeInstanceOf(ErrorReply);
  });

  test('port and address stay what they are', () => {
    const engine = new TestEngine();
    for (const name of ['port', 'bind']) {
      expect(plain(engine.run('CONFIG', 'SET', name, get(engine, name)[name] as string))).toBe('OK');
      expect(engine.run('CONFIG', 'SET', 'hz', '20', name, '7')).toBeInstanceOf(ErrorReply);
    }
    expect(get(engine, 'hz')).toEqual({ hz: '10' });
  });

  test('the token is neither shown nor changed', () => {
    const engine = new TestEngine();
    expect(get(engine, 'requirepass')).toEqual({ requirepass: '' });
    expect(engine.run('CONFIG', 'SET', 'requirepass', 'x')).toBeInstanceOf(ErrorReply);
  });
});
