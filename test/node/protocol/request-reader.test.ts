import { describe, expect, test } from 'vitest';
import { type Bytes, toBuffer } from '../../../src/bytes/bytes';
import { MAX_ARGUMENTS, MAX_BULK_BYTES } from '../../../src/protocol/limits';
import { ProtocolError, RequestReader } from '../../../src/protocol/request-reader';
import { seededRandom } from '../../support/engine';
import { request } from '../../support/raw-client';

type Outcome = readonly string[] | { readonly error: string };

/** What a reader makes of a stream that arrives in these pieces. It stops at the first error, as a connection does. */
function read(pieces: readonly string[], trusted = true): Outcome[] {
  const reader = new RequestReader();
  reader.trusted = trusted;
  const outcomes: Outcome[] = [];
  for (const piece of pieces) {
    reader.push(piece as Bytes);
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      if (next instanceof ProtocolError) return [...outcomes, { error: next.text }];
      outcomes.push(next);
    }
  }
  return outcomes;
}

const STREAM = [
  request('SET', 'key', 'value with \r\n in it and \0 zero bytes and \xff'),
  'ping\r\n',
  '\r\n',
  request('', ''),
  '*0\r\n',
  '*-1\r\n',
  'SET "a b" \'c\\\'d\' "\\x41\\n"\n',
  request('x'.repeat(3000)),
  '*2\r\n$03\r\n',
].join('');

describe('wherever the stream is cut', () => {
  const whole = read([STREAM]);

  test('the whole stream is understood', () => {
    expect(whole).toHaveLength(9);
    expect(whole[6]).toEqual(['SET', 'a b', "c'd", 'A\n']);
    expect(whole[8]).toEqual({ error: 'invalid bulk length' });
  });

  test('every split point gives the same', () => {
    for (let i = 1; i < STREAM.length; i++) expect(read([STREAM.slice(0, i), STREAM.slice(i)])).toEqual(whole);
  });

  test('byte by byte, and in random pieces', () => {
    expect(read([...STREAM])).toEqual(whole);
    const random = seededRandom(3);
    for (let run = 0; run < 200; run++) {
      const pieces: string[] = [];
      for (let at = 0; at < STREAM.length; ) {
        const length = 1 + random.below(run < 100 ? 20 : 2000);
        pieces.push(STREAM.slice(at, at + length));
        at += length;
      }
      expect(read(pieces)).toEqual(whole);
    }
  });
});

test.each<[input: string, error: string]>([
  ['*x\r\n', 'invalid multibulk length'],
  ['*\r\n', 'invalid multibulk length'],
  ['*01\r\n', 'invalid multibulk length'],
  ['*3000000000\r\n', 'invalid multibulk length'],
  [`*${MAX_ARGUMENTS + 1}\r\n`, 'invalid multibulk length'],
  ['*1\r\nping\r\n', "expected '$', got 'p'"],
  ['*1\r\n\r\n', "expected '$', got '\r'"],
  ['*1\r\n$-1\r\n', 'invalid bulk length'],
  ['*1\r\n$2000000000\r\n', 'invalid bulk length'],
  [`*1\r\n$${MAX_BULK_BYTES + 1}\r\n`, 'invalid bulk length'],
  ['*1\r\n$ 1\r\n', 'invalid bulk length'],
  ['*1\r\n$99999999999999999999\r\n', 'invalid bulk length'],
  ['get "a\r\n', 'unbalanced quotes in request'],
  ["get 'a' 'b'c\r\n", 'unbalanced quotes in request'],
  ['A'.repeat(64 * 1024 + 1), 'too big inline request'],
  [`*${'1'.repeat(64 * 1024)}`, 'too big mbulk count string'],
  [`*1\r\n$${'1'.repeat(64 * 1024)}`, 'too big bulk count string'],
  // A zero byte hides the end of the line.
  [`\0${'A\r\n'.repeat(30_000)}`, 'too big inline request'],
  [`*\0${'A\r\n'.repeat(30_000)}`, 'too big mbulk count string'],
  [`*1\r\n$\0${'A\r\n'.repeat(30_000)}`, 'too big bulk count string'],
])('%#: a violation is named', (input, error) => {
  expect(read([input])).toEqual([{ error }]);
});

test.each(['\0ping\r\n', '*\x001\r\n', 'ping', '*1', '*1\r', '*1\r\n$4', '*1\r\n$4\r\nping', '*1\r\n$4\r\nping\r', 'A'.repeat(64 * 1024)])(
  '%#: an incomplete request waits',
  (input) => {
    expect(read([input])).toEqual([]);
  },
);

test('a client that has not authenticated may send little', () => {
  expect(read(['*11\r\n'], false)).toEqual([{ error: 'unauthenticated multibulk length' }]);
  expect(read(['*1\r\n$16385\r\n'], false)).toEqual([{ error: 'unauthenticated bulk length' }]);
  expect(read([request(...Array.from({ length: 10 }, () => 'x'.repeat(16384)))], false)).toHaveLength(1);
});

test('pendingBytes counts what no command has used', () => {
  const reader = new RequestReader();
  reader.push('ping\r\n*2\r\n$3\r\nabc\r\n$10\r\n12345' as Bytes);
  expect(reader.pendingBytes).toBe(29);
  expect(reader.next()).toEqual(['ping']);
  expect(reader.next()).toBeUndefined();
  expect(reader.pendingBytes).toBe('abc'.length + '12345'.length);
  expect(reader.idle).toBe(false);
  reader.push('67890\r\n' as Bytes);
  expect(reader.next()).toEqual(['abc', '1234567890']);
  expect(reader.idle).toBe(true);
});

test('a large value in small pieces costs what it weighs', () => {
  const value = 'v'.repeat(5 * 1024 * 1024);
  const stream = toBuffer(request('SET', 'key', value));
  const reader = new RequestReader();
  const started = performance.now();
  let command: ReturnType<RequestReader['next']>;
  for (let at = 0; at < stream.length; at += 1024) {
    reader.push(stream.subarray(at, at + 1024));
    command = reader.next();
  }
  // Joining at every piece would copy 13 GB.
  expect(performance.now() - started).toBeLessThan(1000);
  expect(command).toEqual(['SET', 'key', value]);
});
