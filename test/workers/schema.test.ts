// A database of the first release, with rows as that release wrote them: this one reads it, and goes on with it. What is
// written here is what was written then, and does not change. An upgrade that fails leaves all of it as it was.

import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test';
import { afterEach, expect, it, vi } from 'vitest';
import { Database } from '../../src/shard/database';
import { migrate } from '../../src/shard/schema';
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
  [6124252232771212, 'gone', null, 256, '78'],
  [2458892920207847, 'volatile', 9000000000000, 256, '78'],
  [6757386740433356, 'list', null, 257, '0301610002ff00'],
  [368625193748460, 'intset', null, 258, '0103022d310133023230'],
  [1629526136736102, 'set', null, 258, '0003016201310161'],
  [131207134379105, 'hash', null, 260, '010201660176016700'],
  [8537472896614990, 'table', null, 260, `0001016641${'79'.repeat(65)}`],
  [4685285713987910, 'zset', 9000000000001, 259, '0103036f6e653ff80000000000000374776ffff00000000000000574687265653ff8000000000000010002'],
];

/** Id, sequence, part, data: two frames since the checkpoint, and one before it, whose row was to be written over. */
const JOURNAL: [number, number, number, string][] = [
  // DEL gone; SET journaled yes PXAT 9000000000000
  [
    1,
    40,
    0,
    '4b4a01000000000000002800000002d3719fab2a320d0a24330d0a44454c0d0a24340d0a676f6e650d0a2a350d0a24330d0a5345540d0a24390d0a6a6f75726e616c65640d0a24330d0a7965730d0a24340d0a505841540d0a2431330d0a393030303030303030303030300d0a',
  ],
  // RPUSH list z; HSET hash g new
  [
    2,
    42,
    0,
    '4b4a01000000000000002a00000002081bbde52a330d0a24350d0a52505553480d0a24340d0a6c6973740d0a24310d0a7a0d0a2a340d0a24340d0a485345540d0a24340d0a686173680d0a24310d0a670d0a24330d0a6e65770d0a',
  ],
  // SET stale x
  [3, 12, 0, '4b4a01000000000000000c00000001686c58502a330d0a24330d0a5345540d0a24350d0a7374616c650d0a24310d0a780d0a'],
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

/** Makes a database what the first release left. */
function install(storage: DurableObjectStorage): void {
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
  for (const [id, sequence, part, data] of JOURNAL)
    storage.sql.exec('INSERT INTO journal VALUES (?, ?, ?, ?)', id, sequence, part, Buffer.from(data, 'hex'));
  const checkpoint = { keys: ROWS.length + LARGE.length + 1, volatileKeys: 2, sequence: 40, atMs: 1_700_000_000_000 };
  storage.sql.exec("INSERT INTO meta VALUES ('schema', '1'), ('checkpoint', ?)", JSON.stringify(checkpoint));
}

/** Runs something on the storage that the first release left, before the shard has upgraded it. */
function beforeUpgrade<T>(work: (storage: DurableObjectStorage, upgrade: () => void) => T): Promise<T> {
  return runInDurableObject(shard(), (_instance, { storage }) => {
    install(storage);
    return work(storage, () => migrate(storage, new Database(storage.sql)));
  });
}

const tablesOf = (storage: DurableObjectStorage): unknown =>
  storage.sql
    .exec("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY name")
    .toArray();

/** All that a database holds. */
function dump(storage: DurableObjectStorage): unknown {
  const names = storage.sql.exec(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name",
  );
  return [
    tablesOf(storage),
    ...[...names].map(({ name }) => [...storage.sql.exec(`SELECT * FROM ${name}`).raw()].map((row) => row.map(textOf).join())),
  ];
}

const textOf = (value: SqlStorageValue): string => (value instanceof ArrayBuffer ? Buffer.from(value).toString('base64') : String(value));

async function upgrade(): Promise<void> {
  await beforeUpgrade(() => undefined);
  await evictDurableObject(shard());
}

it('is read as it is', async () => {
  await upgrade();
  expect(await run('DBSIZE')).toBe(14);
  expect(await run('MGET', 'text', 'volatile')).toEqual(['hello', 'x']);
  expect(await run('PEXPIRETIME', 'zset')).toBe(9_000_000_000_001);
  expect(await run('LLEN', 'list')).toBe(4);
  // From the journal.
  expect([await run('LINDEX', 'list', -1), await run('MGET', 'gone', 'stale', 'journaled')]).toEqual(['z', [null, null, 'yes']]);
  expect(await run('PEXPIRETIME', 'journaled')).toBe(9_000_000_000_000);
  expect(await run('SMEMBERS', 'intset')).toEqual(['-1', '3', '20']);
  expect(await run('OBJECT', 'ENCODING', 'intset')).toBe('intset');
  expect(((await run('SMEMBERS', 'set')) as string[]).sort()).toEqual(['1', 'a', 'b']);
  expect(await run('HGETALL', 'hash')).toEqual(['f', 'v', 'g', 'new']);
  expect(await run('OBJECT', 'ENCODING', 'table')).toBe('hashtable');
  expect(await run('ZRANGE', 'zset', 0, -1)).toEqual(['two', 'one', 'three']);
  expect([await run('STRLEN', 'huge'), await run('GETRANGE', 'huge', 2 * MIB - 1, 2 * MIB)]).toEqual([2.5 * MIB, 'bc']);
});

it('goes on: what is changed is written in segments, the rest stays, and nothing is lost', async () => {
  await upgrade();
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
  expect([await run('DBSIZE'), await run('GET', 'huge')]).toEqual([14, 'small']);
});

it('ends up with the tables that a new database has', async () => {
  const fresh = await runInDurableObject(shard(), (_instance, { storage }) => tablesOf(storage));
  const [first, upgraded] = await beforeUpgrade((storage, migrateIt) => {
    const before = tablesOf(storage);
    migrateIt();
    return [before, tablesOf(storage)];
  });
  const plain = (tables: unknown) => JSON.stringify(tables).replaceAll(/\\n|\s/g, '');
  expect(plain(upgraded)).toBe(plain(fresh));
  expect(plain(first)).not.toBe(plain(fresh));
});

it.each([
  ['the first step', 'CREATE TABLE segment (x)'],
  ['a later one', 'CREATE TABLE body (x)'],
  ['the last one', 'CREATE TABLE old_body (x)'],
  ['the note that it is done', "CREATE TRIGGER broken BEFORE UPDATE ON meta BEGIN SELECT RAISE(ABORT, 'broken'); END"],
])('is as it was when the upgrade fails at %s, and can be upgraded later', async (_title, obstacle) => {
  await beforeUpgrade((storage, migrateIt) => {
    storage.sql.exec(obstacle);
    const before = dump(storage);
    expect(migrateIt).toThrow(/already exists|broken/);
    expect(dump(storage)).toEqual(before);
    expect(before).toContainEqual(expect.arrayContaining(['schema,1']));
    storage.sql.exec(obstacle.replace(/CREATE (TABLE|TRIGGER) (\w+).*/, 'DROP $1 $2'));
    migrateIt();
  });
  await evictDurableObject(shard());
  expect([await run('DBSIZE'), await run('GET', 'text'), await run('HLEN', 'large hash')]).toEqual([14, 'hello', COUNT]);
});

it('of a newer release is refused, and left as it is', async () => {
  const refused = /the data was written by a newer release of Kedge: it has schema 1000, this one knows up to \d+/;
  await beforeUpgrade((storage, migrateIt) => {
    storage.sql.exec("UPDATE meta SET value = '1000' WHERE name = 'schema'");
    const before = dump(storage);
    expect(migrateIt).toThrow(refused);
    expect(dump(storage)).toEqual(before);
  });
  await evictDurableObject(shard());
  await expect(run('GET', 'text')).rejects.toThrow(refused);
});
