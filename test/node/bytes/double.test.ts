import { describe, expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import { formatDouble, parseDouble } from '../../../src/bytes/double';
import { seededRandom } from '../../support/engine';
import { numeral } from '../../support/numerals';
import { RealRedis, redisInstalled } from '../../support/real-redis';

describe('reading', () => {
  test.each([
    ['1', 1],
    ['+1.5', 1.5],
    ['-.5e1', -5],
    ['1.', 1],
    ['1e3', 1000],
    ['007', 7],
    ['inf', Infinity],
    ['-INFINITY', -Infinity],
    ['+Inf', Infinity],
    ['0x10', 16],
    ['-0X1.8p1', -3],
    ['0x.1', 0.0625],
    ['0x1p-1074', 5e-324],
    // Halfway between zero and the smallest double, and a little more.
    ['0x1.8p-1075', 5e-324],
    // 2^53 + 1 is a tie; what follows it far behind decides.
    ['0x20000000000001', 2 ** 53],
    ['0x20000000000001.0000000000000000001', 2 ** 53 + 2],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['4.9e-324', 5e-324],
    ['0e999999', 0],
    ['0x0p99999', 0],
  ])('%s', (text, value) => expect(parseDouble(text)).toBe(value));

  test('a zero keeps its sign', () => {
    for (const text of ['-0', '-0.0e5', '-0x0']) expect(parseDouble(text)).toBe(-0);
    for (const text of ['0', '+0.0']) expect(parseDouble(text)).toBe(0);
  });

  test.each([
    '',
    ' 1',
    '1 ',
    '1x',
    '.',
    '-',
    '+',
    'e5',
    '1e',
    '1e+',
    '0x',
    '0x.',
    '0xp1',
    '0x1p',
    'nan',
    'NAN',
    '-nan',
    'infin',
    '1_0',
    '1,5',
    '1\n',
  ])('%j is not a float', (text) => expect(parseDouble(text)).toBeUndefined());

  test.each(['1e309', '-1e309', '0x1p1024', '1e-400', '-1e-400', '0x1p-1075', '1e99999999999999999999'])('%s leaves the range', (text) =>
    expect(parseDouble(text)).toBeUndefined(),
  );
});

describe('printing', () => {
  test.each([
    [0, '0'],
    [-0, '-0'],
    [3, '3'],
    [-17, '-17'],
    [2 ** 53 + 2, '9007199254740994'],
    [2 ** 62, '4611686018427387904'],
    [1.5, '1.5'],
    [0.1, '0.1'],
    [-0.001, '-0.001'],
    [0.000001, '0.000001'],
    [1e-7, '1e-7'],
    [1.25e-9, '1.25e-9'],
    [1e20, '1e+20'],
    [1.5e300, '1.5e+300'],
    [5e-324, '5e-324'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [Number.NaN, 'nan'],
  ])('%d is %s', (value, text) => expect(formatDouble(value)).toBe(text));

  test('any double reads back as itself', () => {
    const random = seededRandom(8);
    const view = new DataView(new ArrayBuffer(8));
    let finite = 0;
    for (let i = 0; i < 20_000; i++) {
      view.setUint32(0, random.below(2 ** 32));
      view.setUint32(4, random.below(2 ** 32));
      const value = i % 2 ? view.getFloat64(0) : random.below(1e6) / 10 ** random.below(15);
      if (!Number.isFinite(value)) continue;
      finite++;
      expect(parseDouble(formatDouble(value))).toBe(value);
    }
    expect(finite).toBeGreaterThan(19_000);
  });
});

test.runIf(redisInstalled)('random numerals, as redis-server reads scores', async () => {
  const random = seededRandom(71);
  const redis = await RealRedis.start();
  try {
    const texts = Array.from({ length: 5000 }, () => numeral(random, 330));
    const replies = await redis.send(
      texts.flatMap((text) => [
        ['ZADD', 'z', text, 'm'],
        ['ZSCORE', 'z', 'm'],
      ]),
    );
    let numbers = 0;
    texts.forEach((text, i) => {
      const value = parseDouble(fromText(text));
      if (replies[2 * i]?.startsWith('-')) {
        expect(`${text} ${value}`).toBe(`${text} undefined`);
        return;
      }
      numbers++;
      // 17 significant digits name exactly one double.
      const score = (replies[2 * i + 1] as string).split('\r\n')[1] as string;
      expect(`${text} ${value}`).toBe(`${text} ${parseDouble(score)}`);
    });
    expect(numbers).toBeGreaterThan(3500);
    expect(texts.length - numbers).toBeGreaterThan(300);
  } finally {
    await redis.stop();
  }
});
