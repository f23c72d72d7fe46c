// When what is executed reaches storage: strict, relaxed and memory. A crash here is an object that is aborted.

import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { call, connect, execute, rowsOf, run, shard, sql } from './shard-client';

/** An eviction waits for timers, so that some of these take seconds. */
vi.setConfig({ testTimeout: 30_000 });
afterEach(() => reset());

/** Ends the object without a warning. */
async function crash(): Promise<void> {
  await runInDurableObject(shard(), (_instance, state) => state.abort('crash')).catch(() => undefined);
}

const choose = (policy: 'always' | 'everysec' | 'no') => run('CONFIG', 'SET', 'appendfsync', policy);

async function info(name: string): Promise<string | undefined> {
  return new RegExp(`^${name}:(.*)\r$`, 'm').exec(String(await run('INFO', 'persistence')))?.[1];
}

/** Lets every insertion into the journal fail until the returned function is called. */
async function breakJournal(): Promise<() => Promise<unknown>> {
  await sql(`CREATE TRIGGER broken BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'broken'); END`);
  return () => sql('DROP TRIGGER broken');
}

describe('strict', () => {
  it('is what a database has that nobody has set otherwise', async () => {
    expect(await run('CONFIG', 'GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
    expect([await info('durability'), await info('aof_enabled')]).toEqual(['strict', '1']);
    await run('SET', 'k', 'v');
    await crash();
    expect(await run('GET', 'k')).toBe('v');
  });
});

describe('relaxed', () => {
  it('answers before storage has anything, and loses no more than that', async () => {
    await run('SET', 'k', 'old');
    await choose('everysec');
    const mend = await breakJournal();
    // A reply that waited for its row would never come.
    expect(await run('SET', 'k', 'new')).toBe('OK');
    expect(Number(await info('aof_buffer_length'))).toBeGreaterThan(0);
    await crash();
    await mend();
    expect(await run('GET', 'k')).toBe('old');
  });

  it('writes by itself, several turns in one row', async () => {
    await choose('everysec');
    for (let i = 0; i < 5; i++) await run('INCR', 'n');
    await expect.poll(() => info('aof_buffer_length'), { timeout: 5000 }).toBe('0');
    expect(await rowsOf('journal')).toBeLessThanOrEqual(2);
    await crash();
    expect(await run('GET', 'n')).toBe('5');
  });

  it('is remembered', async () => {
    await choose('everysec');
    await evictDurableObject(shard());
    expect(await run('CONFIG', 'GET', 'appendfsync')).toEqual(['appendfsync', 'everysec']);
    expect(await info('durability')).toBe('relaxed');
  });

  it('writes before WAITAOF is answered, also in one batch with what is waited for', async () => {
    await choose('everysec');
    await run('SET', 'a', 1);
    expect(await run('WAITAOF', 1, 0, 0)).toEqual([1, 0]);
    await crash();
    expect(await run('GET', 'a')).toBe('1');
    const results = await execute(call('SET', 'b', 2), call('WAITAOF', 1, 0, 0));
    expect(results.map(({ text }) => text)).toEqual(['{"result":"OK"}', '{"result":[1,0]}']);
    await crash();
    expect(await run('GET', 'b')).toBe('2');
  });

  it('answers no WAITAOF whose row cannot be written', async () => {
    await choose('everysec');
    const mend = await breakJournal();
    await run('SET', 'k', 'v');
    await expect(run('WAITAOF', 1, 0, 0)).rejects.toThrow();
    await mend();
    expect(await run('GET', 'k')).toBe(null);
  });

  it('has replies in order where some wait for storage', async () => {
    await choose('everysec');
    const { exchange } = await connect('full');
    await exchange('SET k 1\r\nWAITAOF 1 0 0\r\nGET k\r\n', '+OK\r\n*2\r\n:1\r\n:0\r\n$1\r\n1\r\n');
  });

  it('becomes strict with what it has not written yet', async () => {
    await choose('everysec');
    await run('SET', 'k', 'v');
    await choose('always');
    await crash();
    expect(await run('GET', 'k')).toBe('v');
  });
});

describe('memory', () => {
  it('has no journal: storage is what it was at the last checkpoint, as a whole', async () => {
    await choose('no');
    await run('MSET', 'a', 1, 'b', 1);
    await run('DEBUG', 'RELOAD');
    await run('MSET', 'a', 2, 'c', 2);
    await run('DEL', 'b');
    expect(await rowsOf('journal')).toBe(0);
    await crash();
    expect(await run('MGET', 'a', 'b', 'c')).toEqual(['1', '1', null]);
    expect(await run('DBSIZE')).toBe(2);
    expect([await info('durability'), await info('aof_enabled')]).toEqual(['memory', '0']);
  });

  it('has a checkpoint when it is idle', async () => {
    await choose('no');
    await run('SET', 'k', 'v');
    await expect.poll(() => rowsOf('entry'), { timeout: 8000, interval: 500 }).toBe(1);
    expect([await rowsOf('journal'), await info('aof_buffer_length')]).toEqual([0, '0']);
    await crash();
    expect(await run('GET', 'k')).toBe('v');
  });

  it('has a checkpoint when there is much to be written', async () => {
    await choose('no');
    const value = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 5; i++) await run('SET', `k${i}`, value);
    await expect.poll(() => rowsOf('entry'), { timeout: 1500 }).toBeGreaterThan(3);
    expect(await rowsOf('journal')).toBe(0);
  });

  it('refuses WAITAOF, for nothing is waited for', async () => {
    await choose('no');
    expect(await run('WAITAOF', 1, 0, 0)).toBe('ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.');
    expect(await run('WAITAOF', 0, 0, 0)).toEqual([0, 0]);
  });

  it('loses nothing to a script that is stopped, or to another reload', async () => {
    await choose('no');
    await run('SET', 'k', 'v');
    expect(await run('DEBUG', 'LOADAOF')).toBe('OK');
    expect(await run('GET', 'k')).toBe('v');
  });

  it.each(['always', 'everysec'] as const)('goes on with a journal that has everything: %s', async (policy) => {
    await choose('no');
    await run('RPUSH', 'list', 'a');
    await choose(policy);
    await run('RPUSH', 'list', 'b');
    await run('WAITAOF', 1, 0, 0);
    await crash();
    expect(await run('LRANGE', 'list', 0, -1)).toEqual(['a', 'b']);
  });

  it('begins with all that was written before', async () => {
    await run('RPUSH', 'list', 'a');
    await choose('no');
    await run('RPUSH', 'list', 'b');
    await crash();
    expect(await run('LRANGE', 'list', 0, -1)).toEqual(['a']);
    expect(await run('RPUSH', 'list', 'c')).toBe(2);
    await run('DEBUG', 'RELOAD');
    await crash();
    expect(await run('LRANGE', 'list', 0, -1)).toEqual(['a', 'c']);
  });
});

describe('the end in order', () => {
  it.each(['everysec', 'no'] as const)('loses neither what was executed before nor what comes after it: %s', async (policy) => {
    await choose(policy);
    await run('SET', 'before', 1);
    await shard().settle();
    await run('SET', 'after', 2);
    await crash();
    expect(await run('MGET', 'before', 'after')).toEqual(['1', '2']);
  });
});

describe('what expires', () => {
  it.each(['everysec', 'no'] as const)('has an alarm at once: %s', async (policy) => {
    await choose(policy);
    await run('SET', 'k', 'v', 'PX', 100_000);
    const alarm = () => runInDurableObject(shard(), (_instance, state) => state.storage.getAlarm());
    await expect.poll(alarm).toBeGreaterThan(Date.now());
  });
});
