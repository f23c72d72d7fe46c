import { describe, expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import { addLongDouble } from '../../../src/bytes/long-double';
import { seededRandom } from '../../support/engine';
import { numeral } from '../../support/numerals';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const add = (a: string, b: string) => addLongDouble(fromText(a), fromText(b));

describe('sums', () => {
  test.each([
    ['10.50', '0.1', '10.6'],
    ['5.0e3', '2.0e2', '5200'],
    ['1.23', '0', '1.23'],
    ['0', '0.1', '0.1'],
    ['3', '1.1', '4.1'],
    ['0.1', '0.2', '0.3'],
    // A mantissa of 64 bits hides that 0.1 is not exact while the whole part is short.
    ['1000000.1', '0.2', '1000000.30000000000001137'],
    ['9223372036854775807', '1', '9223372036854775808'],
    ['18446744073709551615', '1', '18446744073709551616'],
    // 2^64 + 1 needs 65 bits: the tie goes to the even mantissa.
    ['18446744073709551616', '1', '18446744073709551616'],
    ['18446744073709551616', '3', '18446744073709551620'],
    ['1', '-1', '0'],
    ['-0', '-0', '0'],
    ['-1e-18', '0', '0'],
    ['0x10', '0x.8p1', '17'],
    ['0x1p-3', '+.5', '0.625'],
    ['1e30', '0', '1000000000000000000024696061952'],
  ])('%s + %s = %s', (a, b, sum) => {
    expect(add(a, b)).toBe(sum);
  });

  test('a value in the middle of two printable ones rounds to the even digit', () => {
    // 2^-18 has 18 decimals and ends in 5.
    expect(add('0x1p-18', '0')).toBe('0.00000381469726562');
    expect(add('0x3p-18', '0')).toBe('0.00001144409179688');
  });

  test('infinity is read but never a result', () => {
    expect(add('inf', '1')).toBe('not-finite');
    expect(add('1', '-Infinity')).toBe('not-finite');
    expect(add('inf', '-inf')).toBe('not-finite');
    expect(add('1.1e4932', '1.1e4932')).toBe('not-finite');
  });

  test('what is at fault is told, the current value first', () => {
    expect(add('abc', 'def')).toBe('invalid-current');
    expect(add('1', 'def')).toBe('invalid-increment');
  });
});

describe('numerals', () => {
  test.each(['', ' 1', '1 ', '1x', '.', '+', '-', 'e5', '.e5', '1e', '1e+', '0x', '0x.', '0x1p', '0xg', 'nan', 'NaN', '-nan(1)', '1\0'])(
    '%j is not a float',
    (text) => expect([add(text, '1'), add('1', text)]).toEqual(['invalid-current', 'invalid-increment']),
  );

  test.each(['1e4933', '-1e4933', '1e-4952', '0x1p16384', '0x1p-16446', '1e99999999999999999999', '1e-99999999999999999999'])(
    '%s leaves the range',
    (text) => expect(add(text, '1')).toBe('invalid-current'),
  );

  test.each(['0e99999999999', '0x0p-99999', '-0', '0.000', '1e-4950', '0x1p-16445', '0x1.8p-16446'])(
    '%s is zero or too small to show',
    (text) => expect(add(text, '0')).toBe('0'),
  );

  test('the largest value has 4,933 digits, and a numeral is rounded before its range is judged', () => {
    const largest = add('0xffffffffffffffffp16320', '0');
    expect(largest).toHaveLength(4933);
    expect(add('0xffffffffffffffff7p16316', '0')).toBe(largest);
    expect(add('0xffffffffffffffff8p16316', '0')).toBe('invalid-current');
    // Less than half of its last place is lost in the sum, a whole one is too much.
    expect(add('0xffffffffffffffffp16320', '0x.7p16320')).toBe(largest);
    expect(add('0xffffffffffffffffp16320', '0x1p16320')).toBe('not-finite');
  });

  test('5,119 bytes are read, one more is refused', () => {
    expect(add(`1.${'0'.repeat(5117)}`, '0')).toBe('1');
    expect(add(`1.${'0'.repeat(5118)}`, '0')).toBe('invalid-current');
  });
});

const TEXTS = {
  'invalid-current': '-ERR value is not a valid float\r\n',
  'invalid-increment': '-ERR value is not a valid float\r\n',
  'not-finite': '-ERR increment would produce NaN or Infinity\r\n',
};

test.runIf(redisInstalled)('random operands, as redis-server adds them', async () => {
  const random = seededRandom(20240601);
  const redis = await RealRedis.start();
  try {
    const pairs = Array.from({ length: 6000 }, () => [numeral(random, 5000), numeral(random, 5000)] as const);
    const replies = await redis.send(
      pairs.flatMap(([a, b]) => [
        ['SET', 'k', a],
        ['INCRBYFLOAT', 'k', b],
      ]),
    );
    let sums = 0;
    pairs.forEach(([a, b], i) => {
      const sum = add(a, b);
      const ours = sum in TEXTS ? TEXTS[sum as keyof typeof TEXTS] : `$${sum.length}\r\n${sum}\r\n`;
      expect(`${a} + ${b} ${ours}`).toBe(`${a} + ${b} ${replies[2 * i + 1]}`);
      if (!(sum in TEXTS)) sums++;
    });
    expect(sums).toBeGreaterThan(3500);
    expect(pairs.length - sums).toBeGreaterThan(500);
  } finally {
    await redis.stop();
  }
});
