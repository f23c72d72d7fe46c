import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import {
  AttributeReply,
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  ErrorReply,
  MapReply,
  NULL_ARRAY,
  OK,
  PrefacedReply,
  PushReply,
  type Reply,
  SetReply,
  Status,
  VerbatimReply,
} from '../../../src/protocol/reply';
import { decodeReply, ReplyReader } from '../../../src/protocol/reply-reader';
import { ProtocolError } from '../../../src/protocol/request-reader';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { seededRandom } from '../../support/engine';

const nested: Reply = [
  ascii('a\r\nb'),
  [],
  [1, [2n ** 63n - 1n, [null]]],
  new MapReply([ascii('k'), [OK], ascii(''), new SetReply([1, 2])]),
];

const cases: [wire: string, value: Reply][] = [
  ['+OK\r\n', OK],
  ['+a b\r\n', new Status('a b')],
  ['+\r\n', new Status('')],
  ['-ERR no\r\n', new ErrorReply('ERR no')],
  [':0\r\n', 0],
  [':-7\r\n', -7],
  [':9223372036854775807\r\n', 9223372036854775807n],
  ['$-1\r\n', null],
  ['$0\r\n\r\n', ascii('')],
  ['$5\r\n\x00\r\n\xff+\r\n', ascii('\x00\r\n\xff+')],
  ['*-1\r\n', NULL_ARRAY],
  ['*0\r\n', []],
  ['_\r\n', null],
  ['#t\r\n', new BooleanReply(true)],
  ['#f\r\n', new BooleanReply(false)],
  [',1.5\r\n', new DoubleReply(1.5)],
  [',-inf\r\n', new DoubleReply(Number.NEGATIVE_INFINITY)],
  [',nan\r\n', new DoubleReply(Number.NaN)],
  ['(3492890328409238509324850943850943825024385\r\n', new BigNumberReply(ascii('3492890328409238509324850943850943825024385'))],
  ['=7\r\ntxt:a\r\n\r\n', new VerbatimReply('txt', ascii('a\r\n'))],
  ['=5\r\nmkd:#\r\n', new VerbatimReply('mkd', ascii('#'))],
  ['!5\r\nERR x\r\n', new ErrorReply('ERR x')],
  ['%1\r\n+a\r\n*1\r\n:1\r\n', new MapReply([new Status('a'), [1]])],
  ['~2\r\n:1\r\n:2\r\n', new SetReply([1, 2])],
  ['>2\r\n+message\r\n:1\r\n', new PushReply([new Status('message'), 1])],
  ['|1\r\n+ttl\r\n:3\r\n*1\r\n:5\r\n', new PrefacedReply(new AttributeReply([new Status('ttl'), 3]), [5])],
  ['*2\r\n|1\r\n+a\r\n*1\r\n:1\r\n:6\r\n:7\r\n', [new PrefacedReply(new AttributeReply([new Status('a'), [1]]), 6), 7]],
  [encodeReply(nested, 3), nested],
];

/** Everything that a reader gives for what arrives in these pieces. */
function readAll(pieces: readonly string[], raw: boolean): (Reply | ProtocolError)[] {
  const reader = new ReplyReader();
  const found: (Reply | ProtocolError)[] = [];
  for (const piece of pieces) {
    reader.push(ascii(piece));
    for (;;) {
      const one = raw ? reader.nextRaw() : reader.next();
      if (one === undefined) break;
      found.push(one);
      if (one instanceof ProtocolError) return found;
    }
  }
  return found;
}

describe('values', () => {
  test.each(cases)('%j', (wire, value) => {
    expect(readAll([wire], false)).toEqual([value]);
    expect(decodeReply(wire as Bytes)).toEqual(value);
  });

  test('a reply that was written is read back the same', () => {
    for (const [, value] of cases) {
      expect(decodeReply(encodeReply(value, 3) as Bytes)).toEqual(value === NULL_ARRAY ? null : value);
    }
  });
});

describe('a stream cut anywhere', () => {
  const wires = cases.map(([wire]) => wire);
  const stream = wires.join('');

  test('at every single point', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(readAll([stream.slice(0, cut), stream.slice(cut)], true)).toEqual(wires);
    }
  });

  test('char by char', () => {
    expect(readAll([...stream], true)).toEqual(wires);
    expect(readAll([...stream], false)).toEqual(cases.map(([, value]) => value));
  });

  test('at random points, as bytes', () => {
    const random = seededRandom(7);
    for (let run = 0; run < 100; run++) {
      const reader = new ReplyReader();
      const found: unknown[] = [];
      for (let at = 0; at < stream.length; ) {
        const length = 1 + random.below(20);
        reader.push(Buffer.from(stream.slice(at, at + length), 'latin1'));
        at += length;
        for (let raw = reader.nextRaw(); raw !== undefined; raw = reader.nextRaw()) found.push(raw);
      }
      expect(found).toEqual(wires);
      expect(reader.idle).toBe(true);
    }
  });

  test('a half reply is not idle', () => {
    const reader = new ReplyReader();
    for (const char of '*2\r\n$3\r\nabc\r\n:1') {
      reader.push(ascii(char));
      expect(reader.nextRaw()).toBeUndefined();
      expect(reader.idle).toBe(false);
    }
    reader.push(ascii('\r\n'));
    expect(reader.nextRaw()).toBe('*2\r\n$3\r\nabc\r\n:1\r\n');
    expect(reader.idle).toBe(true);
  });

  test('a large reply in small pieces takes time in proportion to its size', () => {
    const element = `$1000\r\n${'x'.repeat(1000)}\r\n`;
    const wire = `*20000\r\n${element.repeat(20_000)}`;
    const reader = new ReplyReader();
    const started = performance.now();
    let raw: unknown;
    for (let at = 0; at < wire.length; at += 4096) {
      reader.push(wire.slice(at, at + 4096) as Bytes);
      raw = reader.nextRaw();
    }
    expect(raw).toBe(wire);
    // Looking at all of it again for each piece would be 50 GB of work.
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('what is no RESP', () => {
  test.each([
    'x\r\n',
    '\r\n',
    ':abc\r\n',
    ':99999999999999999999\r\n',
    '$-2\r\n',
    '$1x\r\n',
    '*-2\r\n',
    '*99999999999999\r\n',
    '$99999999999\r\n',
    '*1\r\nnope\r\n',
    `+${'x'.repeat(2 * 1024 * 1024)}`,
  ])('%#', (wire) => {
    const [first] = readAll([`:1\r\n${wire}`], true);
    expect(first).toBe(':1\r\n');
    const reader = new ReplyReader();
    reader.push(ascii(wire));
    expect(reader.nextRaw()).toBeInstanceOf(ProtocolError);
    reader.push(ascii(':1\r\n'));
    expect(reader.nextRaw()).toBeInstanceOf(ProtocolError);
  });

  test('nesting beyond reason is refused', () => {
    expect(() => decodeReply(`${'*1\r\n'.repeat(100_000)}:1\r\n` as Bytes)).toThrow(RangeError);
  });
});
