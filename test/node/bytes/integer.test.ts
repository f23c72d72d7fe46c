import { describe, expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import { addInt64, INT64_MAX, INT64_MIN, negateInt64, parseInt64, parseUint64 } from '../../../src/bytes/integer';
import { seededRandom } from '../../support/engine';
import { RealRedis, redisInstalled } from '../../support/real-redis';

describe('reading', () => {
  test.each([
    ['0', 0],
    ['-1', -1],
    ['999999999999999', 999999999999999],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740991', -9007199254740991],
    ['-9007199254740993', -9007199254740993n],
    ['9223372036854775807', INT64_MAX],
    ['-9223372036854775808', INT64_MIN],
  ])('%s', (text, value) => expect(parseInt64(text)).toBe(value));

  test.each([
    '',
    '-',
    '+1',
    '01',
    '-0',
    '-01',
    '00',
    ' 1',
    '1 ',
    '1.0',
    '1e3',
    '0x1',
    'abc',
    '9223372036854775808',
    '-9223372036854775809',
    '1\0',
  ])('%j is not an integer', (text) => expect(parseInt64(text)).toBeUndefined());

  test('unsigned', () => {
    expect(parseUint64('0')).toBe(0n);
    expect(parseUint64('18446744073709551615')).toBe(18446744073709551615n);
    for (const text of ['', '-1', '+1', '01', '18446744073709551616', '184467440737095516150']) expect(parseUint64(text)).toBeUndefined();
  });
});

describe('adding', () => {
  test.each([
    [1, 2, 3],
    [-5, 5, 0],
    [9007199254740991, 1, 9007199254740992n],
    [9007199254740992n, -1, 9007199254740991],
    [INT64_MAX, -1, 9223372036854775806n],
    [INT64_MAX, 1, undefined],
    [INT64_MAX, INT64_MAX, undefined],
    [INT64_MIN, -1, undefined],
    [INT64_MIN, INT64_MAX, -1],
    [9007199254740991, 9007199254740991, 18014398509481982n],
  ])('%s + %s', (a, b, sum) => expect(addInt64(a, b)).toBe(sum));

  test('as bigints do it, and as a number whenever that is exact', () => {
    const random = seededRandom(4);
    const operand = () =>
      BigInt.asIntN(64, (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32))) >>
      BigInt(random.below(2) * random.below(64));
    let overflows = 0;
    for (let i = 0; i < 5000; i++) {
      const [a, b] = [operand(), operand()];
      const sum = addInt64(parseInt64(`${a}`) ?? 0, parseInt64(`${b}`) ?? 0);
      const exact = a + b;
      if (BigInt.asIntN(64, exact) !== exact) {
        overflows++;
        expect(sum).toBeUndefined();
      } else expect(sum).toBe(Number.isSafeInteger(Number(exact)) ? Number(exact) : exact);
    }
    expect(overflows).toBeGreaterThan(100);
  });

  test('negation', () => {
    expect(negateInt64(5)).toBe(-5);
    expect(negateInt64(0)).toBe(0);
    expect(negateInt64(INT64_MAX)).toBe(-9223372036854775807n);
    expect(negateInt64(-9223372036854775807n)).toBe(INT64_MAX);
    expect(negateInt64(INT64_MIN)).toBeUndefined();
  });
});

test.runIf(redisInstalled)('random texts, as redis-server reads and adds integers', async () => {
  const random = seededRandom(15);
  const text = () => {
    const digits = Array.from({ length: 1 + random.below(20) }, () => random.below(10)).join('');
    const shape = random.below(8);
    if (shape === 0) return `${['+', ' ', '0', '--', ''][random.below(5)]}${digits}${['', ' ', '.0', 'a'][random.below(4)]}`;
    if (shape === 1) return `${random.below(2) ? '-' : ''}92233720368547758${random.below(100)}`;
    return `${random.below(2) ? '-' : ''}${BigInt(digits)}`;
  };
  const redis = await RealRedis.start();
  try {
    const pairs = Array.from({ length: 3000 }, () => [text(), text()] as const);
    const replies = await redis.send(
      pairs.flatMap(([a, b]) => [
        ['SET', 'k', a],
        ['INCRBY', 'k', b],
      ]),
    );
    let sums = 0;
    pairs.forEach(([a, b], i) => {
      const [x, y] = [parseInt64(fromText(a)), parseInt64(fromText(b))];
      let ours = '-ERR value is not an integer or out of range\r\n';
      if (x !== undefined && y !== undefined) {
        const sum = addInt64(x, y);
        ours = sum === undefined ? '-ERR increment or decrement would overflow\r\n' : `:${sum}\r\n`;
      }
      expect(`${a} + ${b} ${ours}`).toBe(`${a} + ${b} ${replies[2 * i + 1]}`);
      if (ours.startsWith(':')) sums++;
    });
    expect(sums).toBeGreaterThan(1000);
    expect(pairs.length - sums).toBeGreaterThan(500);
  } finally {
    await redis.stop();
  }
});
