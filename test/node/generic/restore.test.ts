// RESTORE with payloads that nobody should have sent: cut, changed, changed with a checksum that is right again, and made
// to take much memory. Each is refused with Redis' error, or leaves a value behind that is whole; nothing throws.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes, toBuffer } from '../../../src/bytes/bytes';
import { Crc64 } from '../../../src/bytes/crc64';
import { ErrorReply, OK } from '../../../src/protocol/reply';
import { defaultEncodingLimits } from '../../../src/types/limits';
import { ListValue } from '../../../src/types/list';
import { dumpPayload } from '../../../src/types/rdb/payload';
import { seededRandom, TestEngine } from '../../support/engine';

const BAD_PAYLOAD = new ErrorReply('ERR DUMP payload version or checksum are wrong');
const BAD_FORMAT = new ErrorReply('ERR Bad data format');
const FOOTER_BYTES = 10;

/** Bytes in hexadecimal, with spaces where it helps, and texts in quotes. */
function bytes(text: string): string {
  return text.replace(/'([^']*)'|([0-9a-f]{2})|\s+/g, (_, quoted?: string, hex?: string) =>
    quoted !== undefined ? quoted : hex ? String.fromCharCode(Number.parseInt(hex, 16)) : '',
  );
}

/** A payload around a value, with the checksum that it must have. */
function sealed(value: string, version = 10): Bytes {
  const body = `${value}${String.fromCharCode(version & 255, version >> 8)}` as Bytes;
  return `${body}${new Crc64().update(toBuffer(body)).bytes()}` as Bytes;
}

class Target {
  readonly engine = new TestEngine();

  restore(payload: string, ...options: string[]): unknown {
    const reply = this.engine.engine.execute(
      this.engine.client,
      ['RESTORE', 'k', '0', payload, 'REPLACE', ...options].map((arg) => arg as Bytes),
    );
    if (this.engine.faults.length > 0) throw this.engine.faults[0];
    return reply;
  }

  /** The value, or what the refusal says; in any case all is as it should be. */
  expectSound(payload: string): unknown {
    const before = this.engine.run('DEBUG', 'DIGEST');
    const reply = this.restore(payload);
    if (reply !== OK) {
      expect([BAD_FORMAT, BAD_PAYLOAD]).toContainEqual(reply);
      expect(this.engine.run('DEBUG', 'DIGEST')).toEqual(before);
      return reply;
    }
    // Whatever came of it can be dumped, and is the same when it is restored again.
    const digest = this.engine.run('DEBUG', 'DIGEST-VALUE', 'k');
    const dump = this.engine.run('DUMP', 'k') as string;
    expect(this.restore(dump)).toBe(OK);
    expect(this.engine.run('DEBUG', 'DIGEST-VALUE', 'k')).toEqual(digest);
    return reply;
  }
}

/** Lines that make a value of some form at `k`. */
const VALUES: Readonly<Record<string, string[][]>> = {
  string: [['SET', 'k', 'abcabcabcabcabcabcabcabcabcabcabcabc']],
  list: [['RPUSH', 'k', 'a', '1', '70000', 'x'.repeat(100), '-5', '9223372036854775807']],
  intset: [['SADD', 'k', '1', '-2', '70000', '5000000000']],
  set: [['SADD', 'k', 'a', '1', 'text', 'x'.repeat(30)]],
  'small sorted set': [['ZADD', 'k', '1', 'a', '2.5', 'b', '-inf', 'c', '1e300', 'd']],
  'sorted set': [['ZADD', 'k', '1', 'x'.repeat(70), '2.5', 'b', '3', 'c']],
  'small hash': [['HSET', 'k', 'f', 'v', 'g', '1', 'h', '-70000']],
  hash: [['HSET', 'k', 'f', 'x'.repeat(70), 'g', '1']],
  'small hash with deadlines': [
    ['HSET', 'k', 'f', 'v', 'g', '1', 'h', 'w'],
    ['HPEXPIREAT', 'k', '4000000000000', 'FIELDS', '2', 'f', 'g'],
  ],
  'hash with deadlines': [
    ['HSET', 'k', 'f', 'x'.repeat(70), 'g', '1', 'h', 'w'],
    ['HPEXPIREAT', 'k', '4000000000000', 'FIELDS', '2', 'f', 'g'],
  ],
  stream: [
    ['XADD', 'k', '5-1', 'f', 'v', 'g', '7'],
    ['XADD', 'k', '5-2', 'f', 'w', 'g', '8'],
    ['XADD', 'k', '9-0', 'other', 'z'],
    ['XGROUP', 'CREATE', 'k', 'group', '0'],
    ['XREADGROUP', 'GROUP', 'group', 'alice', 'COUNT', '2', 'STREAMS', 'k', '>'],
    ['XDEL', 'k', '5-2'],
  ],
  json: [['JSON.SET', 'k', '$', '{"a":[1,2.5,null,"text"],"b":{"c":true}}']],
  'Bloom filter': [
    ['BF.RESERVE', 'k', '0.01', '20'],
    ['BF.MADD', 'k', 'a', 'b', 'c'],
  ],
  'cuckoo filter': [
    ['CF.RESERVE', 'k', '8'],
    ['CF.ADD', 'k', 'a'],
  ],
  'count-min sketch': [
    ['CMS.INITBYDIM', 'k', '4', '2'],
    ['CMS.INCRBY', 'k', 'a', '5'],
  ],
  'top-k': [
    ['TOPK.RESERVE', 'k', '2', '4', '2', '0.9'],
    ['TOPK.ADD', 'k', 'a', 'b', 'a'],
  ],
  array: [['ARSET', 'k', '3', 'a', 'b', 'c']],
};

function payloadOf(lines: readonly string[][]): Bytes {
  const engine = new TestEngine();
  for (const line of lines) expect(engine.run(...line)).not.toBeInstanceOf(ErrorReply);
  return engine.run('DUMP', 'k') as Bytes;
}

describe.each(Object.entries(VALUES))('%s', (_, lines) => {
  const payload = payloadOf(lines);
  const value = payload.slice(0, -FOOTER_BYTES);

  test('comes back as it was', () => {
    const target = new Target();
    expect(target.expectSound(payload)).toBe(OK);
    const original = new TestEngine();
    for (const line of lines) original.run(...line);
    expect(target.engine.run('DEBUG', 'DIGEST-VALUE', 'k')).toEqual(original.run('DEBUG', 'DIGEST-VALUE', 'k'));
    expect(target.engine.run('OBJECT', 'ENCODING', 'k')).toEqual(original.run('OBJECT', 'ENCODING', 'k'));
    expect(target.engine.run('DUMP', 'k')).toBe(payload);
  });

  test('is refused when it is cut', () => {
    const target = new Target();
    for (let length = 0; length < payload.length; length++) expect(target.restore(payload.slice(0, length))).toEqual(BAD_PAYLOAD);
  });

  test('is refused when it is cut and sealed again', () => {
    const target = new Target();
    for (let length = 0; length < value.length; length++) expect(target.restore(sealed(value.slice(0, length)))).toEqual(BAD_FORMAT);
    expect(target.engine.run('DBSIZE')).toBe(0);
  });

  test('is refused when any bit is changed', () => {
    const target = new Target();
    for (let at = 0; at < payload.length; at++) {
      for (let bit = 0; bit < 8; bit++) expect(target.restore(changed(payload, at, (code) => code ^ (1 << bit)))).toEqual(BAD_PAYLOAD);
    }
  });

  test('does no harm when any byte is changed and it is sealed again', () => {
    const target = new Target();
    let refused = 0;
    for (let at = 0; at < value.length; at++) {
      for (const code of [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc3, 0xf0, 0xf4, 0xfe, 0xff, value.charCodeAt(at) ^ 1]) {
        if (
          target.expectSound(
            sealed(
              changed(value, at, () => code),
              12,
            ),
          ) !== OK
        )
          refused++;
      }
    }
    expect(refused).toBeGreaterThan(value.length);
  });

  test('does no harm when it is mixed up and sealed again', () => {
    const target = new Target();
    const random = seededRandom(7);
    for (let round = 0; round < 1000; round++) {
      let mixed: string = value;
      for (let left = 1 + random.below(4); left > 0; left--) mixed = changed(mixed, random.below(mixed.length), () => random.below(256));
      if (random.below(4) === 0) mixed = mixed.slice(0, random.below(mixed.length)) + mixed.slice(random.below(mixed.length));
      target.expectSound(sealed(mixed, 12));
    }
  });
});

function changed(text: string, at: number, change: (code: number) => number): string {
  return text.slice(0, at) + String.fromCharCode(change(text.charCodeAt(at))) + text.slice(at + 1);
}

describe('values that Redis would not hold', () => {
  test.each([
    ['a list without elements', '12 00'],
    ['a list of empty nodes', '12 01 02 07 07000000 0000 ff'],
    ['a set without members', '02 00'],
    ['a set with a member twice', "02 02 01 'a' 01 'a'"],
    ['a set of integers with a member twice', '02 02 c0 05 c0 05'],
    ['an intset without members', '0b 08 02000000 00000000'],
    ['an intset that does not ascend', '0b 0c 02000000 02000000 0500 0400'],
    ['an intset with a member twice', '0b 0c 02000000 02000000 0500 0500'],
    ['an intset of an unknown width', '0b 0b 03000000 01000000 050000'],
    ['a sorted set with a score that is not a number', "05 01 01 'a' 000000000000f87f"],
    ['the same as a text', "03 01 01 'a' fd"],
    ['a sorted set with a member twice', "05 02 01 'a' 000000000000f03f 01 'a' 0000000000000040"],
    ['a small sorted set with a member twice', "11 11 11000000 0400 81 'a' 02 01 01 81 'a' 02 02 01 ff"],
    ['a small sorted set with a text as score', "11 0d 0d000000 0200 81 'a' 02 81 'x' 02 ff"],
    ['a small sorted set without a score', "11 0a 0a000000 0100 81 'a' 02 ff"],
    ['a hash with a field twice', "04 02 01 'f' 01 'v' 01 'f' 01 'w'"],
    ['a small hash without a value', "10 0a 0a000000 0100 81 'f' 02 ff"],
    ['a deadline of a field beyond all bounds', "18 ffffffffffffff7f 01 01 01 'f' 01 'v'"],
    ['a listpack with an element of the wrong length behind it', "10 0d 0d000000 0200 81 'f' 03 81 'v' 02 ff"],
    ['a listpack with another number of elements', "10 0d 0d000000 0300 81 'f' 02 81 'v' 02 ff"],
    ['a listpack with an unknown element', "10 0d 0d000000 0200 81 'f' 02 f5 00 02 ff"],
    ['an unknown type', 'ff 00'],
    ['a module that nobody knows', '07 81 0102030405060708 00'],
    ['nothing', ''],
  ])('%s', (_, value) => {
    const target = new Target();
    expect(target.restore(sealed(bytes(value), 12))).toEqual(BAD_FORMAT);
    expect(target.engine.run('EXISTS', 'k')).toBe(0);
  });
});

describe('forms that are only read', () => {
  test.each<[string, string, string[], string[]]>([
    ['a list of strings', "01 03 01 'a' c0 05 c1 e803", ['LRANGE', 'k', '0', '-1'], ['a', '5', '1000']],
    [
      'a list as a ziplist',
      // A string, a small integer, and integers of 1, 2, 3, 4 and 8 bytes.
      "0a 2c 2c000000 21000000 0700 00 01 'a' 03 f3 02 fe 9c 03 c0 e803 04 f0 a08601 05 d0 00ca9a3b 06 e0 00e40b5402000000 ff",
      ['LRANGE', 'k', '0', '-1'],
      ['a', '2', '-100', '1000', '100000', '1000000000', '10000000000'],
    ],
    ['a list of ziplists', "0e 01 0e 0e000000 0a000000 0100 00 01 'a' ff", ['LRANGE', 'k', '0', '-1'], ['a']],
    ['a list with a large element', "12 01 01 03 'abc'", ['LRANGE', 'k', '0', '-1'], ['abc']],
    ['a hash as a zipmap', "09 0e 02 01 'f' 01 00 'v' 01 'g' 01 02 'w' '..' ff", ['HGETALL', 'k'], ['f', 'v', 'g', 'w']],
    ['a hash as a ziplist', "0d 11 11000000 0d000000 0200 00 01 'f' 03 01 'v' ff", ['HGETALL', 'k'], ['f', 'v']],
    ['a sorted set as a ziplist', "0c 10 10000000 0d000000 0200 00 01 'm' 03 f3 ff", ['ZRANGE', 'k', '0', '-1', 'WITHSCORES'], ['m', '2']],
    [
      'a sorted set with scores as texts',
      "03 03 01 'a' fe 01 'b' ff 01 'c' 03 '1.5'",
      ['ZRANGE', 'k', '0', '-1', 'WITHSCORES'],
      ['b', '-inf', 'c', '1.5', 'a', 'inf'],
    ],
    ['a set as a listpack', "14 0c 0c000000 0200 81 'a' 02 05 01 ff", ['SMEMBERS', 'k'], ['a', '5']],
  ])('%s', (_, value, line, expected) => {
    const target = new Target();
    expect(target.expectSound(sealed(bytes(value)))).toBe(OK);
    const reply = target.engine.run(...line) as { items?: unknown[] } | unknown[];
    const items = Array.isArray(reply) ? reply : (reply.items as unknown[]);
    expect(
      items.map((item) =>
        typeof item === 'object' && item !== null && 'value' in item ? shownScore((item as { value: number }).value) : item,
      ),
    ).toEqual(expected);
  });
});

function shownScore(value: number): string {
  return `${value}`.replace('Infinity', 'inf');
}

describe('what would take much memory', () => {
  test.each([
    ['a string that claims to be long', '00 80 7fffffff 41'],
    ['a string that claims to be longer than any', '00 81 ffffffffffffffff 41'],
    ['a compressed string that claims more than it can be', "00 c3 03 80 7fffffff 00 'a' e0"],
    ['a set that claims many members', "02 81 000000ffffffffff 01 'a'"],
    ['a hash that claims many fields', "04 80 ffffffff 01 'f' 01 'v'"],
    ['a stream that claims many nodes', '13 80 ffffffff 10'],
    ['an intset that claims many members', '0b 0c 02000000 ffffffff 0500 0600'],
  ])('%s', (_, value) => {
    const target = new Target();
    expect(target.restore(sealed(bytes(value)))).toEqual(BAD_FORMAT);
  });

  test('many elements in a few bytes', () => {
    // Each list element is one byte that is compressed to nearly nothing, so that a megabyte stands for some ninety.
    const run = `${'\x00\x00'}${'\xe0\xff\x00'.repeat(400_000)}`;
    const length = 1 + 264 * 400_000;
    const header = (count: number) =>
      String.fromCharCode(0x80, (count >>> 24) & 255, (count >>> 16) & 255, (count >>> 8) & 255, count & 255);
    const string = (text: string) => `\xc3${header(text.length)}${header(length)}${text}`;
    const target = new Target();
    expect(target.restore(sealed(`\x12\x01\x02${string(run)}`))).toEqual(BAD_FORMAT);
  });

  test('a large value that is dumped can be restored', () => {
    const list = new ListValue(defaultEncodingLimits());
    for (let i = 0; i < 300_000; i++) list.push('right', ascii(`element ${i}`));
    const target = new Target();
    expect(target.restore(dumpPayload(list))).toBe(OK);
    expect(target.engine.run('LLEN', 'k')).toBe(300_000);
    expect(target.engine.run('LINDEX', 'k', '-1')).toBe('element 299999');
  });
});

describe('options', () => {
  const payload = sealed(bytes("00 01 'v'"));

  test('a deadline is recorded as an instant', () => {
    const target = new Target();
    target.engine.now = 1_700_000_000_000;
    expect(
      target.engine.engine.execute(
        target.engine.client,
        ['RESTORE', 'k', '5000', payload].map((arg) => arg as Bytes),
      ),
    ).toBe(OK);
    target.engine.flush();
    const copy = target.engine.replayed();
    copy.now = target.engine.now + 1000;
    expect(copy.run('PTTL', 'k')).toBe(4000);
  });

  test('a deadline in the past leaves nothing', () => {
    const target = new Target();
    target.engine.now = 1_700_000_000_000;
    target.engine.run('SET', 'k', 'old');
    const restore = (ttl: string) =>
      target.engine.engine.execute(
        target.engine.client,
        ['RESTORE', 'k', ttl, payload, 'ABSTTL', 'REPLACE'].map((arg) => arg as Bytes),
      );
    expect(restore('1600000000000')).toBe(OK);
    expect(target.engine.run('EXISTS', 'k')).toBe(0);
    target.engine.flush();
    expect(target.engine.replayed().run('EXISTS', 'k')).toBe(0);
  });

  test('IDLETIME and FREQ count under the policy that looks at them', () => {
    const target = new Target();
    target.restore(payload, 'IDLETIME', '1000');
    expect(target.engine.run('OBJECT', 'IDLETIME', 'k')).toBe(1000);
    target.restore(payload, 'FREQ', '100');
    expect(target.engine.run('OBJECT', 'IDLETIME', 'k')).toBe(0);
    target.engine.run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
    target.restore(payload, 'FREQ', '100');
    expect(target.engine.run('OBJECT', 'FREQ', 'k')).toBe(100);
    target.restore(payload, 'IDLETIME', '1000');
    expect(target.engine.run('OBJECT', 'FREQ', 'k')).toBe(5);
  });
});
