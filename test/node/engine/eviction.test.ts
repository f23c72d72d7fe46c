// maxmemory: which keys go, that the dataset keeps to the limit, and what is refused when nothing may go.

import { describe, expect, test } from 'vitest';
import { ErrorReply, NULL_ARRAY, OK, type Reply } from '../../../src/protocol/reply';
import { EVICTION_POLICIES, type EvictionPolicy } from '../../../src/spec/eviction';
import { seededRandom, TestEngine } from '../../support/engine';

const OOM = "OOM command not allowed when used memory > 'maxmemory'.";
const VALUE = 'x'.repeat(100);

function field(engine: TestEngine, name: string): number {
  const text = String((engine.run('INFO', 'everything') as { text: string }).text);
  return Number(new RegExp(`^${name}:(.*)\r$`, 'm').exec(text)?.[1]);
}

/** Without the connections, which the limit is not about. */
const counted = (engine: TestEngine): number => field(engine, 'used_memory') - field(engine, 'mem_not_counted_for_evict');

const config = (engine: TestEngine, ...pairs: (string | number)[]): Reply => engine.run('CONFIG', 'SET', ...pairs);

const names = (engine: TestEngine): string[] => (engine.run('KEYS', '*') as string[]).sort();

/** All that a test may compare of two datasets. */
function dataset(engine: TestEngine): Record<string, unknown> {
  return Object.fromEntries(names(engine).map((key) => [key, [engine.run('DUMP', key), engine.run('PEXPIRETIME', key)]]));
}

function text(reply: Reply): string {
  return reply instanceof ErrorReply ? reply.text : String(reply);
}

/** An engine with a limit for so many keys of {@link VALUE} and names of eight bytes. */
function limited(keys: number, policy: EvictionPolicy, seed = 1): TestEngine {
  const engine = new TestEngine(seed);
  const empty = counted(engine);
  engine.run('SET', '00000000', VALUE);
  const perKey = counted(engine) - empty;
  engine.run('DEL', '00000000');
  config(engine, 'maxmemory', empty + keys * perKey, 'maxmemory-policy', policy);
  return engine;
}

const named = (i: number): string => String(i).padStart(8, '0');

describe('the limit', () => {
  test.each(EVICTION_POLICIES.filter((policy) => policy !== 'noeviction'))('is kept under %s', (policy) => {
    const engine = limited(200, policy);
    const limit = field(engine, 'maxmemory');
    const random = seededRandom(7);
    for (let i = 0; i < 3000; i++) {
      engine.now += 10;
      // Some grow, in place too.
      if (i % 7 === 0) engine.run('APPEND', named(random.below(400)), 'y'.repeat(random.below(200)));
      else engine.run('SET', named(random.below(400)), VALUE, 'EX', 1000 + random.below(100000));
      engine.run('PING');
      expect(counted(engine)).toBeLessThanOrEqual(limit);
    }
    expect(field(engine, 'evicted_keys')).toBeGreaterThan(500);
    // The limit is made use of.
    expect(field(engine, 'evicted_keys')).toBeLessThan(3000);
    expect(counted(engine)).toBeGreaterThan(limit * 0.9);
    expect(dataset(engine.replayed())).toEqual(dataset(engine));
  });
});

describe('which keys go', () => {
  /** Half of the keys have deadlines. */
  function filled(policy: EvictionPolicy): TestEngine {
    const engine = limited(100, policy);
    for (let i = 0; i < 100; i++) {
      engine.now += 1000;
      engine.run('SET', named(i), VALUE, ...(i % 2 === 0 ? ['PXAT', engine.now + 1_000_000 + i * 1000] : []));
    }
    expect(field(engine, 'evicted_keys')).toBe(0);
    return engine;
  }

  /** Brings in so many new keys without a deadline, and says which of the old ones are gone. */
  function pressed(engine: TestEngine, count: number): number[] {
    for (let i = 0; i < count; i++) engine.run('SET', `n${named(i).slice(1)}`, VALUE);
    engine.run('PING');
    const left = new Set(names(engine));
    return Array.from({ length: 100 }, (_, i) => i).filter((i) => !left.has(named(i)));
  }

  test.each(['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'] as const)(
    '%s takes only keys with a deadline',
    (policy) => {
      const engine = filled(policy);
      const gone = pressed(engine, 40);
      expect(gone).toHaveLength(40);
      expect(gone.filter((i) => i % 2 === 1)).toEqual([]);
      // When there are no more of them, writes are refused.
      expect(text(engine.run('PERSIST', named(98)))).toBe(gone.includes(98) ? '0' : '1');
      for (let i = 0; i < 20; i++) engine.run('SET', `m${i}`, VALUE);
      expect(text(engine.run('SET', 'more', 'x'))).toBe(OOM);
      expect(names(engine).filter((name) => Number(name) % 2 === 1)).toHaveLength(50);
    },
  );

  test('volatile-ttl takes those with the least time to live, in their order', () => {
    const engine = filled('volatile-ttl');
    expect(pressed(engine, 30)).toEqual(Array.from({ length: 30 }, (_, i) => i * 2));
  });

  /** How many of the 30 keys that went are among the 60 best victims of 100. */
  function quality(gone: readonly number[], rank: (i: number) => number): number {
    return gone.filter((i) => rank(i) < 60).length;
  }

  test('allkeys-lru takes those that have not been used for longest', () => {
    const engine = filled('allkeys-lru');
    for (let i = 0; i < 100; i++) {
      engine.now += 1000;
      engine.run('GET', named((i * 37) % 100));
    }
    const rank = (key: number): number => Array.from({ length: 100 }, (_, i) => (i * 37) % 100).indexOf(key);
    expect(quality(pressed(engine, 30), rank)).toBeGreaterThanOrEqual(28);
  });

  test('allkeys-lfu takes those that have been used least', () => {
    const engine = filled('allkeys-lfu');
    config(engine, 'lfu-log-factor', 0);
    for (let i = 0; i < 100; i++) for (let uses = 0; uses < 100 - i; uses++) engine.run('GET', named(i));
    // Those that come may go at once: they have hardly been used.
    const gone = pressed(engine, 60);
    expect(gone.length).toBeGreaterThan(10);
    expect(quality(gone, (i) => 99 - i)).toBe(gone.length);
  });

  test('allkeys-fifo takes those that are oldest, whatever has been done with them', () => {
    const engine = filled('allkeys-fifo');
    for (let i = 0; i < 100; i++) {
      engine.now += 1000;
      engine.run(...(i % 2 === 0 ? ['GET', named(99 - i)] : ['SET', named(99 - i), VALUE, 'KEEPTTL']));
      engine.run('TOUCH', named(99 - i));
    }
    expect(engine.run('OBJECT', 'IDLETIME', named(0))).toBe(199);
    expect(quality(pressed(engine, 30), (i) => i)).toBeGreaterThanOrEqual(28);
    // A key that comes again is a new one.
    engine.run('DEL', named(99));
    engine.run('SET', named(99), VALUE);
    expect(engine.run('OBJECT', 'IDLETIME', named(99))).toBe(0);
  });

  test('random policies take any', () => {
    const all = filled('allkeys-random');
    const gone = pressed(all, 50);
    expect(gone.length).toBeGreaterThan(25);
    expect(gone.filter((i) => i < 50).length).toBeGreaterThan(5);
    expect(gone.filter((i) => i >= 50).length).toBeGreaterThan(5);
  });

  test('another policy goes by its own order from the start', () => {
    const engine = filled('allkeys-lru');
    pressed(engine, 10);
    config(engine, 'maxmemory-policy', 'volatile-ttl');
    const left = names(engine).filter((name) => Number(name) % 2 === 0);
    engine.run('SET', 'another1', VALUE);
    engine.run('PING');
    expect(names(engine)).not.toContain(left[0]);
    expect(names(engine)).toContain(left[1]);
  });
});

describe('how it is done', () => {
  test('as units of their own before a command, in the journal, never within one', () => {
    const engine = limited(10, 'allkeys-lru');
    const { client } = engine;
    for (let i = 0; i < 10; i++) engine.run('SET', named(i), VALUE);
    // A transaction may go beyond the limit, and so may a script; the next command makes room.
    engine.run('MULTI');
    for (let i = 10; i < 20; i++) engine.run('SET', named(i), VALUE);
    engine.run('DBSIZE');
    expect((engine.run('EXEC') as Reply[]).at(-1)).toBe(20);
    expect(engine.run('DBSIZE')).toBe(10);
    engine.run('EVAL', "for i = 20, 39 do redis.call('SET', string.format('%08d', i), ARGV[1]) end", 0, VALUE);
    expect(engine.engine.keys.size).toBe(30);
    engine.run('PING');
    expect(engine.engine.keys.size).toBe(10);
    const replies = engine.engine.executeAll(client, [['SET', named(50), VALUE], ['SET', named(51), VALUE], ['DBSIZE']] as never);
    engine.flush();
    expect(replies).toEqual([expect.anything(), expect.anything(), 12]);
    engine.run('PING');
    expect(names(engine)).toHaveLength(10);
    expect(names(engine.replayed())).toEqual(names(engine));
  });

  test('who watches a key, waits for it or listens is told, and a client that has read it before its next reply', () => {
    const engine = limited(3, 'volatile-ttl');
    config(engine, 'notify-keyspace-events', 'Ee');
    const listener = engine.connect();
    listener.receive('*2\r\n$10\r\nPSUBSCRIBE\r\n$1\r\n*\r\n' as never);
    const reader = engine.connect();
    const say = (...lines: string[]): string => {
      for (const line of lines) reader.push(`${line}\r\n` as never);
      return reader.proceed().output;
    };
    say('HELLO 3', 'CLIENT TRACKING ON', `SET ${named(1)} ${VALUE} EX 10`, `GET ${named(1)}`);
    const watcher = engine.newClient();
    engine.runAs(watcher, 'WATCH', named(1));
    engine.run('SET', named(2), VALUE);
    engine.run('SET', named(3), VALUE);
    engine.run('SET', named(4), VALUE);
    expect(say('PING')).toBe(`>2\r\n$10\r\ninvalidate\r\n*1\r\n$8\r\n${named(1)}\r\n+PONG\r\n`);
    expect(listener.proceed().output).toContain(`__keyevent@0__:evicted\r\n$8\r\n${named(1)}\r\n`);
    engine.runAs(watcher, 'MULTI');
    expect(engine.runAs(watcher, 'EXEC')).toEqual(NULL_ARRAY);
    expect(engine.run('EXISTS', named(1))).toBe(0);
  });

  test('CONFIG SET brings the dataset down without another command, a piece at a time', () => {
    const engine = limited(1000, 'allkeys-random');
    for (let i = 0; i < 1000; i++) engine.run('SET', named(i), VALUE);
    const before = counted(engine);
    config(engine, 'maxmemory', Math.floor(before / 4));
    expect(engine.engine.keys.size).toBeLessThanOrEqual(250);
    expect(engine.engine.keys.size).toBeGreaterThan(230);
  });

  test('a command pays for few keys, however many are too many', () => {
    const engine = limited(1000, 'allkeys-random');
    for (let i = 0; i < 1000; i++) engine.run('SET', named(i), VALUE);
    config(engine, 'maxmemory-eviction-tenacity', 0);
    engine.engine.execute(engine.client, ['CONFIG', 'SET', 'maxmemory', '2000'] as never);
    expect(engine.engine.keys.size).toBe(1000);
    engine.engine.execute(engine.client, ['PING'] as never);
    expect(engine.engine.keys.size).toBe(984);
    expect(engine.engine.execute(engine.client, ['SET', 'a', 'b'] as never)).toEqual(OK);
    expect(engine.engine.keys.size).toBe(969);
    config(engine, 'maxmemory-eviction-tenacity', 100);
    engine.engine.execute(engine.client, ['PING'] as never);
    expect(engine.engine.keys.size).toBeLessThan(10);
  });
});

describe('when nothing may go', () => {
  function full(policy: EvictionPolicy = 'noeviction'): TestEngine {
    const engine = limited(10, policy);
    for (let i = 0; i < 20; i++) engine.run('SET', named(i), VALUE);
    expect(engine.engine.keys.size).toBe(11);
    return engine;
  }

  test('what may enlarge the dataset is refused and changes nothing; the rest runs', () => {
    const engine = full();
    const before = dataset(engine);
    const { sequence } = engine.engine;
    for (const line of ['SET a b', 'LPUSH l x', `APPEND ${named(0)} x`, 'XADD s * f v', 'PFADD h a', 'SETRANGE k 100 x', 'FUNCTION LOAD x'])
      expect(text(engine.run(...line.split(' '))), line).toBe(OOM);
    expect(dataset(engine)).toEqual(before);
    expect(engine.engine.sequence).toBe(sequence);
    expect(engine.run('GET', named(0))).toBe(VALUE);
    expect(engine.run('EXPIRE', named(0), 100)).toBe(1);
    expect(engine.run('DEL', named(0), named(1))).toBe(2);
    expect(engine.run('SET', 'a', 'b')).toEqual(OK);
    expect(field(engine, 'evicted_keys')).toBe(0);
  });

  test('a transaction is refused when it queues, and when it is executed if it may enlarge the dataset', () => {
    const engine = full();
    engine.run('MULTI');
    expect(text(engine.run('GET', 'a'))).toBe(OOM);
    expect(text(engine.run('EXEC'))).toBe('EXECABORT Transaction discarded because of previous errors.');
    engine.run('MULTI');
    expect(engine.run('DISCARD')).toEqual(OK);
    config(engine, 'maxmemory', 0);
    engine.run('MULTI');
    engine.run('SET', 'a', 'b');
    engine.run('GET', 'a');
    const other = engine.newClient();
    engine.runAs(other, 'CONFIG', 'SET', 'maxmemory', 1);
    expect(text(engine.run('EXEC'))).toBe(`EXECABORT Transaction discarded because of: ${OOM}`);
    config(engine, 'maxmemory', 0);
    engine.run('MULTI');
    engine.run('GET', named(0));
    engine.runAs(other, 'CONFIG', 'SET', 'maxmemory', 1);
    expect(engine.run('EXEC')).toEqual([VALUE]);
    expect(engine.run('EXISTS', 'a')).toBe(0);
    expect(
      engine.engine.executeAll(other, [
        ['GET', 'a'],
        ['SET', 'a', 'b'],
      ] as never),
    ).toMatchObject({ text: OOM });
    expect(engine.engine.executeAll(other, [['GET', 'a'], ['DBSIZE']] as never)).toEqual([null, 11]);
  });

  test('scripts are judged by their flags, and without those by what they call first', () => {
    const engine = full();
    engine.run('CONFIG', 'SET', 'maxmemory', 0);
    engine.run('FUNCTION', 'LOAD', "#!lua name=l\nredis.register_function('f', function() return redis.call('SET', 'x', 1) end)");
    const allowed =
      "redis.register_function{function_name='g', callback=function() return redis.call('SET', 'x', 1) end, flags={'allow-oom'}}";
    engine.run('FUNCTION', 'LOAD', `#!lua name=m\n${allowed}`);
    engine.run('MULTI');
    engine.run('EVAL', '#!lua\nreturn 1', 0);
    engine.runAs(engine.newClient(), 'CONFIG', 'SET', 'maxmemory', 1);
    expect(text(engine.run('EXEC'))).toBe(`EXECABORT Transaction discarded because of: ${OOM}`);
    expect(text(engine.run('EVAL', '#!lua\nreturn 1', 0))).toBe(OOM);
    expect(text(engine.run('FCALL', 'f', 0))).toBe(OOM);
    expect(engine.run('FCALL', 'g', 0)).toEqual(OK);
    expect(engine.run('EVAL', '#!lua flags=no-writes\nreturn 1', 0)).toBe(1);
    expect(engine.run('EVAL', "return redis.call('GET', 'x')", 0)).toBe('1');
    expect(text(engine.run('EVAL', "return redis.call('SET', 'x', 2)", 0))).toMatch(
      /^OOM command not allowed when used memory > 'maxmemory'/,
    );
    // After its first write it goes on.
    expect(engine.run('EVAL', "redis.call('DEL', 'x') return redis.call('SET', 'x', 2)", 0)).toEqual(OK);
    expect(engine.run('EVAL', "return redis.pcall('SET', 'x', 3)['err']", 0)).toBe(OOM);
  });

  test('during a pause nothing goes, and nothing is refused for want of room', () => {
    const engine = limited(5, 'allkeys-lru');
    for (let i = 0; i < 5; i++) engine.run('SET', named(i), VALUE);
    config(engine, 'maxmemory', 1500);
    engine.run('CLIENT', 'PAUSE', 1000, 'WRITE');
    const held = engine.engine.keys.size;
    config(engine, 'maxmemory', 1100);
    engine.run('PING');
    expect(engine.engine.keys.size).toBe(held);
    engine.now += 1000;
    engine.run('PING');
    expect(engine.engine.keys.size).toBeLessThan(held);
  });

  test('how long it has lasted is told', () => {
    const engine = full();
    engine.run('PING');
    engine.now += 5000;
    engine.run('PING');
    expect(field(engine, 'current_eviction_exceeded_time')).toBe(5000);
    config(engine, 'maxmemory', 0);
    engine.now += 5000;
    expect(field(engine, 'current_eviction_exceeded_time')).toBe(0);
    expect(field(engine, 'total_eviction_exceeded_time')).toBeGreaterThanOrEqual(5000);
  });
});

describe('the settings', () => {
  test('a deployment has its own limit, of which each shard has its part, until CONFIG SET says otherwise', () => {
    const engine = new TestEngine(1, undefined, true, { shards: 4, maxMemory: 1_000_000, maxMemoryPolicy: 'allkeys-lfu' });
    expect(engine.run('CONFIG', 'GET', 'maxmemory')).toMatchObject({ items: ['maxmemory', '1000000'] });
    expect(engine.run('CONFIG', 'GET', 'maxmemory-policy')).toMatchObject({ items: ['maxmemory-policy', 'allkeys-lfu'] });
    expect(field(engine, 'maxmemory')).toBe(250_000);
    engine.run('SET', 'k', 'v');
    expect(engine.run('OBJECT', 'FREQ', 'k')).toBe(5);
    config(engine, 'maxmemory', '2mb', 'maxmemory-policy', 'ALLKEYS-FIFO');
    expect(field(engine, 'maxmemory')).toBe(524288);
  });
});
