// The shard in the Workers runtime: its RPC, its durability across evictions, its alarm, its sockets.

import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { type Bytes, fromText } from '../../src/bytes/bytes';
import { type Call, decodeResults, encodeCalls } from '../../src/protocol/frame';
import { call, connect, execute, rowsOf, run, shard } from './shard-client';

afterEach(() => reset());

/** Bytes of journal that a restart would replay. */
async function journalBytes(): Promise<number> {
  return Number(/aof_current_size:(\d+)/.exec(String(await run('INFO', 'persistence')))?.[1]);
}

async function fill(): Promise<void> {
  await run('SET', 'string', 'value');
  await run('SET', 'volatile', 'x', 'EX', 1000);
  await run('APPEND', 'string', '-more');
  await run('RPUSH', 'list', 'a', 'b', 'c');
  await run('HSET', 'hash', 'f', 1, 'g', 2);
  await run('SADD', 'set', 1, 2, 'x');
  await run('ZADD', 'zset', 1.5, 'a', 2, 'b');
  await run('INCRBYFLOAT', 'float', '0.1');
  await run('RPOPLPUSH', 'list', 'other');
  await run('SPOP', 'set');
}

describe('calls', () => {
  it('answers a batch in order, each in its format', async () => {
    const results = await execute(
      call('SET', 'k', 'v'),
      { ...call('GET', 'k'), format: 'json-base64' },
      { ...call('GET', 'k'), format: 'resp2' },
      call('INCR', 'k'),
      { ...call('SET', 'k', 'w'), access: 'read' },
    );
    expect(results.map((result) => result.text)).toEqual([
      '{"result":"OK"}',
      '{"result":"dg=="}',
      '$1\r\nv\r\n',
      '{"error":"ERR value is not an integer or out of range"}',
      `{"error":"NOPERM this user has no permissions to run the 'set' command"}`,
    ]);
    expect(results.map((result) => result.failed)).toEqual([false, false, false, true, true]);
  });

  it('runs a transaction as one unit and refuses it whole', async () => {
    const lines = [call('SET', 'a', 1), call('INCR', 'a'), call('LPUSH', 'a', 'x')].map((one) => one.lines[0] ?? []);
    const [good] = await execute({ ...call(), kind: 'transaction', lines });
    expect(JSON.parse(good?.text ?? '')).toEqual([
      { result: 'OK' },
      { result: 2 },
      { error: 'WRONGTYPE Operation against a key holding the wrong kind of value' },
    ]);
    const [bad] = await execute({ ...call(), kind: 'transaction', lines: [...lines, [fromText('NOSUCH')]] });
    expect(bad?.failed).toBe(true);
    expect(await run('GET', 'a')).toBe('2');
  });

  it('runs nothing of a frame of another version', async () => {
    expect(decodeResults(await shard().execute('9nonsense')).results).toEqual([]);
  });

  it('stops when its answers have become too many for one RPC', async () => {
    await run('SET', 'large', 'x'.repeat(9 * 1024 * 1024));
    const calls = [call('GET', 'large'), call('INCR', 'n'), call('INCR', 'n')];
    expect(await execute(...calls)).toHaveLength(1);
    expect(await execute(...calls.slice(1))).toHaveLength(2);
    const [list] = await execute(call('MGET', ...Array(4).fill('large')));
    expect(list).toEqual({ failed: true, text: '{"error":"ERR the reply is too large for REST, ask for less at a time or use RESP"}' });
  });

  it('knows that text beyond Latin-1 takes twice the room', async () => {
    const tooLarge = '{"error":"ERR the reply is too large for REST, ask for less at a time or use RESP"}';
    await execute({ ...call(), lines: [['SET', 'bytes', '\xff'.repeat(16_000_000)] as Bytes[]] });
    await run('SET', 'ascii', 'x'.repeat(16_000_000));
    await run('SET', 'euro', '€');
    const texts = async (...calls: Call[]) => (await execute(...calls)).map(({ text }) => (text.length > 100 ? text.length : text));
    expect(await texts(call('GET', 'bytes'))).toEqual([tooLarge]);
    expect(await texts({ ...call('GET', 'bytes'), format: 'json-base64' })).toEqual([21_333_349]);
    expect(await texts(call('GET', 'ascii'))).toEqual([16_000_013]);
    expect(await texts(call('GET', 'euro'), call('GET', 'ascii'))).toEqual(['{"result":"€"}', tooLarge]);
  });

  it('answers a transaction whose replies are longer than a string can be', async () => {
    await run('SET', 'large', 'x'.repeat(8_000_000));
    const lines = [call('INCR', 'n'), ...Array<Call>(80).fill(call('GET', 'large'))].map((one) => one.lines[0] ?? []);
    const [result] = await execute({ ...call(), kind: 'transaction', lines });
    expect(result?.text).toContain('too large for REST');
    expect(await run('GET', 'n')).toBe('1');
  });

  it('says in its results that something was written', async () => {
    const before = decodeResults(await shard().execute(encodeCalls([call('GET', 'k')]))).sequence;
    const after = decodeResults(await shard().execute(encodeCalls([call('SET', 'k', 'v')]))).sequence;
    expect(after).toBeGreaterThan(before);
    await evictDurableObject(shard());
    expect(decodeResults(await shard().execute(encodeCalls([call('GET', 'k')]))).sequence).toBe(after);
  });
});

describe('durability', () => {
  it('has everything again after an eviction, from the journal alone', async () => {
    await fill();
    const digest = await run('DEBUG', 'DIGEST');
    expect(await journalBytes()).toBeGreaterThan(0);
    expect(await rowsOf('entry')).toBe(0);
    await evictDurableObject(shard());
    expect(await run('DEBUG', 'DIGEST')).toBe(digest);
    expect(await run('GET', 'string')).toBe('value-more');
  });

  it('has everything again after a checkpoint and more writes', async () => {
    await fill();
    await run('DEBUG', 'RELOAD');
    expect(await journalBytes()).toBe(0);
    expect(await rowsOf('entry')).toBe(8);
    await run('DEL', 'float');
    await run('HSET', 'hash', 'h', 3);
    await run('SET', 'new', 'x');
    const digest = await run('DEBUG', 'DIGEST');
    await evictDurableObject(shard());
    expect(await run('DBSIZE')).toBe(8);
    expect(await run('DEBUG', 'DIGEST')).toBe(digest);
    expect(await run('DEBUG', 'LOADAOF')).toBe('OK');
    expect(await run('DEBUG', 'DIGEST')).toBe(digest);
    expect(await run('DEBUG', 'RELOAD')).toBe('OK');
    expect(await run('DEBUG', 'DIGEST')).toBe(digest);
  });

  it('writes one journal row for what arrives together', async () => {
    await run('SET', 'first', 1);
    const before = await rowsOf('journal');
    await Promise.all(Array.from({ length: 40 }, (_unused, i) => execute(call('SET', `k${i}`, i))));
    expect((await rowsOf('journal')) - before).toBeLessThan(20);
    expect(await run('DBSIZE')).toBe(41);
  });

  it('writes over the rows of an older journal and never replays them', async () => {
    for (let round = 0; round < 4; round++) {
      // Fewer rows each time, so that every round leaves some of an older one behind its own.
      for (let i = 0; i < 8 - 2 * round; i++) await run('INCR', 'counter');
      await run('SET', 'large', 'x'.repeat(Math.max(1, 2_500_000 - round * 1_100_000)));
      const digest = await run('DEBUG', 'DIGEST');
      await evictDurableObject(shard());
      expect(await run('DEBUG', 'DIGEST')).toBe(digest);
      await run('DEBUG', 'RELOAD');
    }
    expect(await run('GET', 'counter')).toBe('20');
    const rows = await rowsOf('journal');
    for (let i = 0; i < rows; i++) await run('INCR', 'counter');
    expect(await rowsOf('journal')).toBe(rows);
  });

  it('keeps values over the row limit', async () => {
    const large = 'x'.repeat(5 * 1024 * 1024 + 7);
    await run('SET', 'large', large);
    await run('RPUSH', 'list', large, 'tail');
    await evictDurableObject(shard());
    expect(await run('STRLEN', 'large')).toBe(large.length);
    await run('DEBUG', 'RELOAD');
    // The string continues in chunks; the list's first element fills several rows of its segment.
    expect(await rowsOf('chunk')).toBe(5);
    expect(await rowsOf('segment')).toBeGreaterThan(5);
    await evictDurableObject(shard());
    expect(await run('GETRANGE', 'large', -3, -1)).toBe('xxx');
    expect(await run('LINDEX', 'list', 1)).toBe('tail');
    await run('SET', 'large', 'small');
    await run('DEL', 'list');
    await run('DEBUG', 'RELOAD');
    expect([await rowsOf('chunk'), await rowsOf('segment')]).toEqual([0, 0]);
    expect(await run('GET', 'large')).toBe('small');
  });

  it('stays empty after FLUSHALL', async () => {
    await fill();
    await run('DEBUG', 'RELOAD');
    await run('FLUSHALL');
    await run('SET', 'after', 1);
    await evictDurableObject(shard());
    expect(await run('KEYS', '*')).toEqual(['after']);
    await run('DEBUG', 'RELOAD');
    expect(await rowsOf('entry')).toBe(1);
  });

  it('walks over stored and changed keys alike', async () => {
    for (let i = 0; i < 300; i++) await run('SET', `key:${i}`, i);
    await run('DEBUG', 'RELOAD');
    await run('DEL', 'key:7');
    await run('SET', 'key:new', 1);
    const found = new Set<string>();
    let cursor = '0';
    do {
      const [next, keys] = (await run('SCAN', cursor, 'COUNT', 17)) as [string, string[]];
      cursor = next;
      for (const key of keys) found.add(key);
    } while (cursor !== '0');
    expect(found.size).toBe(300);
    expect(found.has('key:7')).toBe(false);
    expect(await run('DBSIZE')).toBe(300);
    expect(found.has((await run('RANDOMKEY')) as string)).toBe(true);
  });

  it('refuses to serve from a corrupt journal', async () => {
    await run('SET', 'k', 'v');
    await runInDurableObject(shard(), (_instance, state) => {
      state.storage.sql.exec("UPDATE journal SET data = CAST(replace(CAST(data AS TEXT), 'SET', 'DEL') AS BLOB)");
    });
    await evictDurableObject(shard());
    await expect(
      (async () => {
        await run('GET', 'k');
      })(),
    ).rejects.toThrow();
  });
});

describe('expiry', () => {
  it('removes keys that nobody asks for when the alarm fires', async () => {
    await run('PSETEX', 'short', 30, 'x');
    await run('SET', 'stays', 'x');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await runDurableObjectAlarm(shard());
    expect(await run('DBSIZE')).toBe(1);
    await evictDurableObject(shard());
    expect(await run('DBSIZE')).toBe(1);
  });

  it('finds keys that are due in storage after a restart', async () => {
    for (let i = 0; i < 50; i++) await run('PSETEX', `short:${i}`, 100, 'x');
    await run('DEBUG', 'RELOAD');
    await evictDurableObject(shard());
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(await run('DBSIZE')).toBeTypeOf('number');
    await runDurableObjectAlarm(shard());
    expect(await run('DBSIZE')).toBe(0);
    await run('DEBUG', 'RELOAD');
    expect(await rowsOf('entry')).toBe(0);
  });
});

describe('sockets', () => {
  it('carries RESP cut anywhere, in text or binary frames', async () => {
    const { socket, exchange } = await connect('full');
    await exchange('PING\r\n', '+PONG\r\n');
    socket.send('*2\r\n$4\r\nEC');
    await exchange('HO\r\n$2\r\nhi\r\n*1\r\n$4\r\nPING\r\n', '$2\r\nhi\r\n+PONG\r\n');
  });

  it('keeps its state across hibernation', async () => {
    const { exchange } = await connect('none');
    await exchange('GET k\r\n', '-NOAUTH Authentication required.\r\n');
    await exchange(`AUTH ${env.KEDGE_TOKEN}\r\nCLIENT SETNAME sleeper\r\nSET k v\r\n`, '+OK\r\n+OK\r\n+OK\r\n');
    await evictDurableObject(shard(), { webSockets: 'hibernate' });
    await exchange('CLIENT GETNAME\r\nGET k\r\n', '$7\r\nsleeper\r\n$1\r\nv\r\n');
  });

  it('runs MULTI with WATCH', async () => {
    const a = await connect('full');
    const b = await connect('full');
    await a.exchange('WATCH k\r\nMULTI\r\nSET k mine\r\n', '+OK\r\n+OK\r\n+QUEUED\r\n');
    await b.exchange('SET k theirs\r\n', '+OK\r\n');
    await a.exchange('EXEC\r\nGET k\r\n', '*-1\r\n$6\r\ntheirs\r\n');
  });

  it('answers a protocol error and closes', async () => {
    const connection = await connect('full');
    await connection.exchange('*1\r\n!4\r\n', "-ERR Protocol error: expected '$', got '!'\r\n");
    await expect.poll(() => connection.closed).toBe(true);
  });

  it('closes after QUIT', async () => {
    const connection = await connect('full');
    await connection.exchange('QUIT\r\n', '+OK\r\n');
    await expect.poll(() => connection.closed).toBe(true);
  });

  it('runs no further ahead of the edge than it is told, across hibernation too', async () => {
    const reply = `$1000000\r\n${'x'.repeat(1_000_000)}\r\n`;
    await run('SET', 'large', 'x'.repeat(1_000_000));
    const connection = await connect('full', '1');
    connection.socket.send(Buffer.from('GET large\r\n'.repeat(9)));
    await expect.poll(() => connection.received.length / reply.length).toBe(4);
    connection.socket.send(String(2 * reply.length));
    await expect.poll(() => connection.received.length / reply.length).toBe(6);
    connection.socket.send(String(4 * reply.length));
    await expect.poll(() => connection.received === reply.repeat(9), { timeout: 3000 }).toBe(true);
    await evictDurableObject(shard(), { webSockets: 'hibernate' });
    // What was told before the object slept is of no meaning to it now.
    connection.socket.send(String(5 * reply.length));
    connection.socket.send(Buffer.from('GET large\r\n'.repeat(9)));
    await expect.poll(() => connection.received.length / reply.length).toBe(13);
  });

  it('closes a client that asks for very much in one message', async () => {
    await run('SET', 'large', 'x'.repeat(8_000_000));
    const connection = await connect('full');
    connection.socket.send(`${'GET large\r\n'.repeat(12)}INCR n\r\n`);
    await expect.poll(() => connection.closed, { timeout: 10_000 }).toBe(true);
    expect(connection.received.slice(-100)).toMatch(
      /x\r\n-ERR the replies to what was sent at once are too large, ask for less at a time\r\n$/,
    );
    expect(Math.floor(connection.received.length / 8_000_000)).toBe(9);
    expect(await run('EXISTS', 'n')).toBe(0);
  });

  it('refuses an edge of another release', async () => {
    const response = await shard().fetch('http://shard/', { headers: { Upgrade: 'websocket', 'x-kedge-protocol': '2' } });
    expect(response.status).toBe(503);
  });
});
