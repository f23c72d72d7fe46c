// Numbers of Lua as text, and texts as numbers.

import { describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { significantDigits, toFixedPoint, toScientific } from '../../../src/lua/decimal';
import { formatNumber, layOutGeneral, parseNumber } from '../../../src/lua/number';

describe('a number as text', () => {
  test.each([
    [0, '0'],
    [-0, '-0'],
    [3, '3'],
    [-17.5, '-17.5'],
    [0.1, '0.1'],
    [1 / 3, '0.33333333333333'],
    [2 ** 53, '9.007199254741e+15'],
    [99999999999999, '99999999999999'],
    [1e14, '1e+14'],
    [1e15, '1e+15'],
    [123456789012345, '1.2345678901234e+14'],
    [123456789012335, '1.2345678901234e+14'],
    [1.5e-5, '1.5e-05'],
    [0.0001, '0.0001'],
    [5e-324, '4.9406564584125e-324'],
    [1.7976931348623157e308, '1.7976931348623e+308'],
    [999999999999999, '1e+15'],
    [-2.5e-310, '-2.5e-310'],
    [0.999999999999999, '1'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [NaN, '-nan'],
  ])('%d is %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test('is what the exact digits give, for numbers of all sizes', () => {
    let seed = 12345;
    const random = () => {
      seed = (seed * 16807) % 2147483647;
      return seed / 2147483647;
    };
    let ties = 0;
    for (let i = 0; i < 3000; i++) {
      // Every other one has 15 digits with a 5 at the end: a tie if the number is one exactly.
      const scaled = Math.floor(random() * 1e14) * 10 + 5;
      const value = i % 2 === 0 ? scaled / 2 ** Math.floor(random() * 4) : random() * 10 ** Math.floor(random() * 600 - 300);
      if (Number.isInteger(value) && value > 1e14 && value % 10 === 5) ties++;
      expect(formatNumber(value)).toBe(layOutGeneral(significantDigits(value, 14), 14));
    }
    expect(ties).toBeGreaterThan(100);
  });
});

describe('decimal digits', () => {
  test('are exact, and ties go to the even digit', () => {
    expect(toFixedPoint(0.5, 0)).toBe('0');
    expect(toFixedPoint(1.5, 0)).toBe('2');
    expect(toFixedPoint(2.5, 0)).toBe('2');
    expect(toFixedPoint(0.125, 2)).toBe('0.12');
    expect(toFixedPoint(0.375, 2)).toBe('0.38');
    expect(toFixedPoint(0.1, 30)).toBe('0.100000000000000005551115123126');
    expect(toFixedPoint(0.05, 0)).toBe('0');
    expect(toFixedPoint(0.05, 1)).toBe('0.1');
    expect(toFixedPoint(0.004, 1)).toBe('0.0');
    expect(toFixedPoint(9.99, 1)).toBe('10.0');
    expect(toFixedPoint(0.96, 1)).toBe('1.0');
    expect(toFixedPoint(1e22, 1)).toBe('10000000000000000000000.0');
    expect(toFixedPoint(2 ** 70, 0)).toBe('1180591620717411303424');
    expect(toFixedPoint(0, 2)).toBe('0.00');
    expect(toScientific(0, 3)).toBe('0.000e+00');
    expect(toScientific(9.5, 0)).toBe('1e+01');
    expect(toScientific(8.5, 0)).toBe('8e+00');
    expect(toScientific(1e-300, 20)).toBe('1.00000000000000002506e-300');
    expect(toScientific(5e-324, 1)).toBe('4.9e-324');
  });
});

describe('a text as a number', () => {
  test.each([
    ['10', 10],
    ['  -10.5\t\n', -10.5],
    ['+.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E-2', 0.01],
    ['0x10', 16],
    ['-0XfF', -255],
    ['0x.8', 0.5],
    ['0x1p4', 16],
    ['0x1p-1080', 0],
    ['0x1p-1074', 5e-324],
    ['0x1p99999', Infinity],
    ['0x0p99999', 0],
    ['1e999', Infinity],
    ['1e-999', 0],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
    ['nan', NaN],
    ['NAN(x1)', NaN],
    ['12\0rest', 12],
    ['123456789012345678901234567890', 1.2345678901234568e29],
  ])('%j', (text, value) => {
    expect(parseNumber(ascii(text))).toBe(value);
  });

  test.each(['', '  ', 'x', '1e', '1 2', '0x', '0x.', '0x1p', '1x', '--1', '+ 1', '.', '\0', '1_000', 'infin', '0b1', 'é'])(
    '%j is none',
    (text) => {
      expect(parseNumber(ascii(text))).toBeUndefined();
    },
  );
});
