// A script that runs for too long is ended, and nothing of it remains; who comes after it is served as if it had not been.

import { beforeEach, describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { encodeRequest } from '../../../src/protocol/request-writer';
import { datasetOf } from '../../support/differential';
import type { TestEngine } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';
import { plain } from '../../support/plain-reply';

const KILLED = /^ERR Script killed by user with SCRIPT KILL\.\.\. script: [0-9a-f]{40}, on @user_script:1\.$/;
const LOOP = 'while true do end';
/** Writes in every way that there is to write, and never ends. */
const WRITES_AND_LOOPS = `
  redis.call('set','string','changed') redis.call('append','string','more') redis.call('rpush','list','x')
  redis.call('del','hash') redis.call('zincrby','zset',5,'m') redis.call('setbit','bits',7,1) redis.call('spop','set')
  redis.call('set','new',1) redis.call('pexpire','string',1) while true do end`.replace(/\n/g, ' ');

let shard: StoredEngine;
let reloads: number;

beforeEach(() => {
  shard = new StoredEngine();
  reloads = 0;
  const suspend = shard.engine.suspend.bind(shard.engine);
  shard.engine.suspend = (work) => {
    reloads++;
    suspend(work);
  };
  run('CONFIG', 'SET', 'busy-reply-threshold', 1);
});

function run(...argv: (string | number)[]) {
  return plain(shard.test.run(...argv));
}

/** Something of every kind: half of it in storage, half of it in the journal alone. */
function fill(): void {
  run('SET', 'string', 'old');
  run('HSET', 'hash', 'f', 'v');
  run('SETBIT', 'bits', 3, 1);
  shard.checkpoint();
  run('RPUSH', 'list', 'a', 'b');
  run('ZADD', 'zset', 1, 'm');
  run('SADD', 'set', 'one', 'two', 'three');
}

/** What recovery makes of the journal is what is in memory. */
function expectDurable(): void {
  const before = datasetOf(shard.test);
  shard.restart();
  expect(datasetOf(shard.test)).toEqual(before);
}

describe('a script that does not end', () => {
  test('is ended with the error of SCRIPT KILL', () => {
    expect(run('EVAL', LOOP, 0)).toMatch(KILLED);
    expect(run('EVAL', 'local function f() return f() end return f()', 0)).toMatch(KILLED);
    expect(run('EVAL', 'local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end', 0)).toMatch(
      KILLED,
    );
    expect(run('EVAL', "while true do redis.call('ping') end", 0)).toMatch(KILLED);
    expect(run('PING')).toBe('PONG');
    expect(run('EVAL', 'return 1', 0)).toBe(1);
  });

  test('cannot catch its end', () => {
    expect(run('EVAL', `while true do pcall(function() ${LOOP} end) end`, 0)).toMatch(KILLED);
    expect(run('EVAL', `while true do xpcall(function() ${LOOP} end, function() ${LOOP} end) end`, 0)).toMatch(KILLED);
    expect(run('EVAL', `while true do coroutine.resume(coroutine.create(function() ${LOOP} end)) end`, 0)).toMatch(KILLED);
  });

  test('is ended by the clock, too', () => {
    run('CONFIG', 'SET', 'busy-reply-threshold', 1000);
    const { clock } = shard.engine;
    // Every look at the clock takes a while.
    clock.now = () => {
      shard.test.now += 100;
      return shard.test.now;
    };
    const before = shard.test.now;
    expect(run('EVAL', LOOP, 0)).toMatch(KILLED);
    expect(shard.test.now - before).toBeGreaterThanOrEqual(1000);
    expect(shard.test.now - before).toBeLessThan(3000);
  });

  test('leaves nothing that it wrote, neither in memory nor in the journal', () => {
    fill();
    const before = datasetOf(shard.test);
    expect(run('EVAL', WRITES_AND_LOOPS, 0)).toMatch(KILLED);
    expect(datasetOf(shard.test)).toEqual(before);
    expect(run('DBSIZE')).toBe(6);
    expectDurable();
  });

  test('leaves nothing of FLUSHALL', () => {
    fill();
    const before = datasetOf(shard.test);
    expect(run('EVAL', `redis.call('flushall') redis.call('set','new',1) ${LOOP}`, 0)).toMatch(KILLED);
    expect(datasetOf(shard.test)).toEqual(before);
    expectDurable();
  });

  test('lets what ran before it in the same turn be, though it is not in the journal yet', () => {
    const { engine, test: plainEngine } = shard;
    engine.execute(plainEngine.client, [ascii('SET'), ascii('string'), ascii('unwritten')]);
    expect(engine.hasPendingJournal).toBe(true);
    expect(run('EVAL', WRITES_AND_LOOPS, 0)).toMatch(KILLED);
    expect(run('GET', 'string')).toBe('unwritten');
    expect(run('DBSIZE')).toBe(1);
    expectDurable();
  });

  test('costs no reload when it wrote nothing', () => {
    fill();
    expect(run('EVAL', `redis.call('get','string') redis.call('ttl','string') ${LOOP}`, 0)).toMatch(KILLED);
    expect(run('EVAL', `redis.call('del','missing') ${LOOP}`, 0)).toMatch(KILLED);
    expect(reloads).toBe(0);
    expect(run('EVAL', `redis.call('del','string') ${LOOP}`, 0)).toMatch(KILLED);
    expect(reloads).toBe(1);
  });

  test('is kept for EVALSHA all the same, also when memory was restored', () => {
    const body = `redis.call('set','k','v') if ARGV[1] then ${LOOP} end return 1`;
    expect(run('EVAL', body, 0, 'loop')).toMatch(KILLED);
    const digest = run('EVAL', 'return redis.sha1hex(ARGV[1])', 0, body) as string;
    expect(run('EVALSHA', digest, 0)).toBe(1);
    shard.restart();
    expect(run('EVALSHA', digest, 0)).toBe(1);
  });

  test('does not count as a change of what others watch, or wait for', () => {
    fill();
    const { test: engine } = shard;
    const watcher = engine.connect();
    const ask = (...argv: string[]) => watcher.receive(ascii(encodeRequest(argv.map(ascii)))).output;
    ask('WATCH', 'string', 'new');
    const waiter = engine.connect();
    waiter.receive(ascii('BLPOP new 0\r\n'));
    expect(run('EVAL', `redis.call('set','string','x') redis.call('rpush','new','x') ${LOOP}`, 0)).toMatch(KILLED);
    ask('MULTI');
    ask('GET', 'string');
    expect(ask('EXEC')).toBe('*1\r\n$3\r\nold\r\n');
    expect(waiter.proceed().output).toBe('');
    run('RPUSH', 'new', 'y');
    expect(waiter.proceed().output).toBe('*2\r\n$3\r\nnew\r\n$1\r\ny\r\n');
  });

  test('in a transaction takes back nothing but its own', () => {
    fill();
    const client = shard.test.connect();
    const lines = [['MULTI'], ['SET', 'before', '1'], ['EVAL', WRITES_AND_LOOPS, '0'], ['SET', 'after', '2'], ['GET', 'string'], ['EXEC']];
    const output = lines.map((argv) => client.receive(ascii(encodeRequest(argv.map(ascii)))).output).at(-1);
    expect(output).toMatch(/^\*4\r\n\+OK\r\n-ERR Script killed by user with SCRIPT KILL.*\r\n\+OK\r\n\$3\r\nold\r\n$/);
    expect(run('MGET', 'before', 'after', 'string', 'new')).toEqual(['1', '2', 'old', null]);
    expectDurable();
  });

  test('may be a function', () => {
    const library = `#!lua name=lib\nredis.register_function('loop', function(keys) redis.call('set',keys[1],1) ${LOOP} end)`;
    run('FUNCTION', 'LOAD', library);
    expect(run('FCALL', 'loop', 1, 'k')).toBe('ERR Script killed by user with SCRIPT KILL... script: loop, on @user_function:2.');
    expect(run('EXISTS', 'k')).toBe(0);
    expect(run('FCALL', 'loop', 1, 'k')).toMatch(/script: loop/);
  });

  // Half a second of steps takes several where tests are not bundled.
  test('may be the code of a library, which then is not loaded', { timeout: 60_000 }, () => {
    expect(run('FUNCTION', 'LOAD', `#!lua name=lib\n${LOOP}`)).toBe('ERR Error registering functions: ERR FUNCTION LOAD timeout');
    expect(run('FUNCTION', 'LIST')).toEqual([]);
  });
});

describe('SCRIPT KILL and FUNCTION KILL', () => {
  test('find nothing to kill: nobody is served while a script runs', () => {
    expect(run('SCRIPT', 'KILL')).toBe('NOTBUSY No scripts in execution right now.');
    expect(run('FUNCTION', 'KILL')).toBe('NOTBUSY No scripts in execution right now.');
  });
});

describe('a script that holds too much memory', () => {
  test.each([
    ['local t = {} for i = 1, 1e7 do t[i] = {} end'],
    ["local s = 'x' while true do s = s .. s end"],
    ["return string.rep('x', 2^30)"],
    ["local t = {} for i = 1, 1e5 do t[i] = string.rep('x', 1000) .. i end"],
  ])('fails as one without memory does: %s', (body) => {
    run('CONFIG', 'SET', 'busy-reply-threshold', 5000);
    expect(run('EVAL', body, 0)).toMatch(/not enough memory/);
    expect(run('EVAL', 'return 1', 0)).toBe(1);
  });

  test('is not one that only makes much, one after the other', () => {
    run('CONFIG', 'SET', 'busy-reply-threshold', 5000);
    expect(run('EVAL', "local n = 0 for i = 1, 1000 do n = n + #string.rep('x', 100000) end return n", 0)).toBe(100_000_000);
  });
});

describe('a script that fails', () => {
  let test2: TestEngine;
  beforeEach(() => {
    test2 = shard.test;
  });

  test('keeps what it had written, as in Redis', () => {
    fill();
    expect(run('EVAL', "redis.call('set','string','new') redis.call('rpush','list','c') error('enough')", 0)).toMatch(
      /^ERR user_script:1: enough script: /,
    );
    expect(run('GET', 'string')).toBe('new');
    expect(run('LRANGE', 'list', 0, -1)).toEqual(['a', 'b', 'c']);
    expect(reloads).toBe(0);
    expect(test2.faults).toEqual([]);
    expectDurable();
  });
});
