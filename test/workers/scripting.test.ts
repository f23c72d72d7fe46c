// Scripts in the Workers runtime: what is kept survives an eviction, and what was killed is not there.

import { evictDurableObject, reset } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromText } from '../../src/bytes/bytes';
import { call, execute, run, shard, sql } from './shard-client';

/** An eviction waits for timers, so that some of these take seconds. */
vi.setConfig({ testTimeout: 20_000 });
afterEach(() => reset());

const LOOP = 'while true do end';
const KILLED = /^ERR Script killed by user with SCRIPT KILL/;
const LIMITER = "local n = redis.call('incr',KEYS[1]) if n == 1 then redis.call('pexpire',KEYS[1],ARGV[1]) end return n";
const LIBRARY = "#!lua name=lib\nredis.register_function('get', function(keys) return redis.call('get',keys[1]) end)";

async function killedSoon(): Promise<void> {
  await run('CONFIG', 'SET', 'busy-reply-threshold', 5);
}

describe('scripts', () => {
  it('run, and what they did is durable', async () => {
    expect(await run('EVAL', LIMITER, 1, 'k', 100_000)).toBe(1);
    expect(await run('EVAL', LIMITER, 1, 'k', 100_000)).toBe(2);
    await evictDurableObject(shard());
    expect(await run('EVAL', LIMITER, 1, 'k', 100_000)).toBe(3);
    expect(await run('PTTL', 'k')).toBeGreaterThan(0);
  });

  it.each(['journal', 'entries'])('are kept across evictions, by the %s', async (where) => {
    const large = `-- ${'x'.repeat(3_000_000)}\nreturn 'large'`;
    const digests = [await run('SCRIPT', 'LOAD', LIMITER), await run('SCRIPT', 'LOAD', large)] as [string, string];
    await run('FUNCTION', 'LOAD', LIBRARY);
    if (where === 'entries') await run('DEBUG', 'RELOAD');
    await evictDurableObject(shard());
    expect(await run('SCRIPT', 'EXISTS', ...digests)).toEqual([1, 1]);
    expect(await run('EVALSHA', digests[0], 1, 'k', 1000)).toBe(1);
    expect(await run('EVALSHA', digests[1], 0)).toBe('large');
    expect(await run('FCALL', 'get', 1, 'k')).toBe('1');
    await run('SCRIPT', 'FLUSH');
    await run('FUNCTION', 'FLUSH');
    await run('DEBUG', 'RELOAD');
    await evictDurableObject(shard());
    expect(await run('SCRIPT', 'EXISTS', ...digests)).toEqual([0, 0]);
    expect(await sql('SELECT * FROM source')).toEqual([]);
  });
});

describe('a script that does not end', () => {
  it('is stopped, its writes are not there, and the shard serves others right after', async () => {
    await run('RPUSH', 'list', 'a');
    await run('DEBUG', 'RELOAD');
    await run('SET', 'k', 'old');
    await killedSoon();
    const body = `redis.call('set','k','new') redis.call('rpush','list','b') redis.call('set','other',1) ${LOOP}`;
    const results = await execute(call('EVAL', body, 0), call('GET', 'k'), call('LRANGE', 'list', 0, -1), call('DBSIZE'));
    expect(results.map(({ text }) => JSON.parse(text).result)).toEqual([undefined, 'old', ['a'], 2]);
    expect(JSON.parse(results[0]?.text ?? '').error).toMatch(KILLED);
    await evictDurableObject(shard());
    expect(await run('GET', 'k')).toBe('old');
    expect(await run('LRANGE', 'list', 0, -1)).toEqual(['a']);
    expect(await run('DBSIZE')).toBe(2);
  });

  it('is stopped with the limit that there is without settings', async () => {
    expect(await run('EVAL', LOOP, 0)).toMatch(KILLED);
    expect(await run('PING')).toBe('PONG');
  });

  it('leaves what others wrote in the same turn, before and after it', async () => {
    await run('SET', 'k', 'old');
    await killedSoon();
    const lines = [call('SET', 'before', 1), call('EVAL', `redis.call('flushall') ${LOOP}`, 0), call('SET', 'after', 2)];
    const [result] = await execute(
      call('APPEND', 'k', '+'),
      { ...call(), kind: 'transaction', lines: lines.map((one) => one.lines[0] ?? []) },
      call('APPEND', 'k', '+'),
    );
    expect(result?.failed).toBe(false);
    expect(await run('MGET', 'k', 'before', 'after')).toEqual(['old++', '1', '2']);
    await evictDurableObject(shard());
    expect(await run('MGET', 'k', 'before', 'after')).toEqual(['old++', '1', '2']);
  });

  it('does not go on when what ran before it cannot be written', async () => {
    await run('SET', 'k', 'old');
    await killedSoon();
    await sql("CREATE TRIGGER broken BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'no space left'); END");
    const lines = [call('SET', 'k', 'new'), call('EVAL', `redis.call('set','k','newer') ${LOOP}`, 0)].map((one) => one.lines[0] ?? []);
    await expect(execute({ ...call(), kind: 'transaction', lines })).rejects.toThrow();
    await sql('DROP TRIGGER broken');
    expect(await run('GET', 'k')).toBe('old');
  });
});

describe('over REST', () => {
  it('a script with bytes that are no text', async () => {
    const lines = [[fromText('EVAL'), fromText('return {ARGV[1],#ARGV[1]}'), fromText('0'), '\xff\x00' as never]];
    const [result] = await execute({ format: 'json-base64', access: 'full', kind: 'single', lines });
    expect(JSON.parse(result?.text ?? '')).toEqual({ result: ['/wA=', 2] });
  });
});
