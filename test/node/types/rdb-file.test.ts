// RDB files: what redis-server has written, read in pieces of any size, with every value as a whole or in lines, makes the
// dataset that it was. And what only newer versions and modules write.

import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { decodeReply } from '../../../src/protocol/reply-reader';
import { encodeReply } from '../../../src/protocol/resp-writer';
import type { RdbRecord } from '../../../src/types/rdb/file-reader';
import { seededRandom, TestEngine } from '../../support/engine';
import { type Line, RandomData, VALUES } from '../../support/random-values';
import { FileBuilder, loadFile, readFile } from '../../support/rdb-file';
import { RealRedis, redisInstalled } from '../../support/real-redis';

/** What the engine answers, as a client gets it. */
function ours(engine: TestEngine, ...line: Line): unknown {
  return decodeReply(encodeReply(engine.run(...line), 2) as Bytes);
}

const LIBRARY = "#!lua name=lib\nredis.register_function('f', function(keys, args) return 1 end)";
/** No value is small. */
const ALL_LARGE = { largeBytes: 0 };

describe.runIf(redisInstalled)('a file of redis-server', () => {
  let redis: RealRedis;
  let path: string;
  beforeAll(async () => {
    redis = await RealRedis.start();
    path = join(tmpdir(), `kedge-test-${redis.port}.rdb`);
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(path, { force: true });
  });

  async function theirs(...line: Line): Promise<unknown> {
    const [raw] = await redis.sendBytes([line as Bytes[]]);
    return decodeReply(raw as Bytes);
  }

  async function saved(): Promise<Uint8Array> {
    expect(await theirs('SAVE')).toMatchObject({ text: 'OK' });
    return readFileSync(path);
  }

  /** Values of every kind, some with deadlines. */
  async function fill(seed: number): Promise<void> {
    const data = new RandomData(seededRandom(seed));
    await theirs('FLUSHALL');
    for (const [name, make] of Object.entries(VALUES)) {
      for (let i = 0; i < 3; i++) {
        const key = `${name} ${i}${data.text(30)}`;
        for (const line of make(data)) await theirs(...line.map((arg, at) => (arg === 'k' && at > 0 ? key : arg)));
        if (data.below(3) === 0) await theirs('PEXPIREAT', key, `${4_000_000_000_000 + data.below(1e9)}`);
      }
    }
  }

  test.each([1, 2, 3, 4])('makes the same dataset, seed %i', async (seed) => {
    const random = seededRandom(seed);
    await fill(seed);
    const digest = await theirs('DEBUG', 'DIGEST');
    const keys = await theirs('DBSIZE');
    expect(keys).toBeGreaterThan(30);
    const file = await saved();
    for (const options of [{}, ALL_LARGE, { largeBytes: 2000 }]) {
      for (const pieceBytes of [undefined, () => 1 + random.below(3), () => 1 + random.below(5000)]) {
        const engine = new TestEngine();
        engine.now = Date.now();
        expect(loadFile(engine, file, options, pieceBytes)).toEqual([]);
        expect(engine.run('DBSIZE')).toBe(keys);
        expect(engine.run('DEBUG', 'DIGEST')).toEqual(digest);
      }
    }
  });

  test('in lines brings the groups of a stream, and what is pending in them', async () => {
    await theirs('FLUSHALL');
    for (let i = 1; i <= 300; i++) await theirs('XADD', 's', `${i}-1`, 'f', `${i}`, ...(i % 7 === 0 ? ['other', 'x'.repeat(i)] : []));
    await theirs('XGROUP', 'CREATE', 's', 'g', '0');
    await theirs('XGROUP', 'CREATE', 's', 'h', '5-1', 'ENTRIESREAD', '5');
    await theirs('XGROUP', 'CREATECONSUMER', 's', 'h', 'idle');
    for (const name of ['alice', 'bob', 'alice']) await theirs('XREADGROUP', 'GROUP', 'g', name, 'COUNT', '60', 'STREAMS', 's', '>');
    await theirs('XCLAIM', 's', 'g', 'bob', '0', '1-1', '2-1', 'TIME', '1700000000000', 'RETRYCOUNT', '9');
    await theirs('XACK', 's', 'g', '3-1', '70-1');
    await theirs('XDEL', 's', '200-1', '300-1');
    const engine = new TestEngine();
    engine.now = Date.now();
    expect(loadFile(engine, await saved(), ALL_LARGE)).toEqual([]);
    for (const view of [
      ['XPENDING', 's', 'g'],
      ['XINFO', 'GROUPS', 's'],
      ['XRANGE', 's', '-', '+'],
    ])
      expect(ours(engine, ...view)).toEqual(await theirs(...view));
    const pending = (list: unknown) => (list as [string, string, number, number][]).map(([id, consumer, , count]) => [id, consumer, count]);
    const view = ['XPENDING', 's', 'g', '-', '+', '1000'];
    expect(pending(engine.run(...view))).toEqual(pending(await theirs(...view)));
    expect(engine.run('XPENDING', 's', 'g', 'IDLE', `${Date.now() - 1_700_000_000_000 - 60_000}`, '-', '+', '10')).toHaveLength(2);
    const info = (reply: unknown): unknown[] => {
      const list = reply as unknown[];
      return ['length', 'last-generated-id', 'max-deleted-entry-id', 'entries-added'].map((name) => list[list.indexOf(name) + 1]);
    };
    expect(info(ours(engine, 'XINFO', 'STREAM', 's'))).toEqual(info(await theirs('XINFO', 'STREAM', 's')));
  });

  test('brings functions, and the keys of the database that is wanted', async () => {
    await theirs('FLUSHALL');
    await theirs('SET', 'zero', '0');
    await theirs('SELECT', '3');
    for (const key of ['a', 'b', 'c']) await theirs('SET', key, '3');
    await theirs('SELECT', '0');
    await theirs('FUNCTION', 'LOAD', LIBRARY);
    const file = await saved();
    const first = new TestEngine();
    expect(loadFile(first, file)).toEqual(Array(3).fill('it is in another database'));
    expect(first.run('KEYS', '*')).toEqual(['zero']);
    expect(first.run('FCALL', 'f', '0')).toBe(1);
    const third = new TestEngine();
    expect(loadFile(third, file, { database: 3, ...ALL_LARGE })).toEqual(['it is in another database']);
    expect(third.run('DBSIZE')).toBe(3);
    await theirs('FUNCTION', 'FLUSH');
  });

  test('says how long keys have been idle, and how often they were used', async () => {
    await theirs('FLUSHALL');
    const uses = async (policy: string) => {
      await theirs('FLUSHALL');
      await theirs('CONFIG', 'SET', 'maxmemory-policy', policy);
      await theirs('SET', 'k', 'v');
      const records: RdbRecord[] = [];
      readFile(await saved(), (record) => records.push(record));
      const record = records.find(({ kind }) => kind === 'key');
      return record?.kind === 'key' ? [record.key.idleSeconds, record.key.frequency] : [];
    };
    expect(await uses('allkeys-lru')).toEqual([0, undefined]);
    expect(await uses('allkeys-lfu')).toEqual([undefined, 5]);
    await theirs('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  });
});

describe('what only others write', () => {
  /** Lines that make a value at `k` that only newer versions of Redis or its modules have. */
  const NEWER: Readonly<Record<string, Line[]>> = {
    'small hash with deadlines': [
      ['HSET', 'k', 'f', 'v', 'g', '1', 'h', 'w'],
      ['HPEXPIREAT', 'k', '4000000000000', 'FIELDS', '2', 'f', 'g'],
    ],
    'hash with deadlines': [
      ['HSET', 'k', 'f', 'x'.repeat(70), 'g', '1', 'h', 'w', 'i', 'x'],
      ['HPEXPIREAT', 'k', '4000000000000', 'FIELDS', '2', 'f', 'g'],
      ['HPEXPIREAT', 'k', '4000000000001', 'FIELDS', '1', 'h'],
    ],
    array: [
      ['ARSET', 'k', '3', 'a', 'b', 'c'],
      ['ARSET', 'k', '18446744073709551614', 'last'],
      ['ARSEEK', 'k', '7'],
    ],
    json: [['JSON.SET', 'k', '$', '{"a":[1,2.5,null,"text"],"b":{"c":true}}']],
    bloom: [['BF.RESERVE', 'k', '0.01', '20']],
    'released entries': [
      ['XADD', 'k', '1-1', 'f', 'v'],
      ['XADD', 'k', '1-2', 'f', 'v'],
      ['XGROUP', 'CREATE', 'k', 'g', '0'],
      ['XREADGROUP', 'GROUP', 'g', 'alice', 'COUNT', '2', 'STREAMS', 'k', '>'],
      ['XNACK', 'k', 'g', 'FAIL', 'IDS', '1', '1-1'],
    ],
  };
  const VIEWS = [
    ['DEBUG', 'DIGEST'],
    ['DUMP', 'k'],
    ['PEXPIRETIME', 'k'],
  ];

  test.each(Object.keys(NEWER))('%s', (name) => {
    const original = new TestEngine();
    for (const line of NEWER[name] as Line[]) original.run(...line);
    original.run('PEXPIREAT', 'k', '4000000000000');
    const file = new FileBuilder()
      .database(0)
      .key('k', original.run('DUMP', 'k') as string, 4_000_000_000_000)
      .end();
    for (const options of [{}, ALL_LARGE]) {
      const copy = new TestEngine();
      expect(loadFile(copy, file, options, () => 3)).toEqual([]);
      for (const view of VIEWS) expect(copy.run(...view)).toEqual(original.run(...view));
    }
  });

  test('hashes as 7.4 wrote them before its release', () => {
    const deadline = `\x81${String.fromCharCode(0, 0, 3, 0xa3, 0x52, 0x94, 0x40, 0)}`;
    const file = new FileBuilder()
      .string(22, 'large')
      .bytes(`\x02${deadline}\x01f\x01v\x00\x01g\x01w`)
      .string(23, 'small')
      .bytes(`\x17\x17\0\0\0\x03\0\x81f\x02\x81v\x02\xf4${String.fromCharCode(0, 0x40, 0x94, 0x52, 0xa3, 3, 0, 0)}\x09\xff`)
      .end();
    for (const options of [{}, ALL_LARGE]) {
      const engine = new TestEngine();
      loadFile(engine, file, options);
      expect(ours(engine, 'HGETALL', 'large')).toEqual(['f', 'v', 'g', 'w']);
      expect(engine.run('HPEXPIRETIME', 'large', 'FIELDS', '2', 'f', 'g')).toEqual([4_000_000_000_000, -1]);
      expect(engine.run('HPEXPIRETIME', 'small', 'FIELDS', '1', 'f')).toEqual([4_000_000_000_000]);
    }
  });

  test('a module that is not known is left out, with what it has beside its keys', () => {
    // "graphdata" of version 7: elements of every kind.
    const elements = `\x01\x05\x02\x06\x03\0\0\0\0\x04${'\0'.repeat(8)}\x05\x03abc\x00`;
    const number = [...'graphdata'].reduce(
      (sum, char) => (sum << 6n) | BigInt('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(char)),
      0n,
    );
    const builder = new FileBuilder();
    builder.writer.byte(0xf7);
    builder.writer.count((number << 10n) | 7n);
    builder.bytes(`\x02\x02${elements}`);
    builder.string(7, 'k');
    builder.writer.count((number << 10n) | 7n);
    builder.bytes(elements).string(0, 'after', 'value');
    const file = builder.end();
    for (const options of [{}, ALL_LARGE]) {
      const engine = new TestEngine();
      expect(loadFile(engine, file, options)).toEqual([
        'data of the module graphdata of version 7',
        'a type of a module that is not known here: graphdata of version 7',
      ]);
      expect(engine.run('KEYS', '*')).toEqual(['after']);
    }
  });

  test('the numbers of slots, old deadlines in seconds, and empty collections', () => {
    const file = new FileBuilder(9)
      .bytes('\xf4\x05\x0a\x00')
      .bytes(`\xfd${String.fromCharCode(0, 0x28, 0x6b, 0x6e)}`)
      .string(0, 'k', 'v')
      .string(2, 'empty')
      .bytes('\0')
      .string(4, 'also')
      .bytes('\0')
      .end();
    const engine = new TestEngine();
    expect(loadFile(engine, file)).toEqual(['it is empty', 'it is empty']);
    expect(engine.run('EXPIRETIME', 'k')).toBe(0x6e6b2800);
    expect(engine.run('DBSIZE')).toBe(1);
  });

  test('what is too long to be held is left out, and nothing else', () => {
    const long = 'x'.repeat(2000);
    const options = { maxBytes: 1000, maxKeyBytes: 100, largeBytes: 500 };
    const file = new FileBuilder()
      .string(0, 'random', Array.from({ length: 2000 }, (_, i) => String.fromCharCode((i * i * 31) & 255)).join(''))
      .string(0, 'packed', long)
      .string(0, 'x'.repeat(101), 'v')
      .end();
    const engine = new TestEngine();
    const longList = new FileBuilder()
      .string(1, 'list')
      .bytes(`\x03\x01a\x80${String.fromCharCode(0, 0, 7, 0xd0)}${long}\x01b`)
      .string(0, 'k', 'v')
      .end();
    expect(loadFile(engine, longList, options)).toEqual(['an element of it is too long']);
    expect(engine.run('GET', 'k')).toBe('v');
    expect(loadFile(new TestEngine(), file, options)).toEqual(['it is too long', 'it is too long', 'its name is too long']);
  });
});
