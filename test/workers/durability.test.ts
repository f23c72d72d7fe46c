// What a shard has acknowledged it has, whatever fails in between; and nothing that it has not.

import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Shard } from '../../src/shard/shard';
import { call, connect, execute, rowsOf, run, shard, sql } from './shard-client';

/** An eviction waits for timers, so that some of these take seconds. */
vi.setConfig({ testTimeout: 20_000 });
afterEach(() => reset());

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets every insertion into a table fail until the returned function is called. */
async function breakTable(table: string): Promise<() => Promise<unknown>> {
  await sql(`CREATE TRIGGER broken BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'no space left'); END`);
  return () => sql('DROP TRIGGER broken');
}

describe('when storage fails', () => {
  it('acknowledges nothing that the journal does not have', async () => {
    await run('SET', 'k', 'old');
    const mend = await breakTable('journal');
    await expect(run('SET', 'k', 'new')).rejects.toThrow();
    await mend();
    expect(await run('GET', 'k')).toBe('old');
    expect(await run('SET', 'k', 'newer')).toBe('OK');
    await evictDurableObject(shard());
    expect(await run('GET', 'k')).toBe('newer');
  });

  it('ends the connections that wait for a reply', async () => {
    const connection = await connect('full');
    await connection.exchange('PING\r\n', '+PONG\r\n');
    const mend = await breakTable('journal');
    connection.socket.send('SET k v\r\n');
    await expect.poll(() => connection.closed, { timeout: 3000 }).toBe(true);
    expect(connection.received).toBe('+PONG\r\n');
    await mend();
    expect(await run('GET', 'k')).toBe(null);
  });

  it('does not serve from memory that is ahead of storage', async () => {
    await run('SET', 'k', 'old');
    const mend = await breakTable('journal');
    const both = await Promise.allSettled([run('SET', 'k', 'new'), run('GET', 'k')]);
    expect(both.map(({ status }) => status)).toContain('rejected');
    await mend();
    expect(await run('GET', 'k')).toBe('old');
  });

  it.each(['entry', 'meta'])('loses and doubles nothing when a checkpoint fails: %s', async (table) => {
    await run('RPUSH', 'list', 'a', 'b');
    await run('DEBUG', 'RELOAD');
    const mend = await breakTable(table);
    await run('RPUSH', 'list', 'c').catch(() => undefined);
    await run('DEBUG', 'RELOAD').catch(() => undefined);
    await mend();
    expect(await run('LRANGE', 'list', 0, -1)).toEqual(['a', 'b', 'c']);
    await evictDurableObject(shard());
    expect(await run('LRANGE', 'list', 0, -1)).toEqual(['a', 'b', 'c']);
  });

  it('does not go on when the journal cannot be written before a reload', async () => {
    await run('SET', 'k', 'old');
    const mend = await breakTable('journal');
    const lines = [call('SET', 'k', 'new'), call('DEBUG', 'LOADAOF')].map((one) => one.lines[0] ?? []);
    await expect(execute({ ...call(), kind: 'transaction', lines })).rejects.toThrow();
    await mend();
    expect(await run('GET', 'k')).toBe('old');
  });
});

describe('when a command has a bug', () => {
  /** Commands fail after this method of the keyspace. */
  function sabotage(method: 'set' | 'changed' | 'write' | 'read'): Promise<void> {
    return runInDurableObject(shard(), (instance: Shard) => {
      const { keys } = (instance as unknown as { engine: { keys: Record<string, (...args: unknown[]) => unknown> } }).engine;
      const original = keys[method]?.bind(keys);
      keys[method] = (...args: unknown[]) => {
        original?.(...args);
        throw new Error('sabotage');
      };
    });
  }

  it('goes on when nothing can have changed', async () => {
    await run('SET', 'k', 'old');
    await run('APPEND', 'other', 'x');
    await run('APPEND', 'other', 'y');
    await sabotage('read');
    expect(await run('GET', 'k')).toBe('ERR internal error');
    expect(await run('SET', 'k', 'new')).toBe('OK');
    expect(await run('GET', 'k')).toBe('ERR internal error');
    await evictDurableObject(shard());
    expect(await run('GET', 'k')).toBe('new');
  });

  it.each(['set', 'changed', 'write'] as const)('forgets what it did, and starts again: %s', async (method) => {
    await run('RPUSH', 'list', 'a');
    await run('SET', 'k', 'old');
    await sabotage(method);
    await expect(method === 'set' ? run('SET', 'k', 'new') : run('RPUSH', 'list', 'b')).rejects.toThrow();
    expect([await run('GET', 'k'), await run('LRANGE', 'list', 0, -1)]).toEqual(['old', ['a']]);
    expect(await run('SET', 'k', 'newer')).toBe('OK');
    await evictDurableObject(shard());
    expect(await run('GET', 'k')).toBe('newer');
  });
});

describe('writes that nobody waits for', () => {
  it('are kept, though they have no reply', async () => {
    const { socket, exchange } = await connect('full');
    await exchange('PING\r\n', '+PONG\r\n');
    socket.send('CLIENT REPLY OFF\r\nSET k v\r\nINCR n\r\n');
    await expect.poll(() => rowsOf('journal')).toBeGreaterThan(0);
    await evictDurableObject(shard(), { webSockets: 'hibernate' });
    expect(await run('MGET', 'k', 'n')).toEqual(['v', '1']);
  });
});

describe('odd keys and deadlines', () => {
  const long = 'k'.repeat(512 * 1024);

  it('come back after a checkpoint: no bytes, zero bytes, half a megabyte', async () => {
    for (const key of ['', '\0', '\0\0', 'a\0b', long]) await run('SET', key, `of ${key.length}`);
    await run('PEXPIREAT', long, 9_000_000_000_000);
    await run('RPUSH', 'list', 'x'.repeat(3 * 1024 * 1024));
    await run('RENAME', 'list', `${long.slice(1)}l`);
    expect(await run('DEBUG', 'RELOAD')).toBe('OK');
    await evictDurableObject(shard());
    expect(await run('MGET', '', '\0', '\0\0', 'a\0b', long)).toEqual(['of 0', 'of 1', 'of 2', 'of 3', `of ${long.length}`]);
    expect(await run('LLEN', `${long.slice(1)}l`)).toBe(1);
    expect(await run('DBSIZE')).toBe(6);
    expect(await run('PEXPIRETIME', long)).toBe(9_000_000_000_000);
  });

  it('refuses a key that no row can hold, and goes on', async () => {
    const tooLong = `${long}k`;
    for (const line of [
      ['SET', tooLong, 'v'],
      ['MSET', 'a', '1', tooLong, '2'],
      ['RENAME', 'b', tooLong],
    ]) {
      expect(await run(...line)).toBe('ERR key is too long (most is 524288 bytes)');
    }
    expect(await run('GET', tooLong)).toBe(null);
    expect(await run('SET', 'k', tooLong)).toBe('OK');
    expect(await run('DBSIZE')).toBe(1);
    expect(await run('DEBUG', 'RELOAD')).toBe('OK');
  });

  it.each([
    ['year 3000', '32503680000000'],
    ['the last that Redis takes', '9223372036854775807'],
  ])('a deadline may be far away: %s', async (_title, deadline) => {
    await run('SET', 'far', 'x');
    expect(await run('PEXPIREAT', 'far', deadline)).toBe(1);
    await evictDurableObject(shard());
    expect(await run('GET', 'far')).toBe('x');
    expect(await run('DEBUG', 'RELOAD')).toBe('OK');
    await evictDurableObject(shard());
    expect(await run('GET', 'far')).toBe('x');
    expect(await run('PEXPIRETIME', 'far')).toBe(Number(deadline));
    await runDurableObjectAlarm(shard());
    expect(await run('DBSIZE')).toBe(1);
    await run('PSETEX', 'near', 30, 'x');
    await sleep(50);
    await runDurableObjectAlarm(shard());
    expect(await run('DBSIZE')).toBe(1);
  });
});

describe('the alarm', () => {
  const alarm = () => runInDurableObject(shard(), (_instance, state) => state.storage.getAlarm());

  it('is not set again and again for a row whose key has no deadline any more', async () => {
    await run('PSETEX', 'k', 300, 'x');
    // Memory forgets it too.
    await run('DEBUG', 'RELOAD');
    await run('PERSIST', 'k');
    await sleep(350);
    await runDurableObjectAlarm(shard());
    expect(await alarm()).toBe(null);
    expect(await run('GET', 'k')).toBe('x');
  });

  it('is set again after a start that finds none', async () => {
    await run('PSETEX', 'k', 100_000, 'x');
    await runInDurableObject(shard(), (_instance, state) => state.storage.deleteAlarm());
    expect(await alarm()).toBe(null);
    await evictDurableObject(shard());
    await run('PING');
    expect(await alarm()).toBeGreaterThan(Date.now());
  });

  it('removes many keys in slices, and is billed once', async () => {
    await run('DEBUG', 'POPULATE', 1300, 'key');
    await run('PSETEX', 'stays', 100_000, 'x');
    const deadline = Date.now() + 1000;
    await execute(...Array.from({ length: 1300 }, (_, i) => call('PEXPIREAT', `key:${i}`, deadline)));
    await run('DEBUG', 'RELOAD');
    let set = 0;
    await runInDurableObject(shard(), (_instance, { storage }) => {
      const setAlarm = storage.setAlarm.bind(storage);
      storage.setAlarm = (...args) => {
        set++;
        return setAlarm(...args);
      };
    });
    await expect.poll(() => run('DBSIZE'), { timeout: 5000 }).toBe(1);
    await sleep(50);
    expect(set).toBe(1);
    expect(await alarm()).toBeGreaterThan(Date.now() + 90_000);
    await run('DEL', 'stays');
    await runDurableObjectAlarm(shard());
    expect(await alarm()).toBe(null);
    await evictDurableObject(shard());
    expect(await run('DBSIZE')).toBe(0);
  });
});

describe('a reload in the middle of a transaction', () => {
  it.each(['RELOAD', 'LOADAOF'])('keeps what was done before and after it, once: %s', async (reload) => {
    await run('RPUSH', 'list', 'a');
    const lines = [call('RPUSH', 'list', 'b'), call('DEBUG', reload), call('RPUSH', 'list', 'c')].map((one) => one.lines[0] ?? []);
    const [answer] = await execute({ ...call(), kind: 'transaction', lines });
    expect(JSON.parse(answer?.text ?? '')).toEqual([{ result: 2 }, { result: 'OK' }, { result: 3 }]);
    await evictDurableObject(shard());
    expect(await run('LRANGE', 'list', 0, -1)).toEqual(['a', 'b', 'c']);
  });
});

describe('recovery', () => {
  it('moves a journal that it found into the entries once it is idle', async () => {
    await run('SET', 'k', 'v');
    await evictDurableObject(shard());
    expect(await run('GET', 'k')).toBe('v');
    await expect.poll(() => rowsOf('entry'), { timeout: 6000, interval: 500 }).toBe(1);
  });

  it('counts and finds the same after FLUSHALL, a crash, more writes and another crash', async () => {
    for (let i = 0; i < 20; i++) await run('SET', `key:${i}`, i);
    await run('DEBUG', 'RELOAD');
    await run('FLUSHALL');
    await evictDurableObject(shard());
    expect(await run('DBSIZE')).toBe(0);
    await run('SET', 'key:3', 'again');
    await evictDurableObject(shard());
    expect(await run('MGET', 'key:3', 'key:4')).toEqual(['again', null]);
    expect(await run('DBSIZE')).toBe(1);
    await run('DEBUG', 'RELOAD');
    expect(await rowsOf('entry')).toBe(1);
  });
});
