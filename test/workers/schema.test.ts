// A database of the first release, with rows as that release wrote them: this one reads it, and goes on with it.

import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { rowsOf, run, shard, sql } from './shard-client';

/** An eviction waits for timers, so that some of these take seconds. */
vi.setConfig({ testTimeout: 20_000 });
afterEach(() => reset());

const TABLES = [
  'CREATE TABLE journal (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL)',
  `CREATE TABLE entry (position INTEGER NOT NULL, key BLOB NOT NULL, deadline INTEGER, form INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (position, key)) WITHOUT ROWID`,
  'CREATE INDEX entry_deadline ON entry (deadline) WHERE deadline IS NOT NULL',
  `CREATE TABLE chunk (position INTEGER NOT NULL, key BLOB NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (position, key, part)) WITHOUT ROWID`,
  'CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
];

/** Position, key, deadline, form, value in hexadecimal. */
const ROWS: [number, string, number | null, number, string][] = [
  [1123836288059074, 'text', null, 256, '68656c6c6f'],
  [2458892920207847, 'volatile', 9000000000000, 256, '78'],
  [6757386740433356, 'list', null, 257, '0301610002ff00'],
  [368625193748460, 'intset', null, 258, '0103022d310133023230'],
  [1629526136736102, 'set', null, 258, '0003016201310161'],
  [131207134379105, 'hash', null, 260, '010201660176016700'],
  [8537472896614990, 'table', null, 260, `0001016641${'79'.repeat(65)}`],
  [4685285713987910, 'zset', 9000000000001, 259, '0103036f6e653ff80000000000000374776ffff00000000000000574687265653ff8000000000000010002'],
];

const COUNT = 3000;
const names = Array.from({ length: COUNT }, (_, i) => `element ${i}`);
const count = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...count(Math.floor(value / 128))]);
const text = (value: string): number[] => [...count(value.length), ...Buffer.from(value)];
const double = (value: number): number[] => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return [...bytes];
};

/** Position, key, form, value: collections that would be in segments today. Elements of the sorted set ascend. */
const LARGE: [number, string, number, number[]][] = [
  [8844767105323517, 'large hash', 260, [0, ...count(COUNT), ...names.flatMap((name) => [...text(name), ...text('v')])]],
  [7153866471443938, 'large set', 258, [0, ...count(COUNT), ...names.flatMap(text)]],
  [1999510648522060, 'large list', 257, [...count(COUNT), ...names.flatMap(text)]],
  [
    4431314683908854,
    'large zset',
    259,
    [0, ...count(COUNT), ...names.flatMap((name, i) => [...text(name), ...double(i)]), ...names.flatMap((_, i) => count(i))],
  ],
];
const HUGE_POSITION = 189057812840272;
const MIB = 1024 * 1024;

beforeEach(async () => {
  await runInDurableObject(shard(), (_instance, { storage }) => {
    const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray();
    for (const { name } of tables) storage.sql.exec(`DROP TABLE ${name}`);
    for (const table of TABLES) storage.sql.exec(table);
    const insert = (position: number, key: string, deadline: number | null, form: number, value: Uint8Array<ArrayBuffer>): unknown =>
      storage.sql.exec('INSERT INTO entry VALUES (?, ?, ?, ?, ?)', position, Buffer.from(key), deadline, form, value);
    for (const [position, key, deadline, form, value] of ROWS) insert(position, key, deadline, form, Buffer.from(value, 'hex'));
    for (const [position, key, form, value] of LARGE) insert(position, key, null, form, Uint8Array.from(value));
    // A string of two and a half rows.
    insert(HUGE_POSITION, 'huge', null, 256 + 2 * 65536, Buffer.alloc(MIB, 'a'));
    storage.sql.exec('INSERT INTO chunk VALUES (?, ?, 1, ?)', HUGE_POSITION, Buffer.from('huge'), Buffer.alloc(MIB, 'b'));
    storage.sql.exec('INSERT INTO chunk VALUES (?, ?, 2, ?)', HUGE_POSITION, Buffer.from('huge'), Buffer.alloc(MIB / 2, 'c'));
    const checkpoint = { keys: ROWS.length + LARGE.length + 1, volatileKeys: 2, sequence: 40, atMs: 1_700_000_000_000 };
    storage.sql.exec("INSERT INTO meta VALUES ('schema', '1'), ('checkpoint', ?)", JSON.stringify(checkpoint));
  });
  await evictDurableObject(shard());
});

it('is read as it is', async () => {
  expect(await run('DBSIZE')).toBe(13);
  expect(await run('MGET', 'text', 'volatile')).toEqual(['hello', 'x']);
  expect(await run('PEXPIRETIME', 'zset')).toBe(9_000_000_000_001);
  expect(await run('LLEN', 'list')).toBe(3);
  expect(await run('SMEMBERS', 'intset')).toEqual(['-1', '3', '20']);
  expect(await run('OBJECT', 'ENCODING', 'intset')).toBe('intset');
  expect(((await run('SMEMBERS', 'set')) as string[]).sort()).toEqual(['1', 'a', 'b']);
  expect(await run('HGETALL', 'hash')).toEqual(['f', 'v', 'g', '']);
  expect(await run('OBJECT', 'ENCODING', 'table')).toBe('hashtable');
  expect(await run('ZRANGE', 'zset', 0, -1)).toEqual(['two', 'one', 'three']);
  expect([await run('STRLEN', 'huge'), await run('GETRANGE', 'huge', 2 * MIB - 1, 2 * MIB)]).toEqual([2.5 * MIB, 'bc']);
});

it('goes on: what is changed is written in segments, the rest stays, and nothing is lost', async () => {
  const seen = async () => [
    await run('HGET', 'large hash', 'element 7'),
    await run('HLEN', 'large hash'),
    await run('SISMEMBER', 'large set', 'element 2999'),
    await run('SCARD', 'large set'),
    await run('LINDEX', 'large list', 1500),
    await run('LLEN', 'large list'),
    await run('ZRANK', 'large zset', 'element 1234'),
    await run('ZCARD', 'large zset'),
    await run('DEBUG', 'DIGEST'),
  ];
  const before = await seen();
  expect(before.slice(0, 8)).toEqual(['v', COUNT, 1, COUNT, 'element 1500', COUNT, 1234, COUNT]);
  await run('DEBUG', 'RELOAD');
  expect(await rowsOf('segment')).toBe(0);
  await run('HSET', 'large hash', 'new', 'x');
  await run('SADD', 'large set', 'new');
  await run('RPUSH', 'large list', 'new');
  await run('ZADD', 'large zset', 9999, 'new');
  await run('APPEND', 'huge', 'end');
  await run('DEBUG', 'RELOAD');
  expect(await rowsOf('segment')).toBeGreaterThan(50);
  expect(await rowsOf('chunk')).toBe(0);
  await run('HDEL', 'large hash', 'new');
  await run('SREM', 'large set', 'new');
  await run('RPOP', 'large list');
  await run('ZREM', 'large zset', 'new');
  await run('SETRANGE', 'huge', 2.5 * MIB, 'END');
  await evictDurableObject(shard());
  expect((await seen()).slice(0, 8)).toEqual(before.slice(0, 8));
  expect([await run('STRLEN', 'huge'), await run('GETRANGE', 'huge', -4, -1)]).toEqual([2.5 * MIB + 3, 'cEND']);
  await run('SET', 'huge', 'small');
  await run('DEBUG', 'RELOAD');
  expect(await sql("SELECT value FROM meta WHERE name = 'schema'")).not.toEqual([{ value: '1' }]);
  expect([await run('DBSIZE'), await run('GET', 'huge')]).toEqual([13, 'small']);
});
