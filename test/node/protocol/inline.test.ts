import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { splitInline } from '../../../src/protocol/inline';
import { seededRandom, TestEngine } from '../../support/engine';
import { exchange } from '../../support/raw-client';
import { RealRedis, redisInstalled } from '../../support/real-redis';

test.each<[line: string, argv: string[] | undefined]>([
  ['', []],
  ['  \t ', []],
  ['ping', ['ping']],
  ['  set  a\tb ', ['set', 'a', 'b']],
  ['set "a b" c', ['set', 'a b', 'c']],
  ['"" \'\'', ['', '']],
  ['"\\x41\\x0a\\n\\r\\t\\b\\a\\q\\\\\\""', ['A\n\n\r\t\b\x07q\\"']],
  ['"\\xzz\\x4"', ['xzzx4']],
  ["'a\\'b\\n'", ["a'b\\n"]],
  ['foo"bar baz" x', ['foobar baz', 'x']],
  ['a\\b', ['a\\b']],
  ['a\x0bb \x0bc', ['a\x0bb', 'c']],
  ['"a"\x0b"b"', ['a', 'b']],
  ['\xa0ping', ['\xa0ping']],
  ['"a', undefined],
  ["'a", undefined],
  ['"a"b', undefined],
  ['"a\\', undefined],
  ['"a""b"', undefined],
])('%j', (line, argv) => {
  expect(splitInline(line)).toEqual(argv);
});

describe.skipIf(!redisInstalled)('against redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test('random lines are split alike', async () => {
    const random = seededRandom(11);
    const letters = ' \t\x0b"\'\\xn41ab\xa0';
    let understood = 0;
    for (let run = 0; run < 300; run++) {
      const line = Array.from({ length: random.below(14) }, () => letters[random.below(letters.length)]).join('');
      // An unknown command's error shows how the line was split.
      const input = `nope ${line}\r\n` as Bytes;
      const output = new TestEngine().connect().receive(input).output;
      expect({ line, output }).toEqual({ line, output: await exchange(redis.port, input) });
      if (output.startsWith('-ERR unknown command')) understood++;
    }
    expect(understood).toBeGreaterThan(100);
    expect(understood).toBeLessThan(290);
  });
});
