// What a connection answers to a stream that is damaged, byte for byte as redis-server.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { seededRandom, TestEngine } from '../../support/engine';
import { exchange, request } from '../../support/raw-client';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const STREAM = [
  request('PING'),
  request('ECHO', 'hullo'),
  'ping\r\n',
  request('ECHO', 'a', 'b'),
  'echo "x y"\r\n',
  request('PING', 'bye'),
].join('');

test('a protocol error is answered and closes', () => {
  const connection = new TestEngine().connect();
  expect(connection.receive('ping\r\n*x\r\nping\r\n' as Bytes)).toEqual({
    output: '+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n',
    more: false,
    close: true,
  });
  expect(connection.receive(request('PING'))).toEqual({ output: '', more: false, close: true });
});

test('an HTTP request is cut off without an answer', () => {
  for (const input of ['POST / HTTP/1.1\r\n', 'ping\r\nHost: example.com\r\nping\r\n']) {
    expect(new TestEngine().connect().receive(input as Bytes)).toEqual({ output: '', more: false, close: true });
  }
});

test('a client that never ends its command is cut off', () => {
  const connection = new TestEngine().connect();
  const value = 'v'.repeat(16 * 1024 * 1024);
  let pieces = 0;
  connection.receive('*1000\r\n' as Bytes);
  for (let closed = false; !closed; pieces++) closed = connection.receive(`$${value.length}\r\n${value}\r\n` as Bytes).close;
  expect(pieces).toBe(5);
});

test('every split point of a stream gives the same output', () => {
  const { output } = new TestEngine().connect().receive(STREAM as Bytes);
  expect(output).toContain('wrong number of arguments');
  for (let i = 1; i < STREAM.length; i++) {
    const connection = new TestEngine().connect();
    const first = connection.receive(STREAM.slice(0, i) as Bytes);
    expect(first.output + connection.receive(STREAM.slice(i) as Bytes).output).toBe(output);
  }
});

describe.skipIf(!redisInstalled)('against redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test('random damage', async () => {
    const random = seededRandom(5);
    const bytes = '*$\r\n\0 "\'01359-pPx\xff';
    let protocolErrors = 0;
    let others = 0;
    for (let run = 0; run < 400; run++) {
      let input = STREAM;
      for (let damages = 1 + random.below(3); damages > 0; damages--) {
        const at = random.below(input.length);
        const kind = random.below(3);
        const put = kind === 0 ? '' : (bytes[random.below(bytes.length)] as string);
        input = input.slice(0, at) + put + input.slice(kind === 2 ? at : at + 1);
      }
      const { output } = new TestEngine().connect().receive(input as Bytes);
      expect({ input, output }).toEqual({ input, output: await exchange(redis.port, input as Bytes) });
      if (output.includes('Protocol error')) protocolErrors++;
      else others++;
    }
    expect(protocolErrors).toBeGreaterThan(100);
    expect(others).toBeGreaterThan(50);
  });
});
