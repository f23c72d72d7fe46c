// RDB files that nobody should have made: cut, changed, with and without a checksum that is right, random, and made to take
// much time or memory. Each is an RdbFileError that says where, or is read to its end; nothing else is thrown.

import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { Crc64 } from '../../../src/bytes/crc64';
import { ErrorReply } from '../../../src/protocol/reply';
import { RdbFileError, RdbFileReader, type RdbRecord } from '../../../src/types/rdb/file-reader';
import { payloadOf } from '../../../src/types/rdb/payload';
import { filling } from '../../../src/types/rdb/refill';
import { seededRandom, TestEngine } from '../../support/engine';
import { type Line, RandomData, VALUES } from '../../support/random-values';
import { FILE_OPTIONS, FileBuilder, loadFile, readFile } from '../../support/rdb-file';

const CHECKSUM_BYTES = 8;
const OPTIONS = [{}, { largeBytes: 0 }];

/** A file with a value of every kind, functions and other things. */
function sample(seed: number): Uint8Array {
  const engine = new TestEngine();
  const data = new RandomData(seededRandom(seed));
  const builder = new FileBuilder()
    .string(0xfa, 'redis-ver', '7.4.1')
    .string(0xf5, "#!lua name=x\nredis.register_function('f', function() return 1 end)")
    .database(0)
    .bytes('\xfb\x05\x02');
  const lines: Line[][] = [
    ...Object.values(VALUES).map((make) =>
      make(data)
        .slice(0, 20)
        .map((line) => line.slice(0, 12)),
    ),
    [
      ['HSET', 'k', 'f', 'v', 'g', 'w'],
      ['HPEXPIREAT', 'k', '4000000000000', 'FIELDS', '1', 'f'],
    ],
    [['JSON.SET', 'k', '$', '{"a":[1,2.5,null]}']],
    [['ARSET', 'k', '3', 'a', 'b']],
    [['BF.ADD', 'k', 'a']],
  ];
  lines.forEach((value, i) => {
    engine.run('DEL', 'k');
    // Some of the lines only make sense in full.
    for (const line of value) engine.run(...line);
    const dump = engine.run('DUMP', 'k');
    if (typeof dump === 'string') builder.key(`key ${i}`, dump, i % 3 === 0 ? 4_000_000_000_000 + i : undefined);
  });
  return builder.end();
}

/** The fault of a file, undefined where it is read to its end. Anything else that is thrown fails the test. */
function faultOf(data: Uint8Array, options: object): RdbFileError | undefined {
  let ended = false;
  try {
    readFile(
      data,
      ({ kind }) => {
        ended = kind === 'end';
      },
      options,
      () => 1000,
    );
  } catch (error) {
    if (!(error instanceof RdbFileError)) throw error;
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(data.length);
    return error;
  }
  expect(ended).toBe(true);
  return undefined;
}

/** Applies whatever a file has: an engine may refuse what is in it, and stays sound. */
function apply(data: Uint8Array, options: object): void {
  const engine = new TestEngine();
  let key: Bytes | undefined;
  const run = (argv: readonly Bytes[]): unknown => {
    const reply = engine.engine.execute(engine.client, argv);
    if (engine.faults.length > 0) throw engine.faults[0];
    return reply;
  };
  try {
    readFile(
      data,
      (record: RdbRecord) => {
        if (record.kind === 'key') {
          const payload = Buffer.from(payloadOf(record.key.type, record.value)).toString('latin1');
          const reply = run(['RESTORE', record.key.key, '0', payload, 'REPLACE'] as Bytes[]);
          // What has been checked is not refused.
          expect(reply).not.toBeInstanceOf(ErrorReply);
        } else if (record.kind === 'large') key = record.key.key;
        else if (record.kind === 'line' && key !== undefined) run(filling(key, record.line));
      },
      options,
    );
  } catch (error) {
    if (!(error instanceof RdbFileError)) throw error;
  }
  engine.flush();
  expect(engine.replayed().run('DEBUG', 'DIGEST')).toEqual(engine.run('DEBUG', 'DIGEST'));
}

describe.each([1, 2])('a file with everything, seed %i', (seed) => {
  const file = sample(seed);

  test('is read', () => {
    for (const options of OPTIONS) expect(loadFile(new TestEngine(), file, options)).toEqual([]);
    expect(file.length).toBeGreaterThan(1000);
  });

  test('is refused when it is cut, wherever', () => {
    const step = Math.max(1, Math.floor(file.length / 3000));
    for (const options of OPTIONS)
      for (let length = 0; length < file.length; length += step)
        expect(faultOf(file.subarray(0, length), options)?.offset).toBeLessThanOrEqual(length);
  });

  test('is refused when a byte is changed', () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 1500; i++) {
      const changed = file.slice();
      const at = random.below(file.length);
      changed[at] = (changed[at] as number) ^ (1 + random.below(255));
      // Zeros in the place of the checksum are none.
      if (changed.subarray(-CHECKSUM_BYTES).every((byte) => byte === 0)) continue;
      expect(faultOf(changed, OPTIONS[i % 2] as object), `at ${at}`).toBeDefined();
    }
  });

  test('does no harm when it is changed and its checksum is right', () => {
    const random = seededRandom(seed);
    let [read, refused] = [0, 0];
    for (let i = 0; i < 1500; i++) {
      const changed = file.slice();
      for (let left = 1 + random.below(3); left > 0; left--) {
        const at = 9 + random.below(file.length - 9 - CHECKSUM_BYTES);
        changed[at] = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc3, 0xf0, 0xfe, 0xff, random.below(256)][random.below(12)] as number;
      }
      const sum = new Crc64().update(changed, 0, changed.length - CHECKSUM_BYTES).bytes();
      for (let at = 0; at < CHECKSUM_BYTES; at++) changed[changed.length - CHECKSUM_BYTES + at] = sum.charCodeAt(at);
      if (faultOf(changed, OPTIONS[i % 2] as object)) refused++;
      else read++;
      if (i % 10 === 0) apply(changed, OPTIONS[(i / 10) % 2] as object);
    }
    expect(read).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(50);
  });

  test('is refused when parts of it are moved', () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 500; i++) {
      const changed = file.slice();
      const [from, to] = [random.below(file.length), random.below(file.length)];
      const part = file.subarray(from, from + random.below(64)).slice(0, file.length - to);
      if (Buffer.compare(part, file.subarray(to, to + part.length)) === 0) continue;
      changed.set(part, to);
      expect(faultOf(changed, OPTIONS[i % 2] as object)).toBeDefined();
    }
  });
});

test('random bytes are refused', () => {
  const random = seededRandom(7);
  for (let i = 0; i < 3000; i++) {
    const bytes = new FileBuilder(1 + random.below(12)).bytes(
      Array.from({ length: random.below(300) }, () => String.fromCharCode(random.below(random.below(2) ? 26 : 256))).join(''),
    );
    const data = bytes.writer.view().slice();
    const fault = faultOf(data, OPTIONS[i % 2] as object);
    // By chance there is an end of a file that has no checksum.
    if (data.at(-1) !== 0xff && data.at(-1) !== 0) expect(fault).toBeDefined();
  }
});

test.each([
  ['', 'the data ends too early'],
  ['REDIS', 'the data ends too early'],
  ['redis0011\xff', 'this is no RDB file'],
  ['REDIS00x1\xff', 'this is no RDB file'],
  ['REDIS0000\xff', 'version 0 of RDB is not known'],
  ['REDIS0013\xff', 'version 13 of RDB is not known'],
  ['REDIS0012\xff1234567', 'the data ends too early'],
  ['REDIS0012\xff12345678', 'the checksum'],
  ['REDIS0012\xff\0\0\0\0\0\0\0\0*', 'there is more data behind the end'],
  ['REDIS0004\xff*', 'there is more data behind the end'],
  ['REDIS0012\x08\x01k\x01v', 'an unknown form of a value: 8'],
  ['REDIS0012\x06\x01k\x01v', 'an unknown form of a value: 6'],
  ['REDIS0012\xc8\x01k\x01v', 'an unknown form of a value: 200'],
  ['REDIS0012\xfd\0\0\0\0\xfe\0', 'a deadline without a key'],
  ['REDIS0012\xf7\x01\x09\x00', 'an unknown element of a module'],
])('%j is refused: %s', (text, fault) => {
  expect(faultOf(Buffer.from(text, 'latin1'), {})?.fault).toContain(fault);
});

test('versions of before checksums have none', () => {
  expect(faultOf(Buffer.from('REDIS0004\0\x01k\x01v\xff', 'latin1'), {})).toBeUndefined();
});

describe('what is announced is not believed', () => {
  const HUGE = '\x81\x00\x0f\xff\xff\xff\xff\xff\xff';
  const MILLIONS = '\x80\x7f\xff\xff\xff';
  test.each([
    ['a string', `\0\x01k${HUGE}v`],
    ['a key', `\0${HUGE}v`],
    ['a compressed string', `\0\x01k\xc3\x05${MILLIONS}abcde`],
    ['a compressed string of much', `\0\x01k\xc3${MILLIONS}${MILLIONS}abcde`],
    ['a list', `\x01\x01k${HUGE}\x01v`],
    ['a set', `\x02\x01k${MILLIONS}\x01v`],
    ['a hash', `\x04\x01k${HUGE}\x01v\x01v`],
    ['a sorted set', `\x05\x01k${MILLIONS}\x01v`],
    ['a list of nodes', `\x12\x01k${MILLIONS}\x02\x01v`],
    ['a listpack', `\x10\x01k\x80\x00\x00\x00\x07\xff\xff\xff\x7f\xff\xff\xff`],
    ['an intset', `\x0b\x01k\x08\x08\0\0\0\xff\xff\xff\x7f`],
    ['a stream', `\x13\x01k${MILLIONS}\x10`],
    ['pending entries', `\x13\x01k\x00\x00${'\0'.repeat(7)}\x01\x01g\0\0\0${MILLIONS}\x01`],
    ['a fact', `\xfa${HUGE}a`],
    ['a function', `\xf5${HUGE}a`],
    ['sizes', `\xfb${HUGE}${HUGE}`],
  ])('of %s', (_, text) => {
    const before = process.memoryUsage().arrayBuffers;
    for (const options of OPTIONS) expect(faultOf(Buffer.from(`REDIS0012${text}`, 'latin1'), options)).toBeDefined();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });

  test('of a list that decompresses into very much', () => {
    // 255 zeros and 2 MB of nothing but copies of them: 180 MB.
    const copies = '\xe0\xff\0'.repeat(700_000);
    const bomb = `\xc3\x80${bigEndian(2 + copies.length)}\x80${bigEndian(1 + 264 * 700_000)}\0\0${copies}`;
    const string = new FileBuilder().bytes(`\0\x01k${bomb}`).end();
    const element = new FileBuilder().bytes(`\x01\x01k\x02${bomb}\x01v`).end();
    expect(loadFile(new TestEngine(), string)).toEqual(['it is too long']);
    expect(loadFile(new TestEngine(), element)).toEqual(['an element of it is too long']);
    for (const type of ['\x0a', '\x0b', '\x0c', '\x10', '\x14', '\x12'])
      expect(faultOf(new FileBuilder().bytes(`${type}\x01k${type === '\x12' ? '\x01\x02' : ''}${bomb}`).end(), {})).toBeDefined();
  });
});

function bigEndian(number: number): string {
  return String.fromCharCode(number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255);
}

test('memory is bounded, however large a value is', () => {
  const reader = new RdbFileReader({ ...FILE_OPTIONS, maxBytes: 2 ** 30 });
  let bytes = 0;
  let most = 0;
  const pull = (): void => {
    for (let record = reader.next(); record; record = reader.next()) {
      if (record.kind !== 'line') continue;
      const size = record.line.after.reduce((sum, arg) => sum + arg.length, 0);
      bytes += size;
      most = Math.max(most, size);
    }
  };
  const push = (text: string | Uint8Array): void => {
    reader.push(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    pull();
  };
  const before = process.memoryUsage();
  let peak = 0;
  const megabyte = new Uint8Array(2 ** 20).fill(0x61);
  push(`REDIS0012\0\x01s\x80${bigEndian(100 * 2 ** 20)}`);
  for (let i = 0; i < 100; i++) {
    push(megabyte);
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before.arrayBuffers);
  }
  // Five million elements of a list.
  push(`\x01\x01l\x80${bigEndian(5_000_000)}`);
  const elements = Buffer.from('\x04abcd'.repeat(10_000), 'latin1');
  for (let i = 0; i < 500; i++) {
    push(elements);
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before.arrayBuffers);
  }
  expect(bytes).toBe(100 * 2 ** 20 + 20_000_000);
  expect(most).toBeLessThan(2 ** 20);
  expect(peak).toBeLessThan(64 * 2 ** 20);
});
