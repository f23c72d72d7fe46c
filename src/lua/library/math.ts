// The library `math` of Lua 5.1.5, with the random numbers of Redis.

import { ascii } from '../../bytes/bytes';
import { power } from '../arithmetic';
import type { LuaTable } from '../table';
import type { LuaHost, LuaValue, NativeCall } from '../value';
import { checkInt, checkNumber } from './arguments';
import { functionTable } from './library';
import { Lrand48 } from './lrand48';

const RADIANS_PER_DEGREE = Math.PI / 180;
/** REDIS_LRAND48_MAX. */
const RANDOM_LIMIT = 2 ** 31 - 1;
/** Powers of two that are doubles with all their bits, and whose product with a mantissa is one. */
const SAFE_POWER = 1000;

/** The table, with random numbers of its own. */
export function mathLibrary(): LuaTable {
  const table = functionTable({
    abs: unary(Math.abs),
    acos: unary(Math.acos),
    asin: unary(Math.asin),
    atan: unary(Math.atan),
    atan2: binary(Math.atan2),
    ceil: unary(Math.ceil),
    cos: unary(Math.cos),
    cosh: unary(Math.cosh),
    deg: unary((value) => value / RADIANS_PER_DEGREE),
    exp: unary(Math.exp),
    floor: unary(Math.floor),
    fmod: binary((left, right) => left % right),
    frexp: (args, host) => frexp(checkNumber(args, 1, host)),
    ldexp: (args, host) => {
      const exponent = checkInt(args, 2, host);
      return [ldexp(checkNumber(args, 1, host), exponent)];
    },
    log: unary(Math.log),
    log10: unary(Math.log10),
    max: (args, host) => [best(args, (value, max) => value > max, host)],
    min: (args, host) => [best(args, (value, min) => value < min, host)],
    modf: (args, host) => modf(checkNumber(args, 1, host)),
    pow: binary(power),
    rad: unary((value) => value * RADIANS_PER_DEGREE),
    ...randomFunctions(),
    sin: unary(Math.sin),
    sinh: unary(Math.sinh),
    sqrt: unary(Math.sqrt),
    tan: unary(Math.tan),
    tanh: unary(Math.tanh),
  });
  table.set(ascii('pi'), Math.PI);
  table.set(ascii('huge'), Infinity);
  // Its name in Lua 5.0.
  table.set(ascii('mod'), table.get(ascii('fmod')));
  return table;
}

function unary(apply: (value: number) => number): NativeCall {
  return (args, host) => [apply(checkNumber(args, 1, host))];
}

function binary(apply: (left: number, right: number) => number): NativeCall {
  return (args, host) => {
    // The compiler that makes Redis looks at the last argument first.
    const right = checkNumber(args, 2, host);
    return [apply(checkNumber(args, 1, host), right)];
  };
}

/** NaN is never better, and nothing is better than a NaN that comes first. */
function best(args: readonly LuaValue[], better: (value: number, than: number) => boolean, host: LuaHost): number {
  let chosen = checkNumber(args, 1, host);
  for (let index = 2; index <= args.length; index++) {
    const value = checkNumber(args, index, host);
    if (better(value, chosen)) chosen = value;
  }
  return chosen;
}

/** The integral part and the rest, both with the sign of the value. */
function modf(value: number): readonly [whole: number, rest: number] {
  const whole = Math.trunc(value);
  const rest = Number.isNaN(value) ? value : Math.abs(value) === Infinity ? 0 : Math.abs(value - whole);
  return [whole, value < 0 || Object.is(value, -0) ? -rest : rest];
}

/** value = mantissa * 2^exponent, the mantissa from 0.5 to 1. */
function frexp(value: number): readonly [mantissa: number, exponent: number] {
  if (value === 0 || !Number.isFinite(value)) return [value, 0];
  // Numbers below the normal ones are made normal first.
  const subnormal = Math.abs(value) < 2 ** -1022;
  const normal = subnormal ? value * 2 ** 64 : value;
  let exponent = Math.floor(Math.log2(Math.abs(normal))) + 1;
  // log2 may be one off, where it is rounded to the next integer.
  let mantissa = scale(normal, -exponent);
  if (Math.abs(mantissa) >= 1) {
    exponent++;
    mantissa /= 2;
  } else if (Math.abs(mantissa) < 0.5) {
    exponent--;
    mantissa *= 2;
  }
  return [mantissa, subnormal ? exponent - 64 : exponent];
}

/** value * 2^exponent for exponents whose power may not be a double: in two steps that lose nothing. */
function scale(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}

/** value * 2^exponent, rounded once. */
function ldexp(value: number, exponent: number): number {
  if (!Number.isFinite(value)) return value;
  const [mantissa, own] = frexp(value);
  const power = own + exponent;
  if (power > SAFE_POWER) return mantissa * 2 ** SAFE_POWER * 2 ** (power - SAFE_POWER);
  if (power < -SAFE_POWER) return mantissa * 2 ** -SAFE_POWER * 2 ** (power + SAFE_POWER);
  return mantissa * 2 ** power;
}

function randomFunctions(): Readonly<Record<'random' | 'randomseed', NativeCall>> {
  const generator = new Lrand48();
  return {
    random: (args, host) => {
      const fraction = (generator.next() % RANDOM_LIMIT) / RANDOM_LIMIT;
      if (args.length === 0) return [fraction];
      if (args.length > 2) host.fail('wrong number of arguments');
      const first = checkInt(args, 1, host);
      if (args.length === 1) {
        if (first < 1) host.failArgument(1, 'interval is empty');
        return [Math.floor(fraction * first) + 1];
      }
      const last = checkInt(args, 2, host);
      if (first > last) host.failArgument(2, 'interval is empty');
      // The difference is an int in C, and wraps.
      return [Math.floor(fraction * ((last - first + 1) | 0)) + first];
    },
    randomseed: (args, host) => {
      generator.seed(checkInt(args, 1, host));
      return [];
    },
  };
}
