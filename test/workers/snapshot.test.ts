// The file of a shard shows one moment, whatever is written, deleted, renamed and checkpointed while it is written.

import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import type { PartManifest } from '../../src/shard/snapshot/part';
import { seededRandom, TestEngine } from '../support/engine';
import { type Line, RandomData, VALUES } from '../support/random-values';
import { loadFile } from '../support/rdb-file';
import { call, execute, rowsOf, run, shard, sql } from './shard-client';

vi.setConfig({ testTimeout: 60_000 });
afterEach(() => reset());

const OBJECT_KEY = 'part.rdb';
/** Unix milliseconds. */
const LATER = 2_524_600_800_000;

async function begin(id: string): Promise<void> {
  const request = { id, objectKey: OBJECT_KEY, rdbVersion: undefined, modules: 'keep' } as const;
  await shard().snapshotPart({ step: 'begin', request });
}

async function finish(id: string): Promise<PartManifest> {
  return (await shard().snapshotPart({ step: 'run', id })) as PartManifest;
}

/** An engine that has loaded the file, and what it left out. */
async function loaded(): Promise<{ engine: TestEngine; leftOut: string[] }> {
  const object = await env.SNAPSHOTS?.get(OBJECT_KEY);
  if (!object) throw new Error('there is no file');
  const engine = new TestEngine();
  const leftOut = loadFile(engine, new Uint8Array(await object.arrayBuffer()));
  return { engine, leftOut };
}

async function runAll(lines: readonly Line[]): Promise<void> {
  for (let at = 0; at < lines.length; at += 100) await execute(...lines.slice(at, at + 100).map((line) => call(...line)));
}

/** Keys of every type, a few of them large, some with deadlines. */
function datasetOf(data: RandomData): Line[] {
  const lines: Line[] = [];
  for (const [name, make] of Object.entries(VALUES)) {
    for (let copy = 0; copy < 4; copy++) {
      const key = `${name}:${copy}`;
      for (const [command = '', ...rest] of make(data)) lines.push([command, ...rest.map((word) => (word === 'k' ? key : word))]);
      if (copy === 1) lines.push(['PEXPIREAT', key, `${LATER}`]);
    }
  }
  for (let i = 0; i < 1500; i++) lines.push(['SET', `small:${i}`, data.text(60)]);
  for (let i = 0; i < 60; i++) lines.push(['SET', `middle:${i}`, 'm'.repeat(2000 + i)]);
  for (let i = 0; i < 3; i++) {
    const numbered = Array.from({ length: 4000 }, (_, at) => `${i}:${at}`);
    lines.push(['HSET', `large hash:${i}`, ...numbered.flatMap((text) => [text, `value of ${text}`])]);
    lines.push(['RPUSH', `large list:${i}`, ...numbered.map((text) => `element ${text}`)]);
    lines.push(['SADD', `large set:${i}`, ...numbered.map((text) => `member ${text}`)]);
    lines.push(['ZADD', `large zset:${i}`, ...numbered.flatMap((text, at) => [`${at}`, text])]);
    lines.push(['SET', `large string:${i}`, 'abcdefgh'.repeat(40_000)]);
    for (let at = 1; at < 600; at++) lines.push(['XADD', `large stream:${i}`, `${at}-1`, 'field', `value ${at}`.repeat(10)]);
  }
  return lines;
}

/** Changes of any of these keys; some fail, as the type is another one. */
function changeOf(data: RandomData, keys: readonly string[]): Line {
  const key = data.pick(keys);
  const other = data.pick(keys);
  return data.pick<() => Line>([
    () => ['SET', key, data.text(3000)],
    () => ['DEL', key],
    () => ['UNLINK', key],
    () => ['RENAME', key, other],
    () => ['COPY', key, other, 'REPLACE'],
    () => ['PEXPIREAT', key, `${LATER + data.below(1000)}`],
    () => ['PERSIST', key],
    () => ['SETRANGE', key, `${data.below(300_000)}`, data.text(60)],
    () => ['HSET', key, `${data.below(3)}:${data.below(5000)}`, data.text(60)],
    () => ['HDEL', key, `${data.below(3)}:${data.below(4000)}`],
    () => ['LPUSH', key, data.text(60)],
    () => ['RPOP', key, `${1 + data.below(500)}`],
    () => ['SADD', key, data.text(60)],
    () => ['SPOP', key, `${1 + data.below(500)}`],
    () => ['ZADD', key, data.score(), data.text(60)],
    () => ['ZPOPMIN', key, `${1 + data.below(500)}`],
    () => ['XADD', key, '*', 'f', data.text(60)],
    () => ['XTRIM', key, 'MAXLEN', `${data.below(500)}`],
    () => ['SET', `new:${data.below(100)}`, data.text(3000)],
    () => ['BGREWRITEAOF'],
  ])();
}

it.each([1, 2, 3])('while all of it changes: seed %d', async (seed) => {
  const data = new RandomData(seededRandom(seed));
  await runAll(datasetOf(data));
  const keys = (await run('KEYS', '*')) as string[];
  // Changes hit large values as often as small ones.
  const favored = [...keys.filter((key) => !key.startsWith('small')), ...keys.filter((key) => key.startsWith('small')).slice(0, 200)];
  await begin('1');
  const digest = await run('DEBUG', 'DIGEST');
  let changes = 200;
  await runAll(Array.from({ length: changes }, () => changeOf(data, favored)));
  let isDone = false;
  const file = finish('1').finally(() => {
    isDone = true;
  });
  do {
    await runAll(Array.from({ length: 40 }, () => changeOf(data, favored)));
    changes += 40;
    // Timers wait for a moment without calls.
    await scheduler.wait(1);
  } while (!isDone);
  const manifest = await file;
  expect(changes).toBeGreaterThan(400);
  expect(await run('DEBUG', 'DIGEST')).not.toBe(digest);
  const { engine, leftOut } = await loaded();
  expect(leftOut).toEqual([]);
  expect(engine.run('DEBUG', 'DIGEST')).toMatchObject({ text: digest });
  expect(manifest).toMatchObject({ keys: keys.length, skippedKeys: 0, rdbVersion: 10 });
  for (const table of ['old_entry', 'old_chunk', 'old_segment']) expect([table, await rowsOf(table)]).toEqual([table, 0]);
  await expect.poll(() => rowsOf('old_body')).toBe(0);
  // What came after it has been kept as well, and nothing but that.
  const after = await run('DEBUG', 'DIGEST');
  expect(await run('DEBUG', 'RELOAD')).toBe('OK');
  expect(await run('DEBUG', 'DIGEST')).toBe(after);
  await run('FLUSHALL');
  await run('DEBUG', 'RELOAD');
  await expect.poll(async () => [await rowsOf('segment'), await rowsOf('body'), await rowsOf('chunk')]).toEqual([0, 0, 0]);
});

it('one after the other, each of its own moment', async () => {
  for (let round = 0; round < 3; round++) {
    await run('SET', 'k', 'x'.repeat(1000 * (round + 1)));
    await begin(`${round}`);
    await run('DEL', 'k');
    await run('BGREWRITEAOF');
    await finish(`${round}`);
    const { engine } = await loaded();
    expect(engine.run('STRLEN', 'k')).toBe(1000 * (round + 1));
  }
});

it('hash fields keep their deadlines in version 12, and older versions tell that they do not', async () => {
  await run('HSET', 'h', 'a', '1', 'b', '2');
  await run('HEXPIREAT', 'h', 2_524_600_800, 'FIELDS', 1, 'a');
  await begin('1');
  expect(await finish('1')).toMatchObject({ rdbVersion: 12, lostFieldDeadlines: 0 });
  const { engine } = await loaded();
  expect(engine.run('HEXPIRETIME', 'h', 'FIELDS', 2, 'a', 'b')).toEqual([2_524_600_800, -1]);
  const request = { id: '2', objectKey: OBJECT_KEY, rdbVersion: 10, modules: 'keep' } as const;
  await shard().snapshotPart({ step: 'begin', request });
  expect(await finish('2')).toMatchObject({ rdbVersion: 10, lostFieldDeadlines: 1, keys: 1 });
  const older = await loaded();
  expect(older.engine.run('HEXPIRETIME', 'h', 'FIELDS', 2, 'a', 'b')).toEqual([-1, -1]);
});

it('values of modules can be left out, and are named', async () => {
  await run('JSON.SET', 'doc', '$', '{"a":1}');
  await run('SET', 'k', 'v');
  const request = { id: '1', objectKey: OBJECT_KEY, rdbVersion: undefined, modules: 'omit' } as const;
  await shard().snapshotPart({ step: 'begin', request });
  const manifest = await finish('1');
  expect(manifest).toMatchObject({ keys: 1, skippedKeys: 1, skipped: [{ key: btoa('doc') }] });
  expect((await loaded()).engine.run('KEYS', '*')).toEqual(['k']);
});

it('fails where storage does, and leaves no key out for that', async () => {
  await runAll(datasetOf(new RandomData(seededRandom(4))));
  await begin('1');
  await sql('ALTER TABLE segment RENAME TO lost');
  const failure = await finish('1').catch((error: unknown) => error);
  await sql('ALTER TABLE lost RENAME TO segment');
  expect(failure).toBeInstanceOf(Error);
  expect(await env.SNAPSHOTS?.get(OBJECT_KEY)).toBeNull();
});
