// Random numerals, as a client might send them.

import type { Random } from '../../src/spec/context';

const ODDITIES = [
  'inf',
  '-inf',
  '+Infinity',
  'INF',
  'nan',
  '0x',
  '1e',
  '.',
  '',
  ' 1',
  '1 ',
  '0x.p1',
  '-0',
  '1.e2',
  '+',
  '0x1p',
  '1_0',
  '1\0',
];

function digits(random: Random, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) text += random.below(10);
  return text;
}

function hexadecimal(random: Random): string {
  return `${random.below(2 ** 31).toString(16)}${random.below(2 ** 31).toString(16)}`;
}

/**
 * A numeral of any shape: integers, decimals, exponents, hexadecimal floats, infinities, and some that are none.
 * @param maxExponent exponents of ten go up to this, on both sides; those of two three times as far
 */
export function numeral(random: Random, maxExponent: number): string {
  const sign = ['', '', '-', '+'][random.below(4)] as string;
  const exponent = random.below(2 * maxExponent) - maxExponent;
  switch (random.below(10)) {
    case 0:
      return `${sign}${digits(random, 1 + random.below(22))}`;
    case 1:
      return `${sign}${digits(random, 1 + random.below(4))}.${digits(random, random.below(25))}`;
    case 2:
      return `${sign}${digits(random, 1)}.${digits(random, 1 + random.below(20))}e${random.below(60) - 30}`;
    case 3:
      return `${sign}${digits(random, 2)}.${digits(random, random.below(18))}E${exponent}`;
    case 4:
      return `${sign}0x${hexadecimal(random)}.${random.below(65536).toString(16)}p${random.below(140) - 70}`;
    case 5:
      return `${sign}0X1.${hexadecimal(random)}P${Math.round(exponent * 3.3)}`;
    case 6:
      return `${sign}${(random.float() - 0.5) * 10 ** random.below(20)}`;
    case 7:
      return `${sign}.${digits(random, 1 + random.below(40))}`;
    case 8:
      return ODDITIES[random.below(ODDITIES.length)] as string;
    default:
      return `${sign}${random.below(1000)}.${random.below(100)}`;
  }
}
