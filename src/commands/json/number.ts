// Arithmetic on numbers: JSON.NUMINCRBY, JSON.NUMMULTBY and JSON.NUMPOWBY.

import { ascii, type Bytes } from '../../bytes/bytes';
import { INT64_MAX, INT64_MIN } from '../../bytes/integer';
import { redisError } from '../../protocol/errors';
import { DoubleReply, type Reply } from '../../protocol/reply';
import { type CommandSpec, command } from '../../spec/command';
import { isInt64, isJsonNumber, JsonDouble, type JsonNode, type Location, toDouble } from '../../types/json/node';
import { writeLocation } from '../../types/json/path';
import { locationOf } from '../../types/json/select';
import { writeJson } from '../../types/json/write';
import { changing } from './declare';
import { missingPathOr, PathArgument, requireDocument, requireJson, requireText } from './shared';

const NO_NUMBER = redisError('bad input number');
const NOT_FINITE = redisError('result is not a number');
const OVERFLOW = redisError('ERR numeric overflow');

type JsonNumber = number | bigint | JsonDouble;

interface Operation {
  /** Undefined where the result can only be too large. */
  readonly integers: (a: bigint, b: bigint) => bigint | undefined;
  readonly floats: (a: number, b: number) => number;
}

/** Two integers give an integer, anything else a float. */
function apply({ integers, floats }: Operation, a: JsonNumber, b: JsonNumber): JsonNumber {
  if (!isInt64(a) || !isInt64(b)) {
    const value = floats(toDouble(a), toDouble(b));
    if (!Number.isFinite(value)) throw NOT_FINITE;
    return new JsonDouble(value);
  }
  const result = integers(BigInt(a), BigInt(b));
  if (result === undefined || result > INT64_MAX || result < INT64_MIN) throw OVERFLOW;
  const number = Number(result);
  return Number.isSafeInteger(number) ? number : result;
}

function arithmetic(name: string, summary: string, operation: Operation): CommandSpec {
  return command({
    ...changing,
    name,
    summary,
    arity: 4,
    syntax: 'key path value:double',
    difference:
      'An integer that leaves 64 bits in JSON.NUMINCRBY, JSON.NUMMULTBY or JSON.NUMPOWBY is an error, as in RedisJSON since 8.8; before it, the number went on from the other end.',
    run(ctx, argv) {
      const key = argv[1] as Bytes;
      const path = new PathArgument(requireText(argv[2] as Bytes));
      const document = requireDocument(ctx, key);
      const matches = path.matches(document);
      const some = matches.some(({ node }) => isJsonNumber(node));
      const operand = some ? requireNumber(argv[3] as Bytes) : 0;
      // All results are there before one is stored. A path may lead to a number twice, which then changes twice.
      const stored = new Map<Bytes, { readonly location: Location; readonly result: JsonNumber }>();
      const results = matches.map((match) => {
        if (!isJsonNumber(match.node)) return null;
        const location = locationOf(match);
        const place = writeLocation(location);
        const result = apply(operation, stored.get(place)?.result ?? match.node, operand);
        stored.set(place, { location, result });
        return result;
      });
      for (const [place, { location, result }] of stored) {
        document.put(location, result);
        // The result and not the power is recorded: its last bits depend on who computes it.
        if (name === 'json.numpowby') ctx.effect(ascii('JSON.SET'), key, place, writeJson(result));
      }
      if (some) ctx.keys.changed(key, name);
      if (ctx.client.protocol === 3) return results.map(asNumber);
      if (!path.legacy) return writeJson(results);
      const last = results.findLast((result) => result !== null);
      if (last === undefined) throw missingPathOr(path.path, 'does not contains a number');
      return writeJson(last);
    },
  });
}

function requireNumber(arg: Bytes): JsonNumber {
  const operand: JsonNode = requireJson(arg, 'ERR ');
  if (!isJsonNumber(operand)) throw NO_NUMBER;
  return operand;
}

function asNumber(result: JsonNumber | null): Reply {
  return result instanceof JsonDouble ? new DoubleReply(result.value) : result;
}

export const jsonNumincrby = arithmetic('json.numincrby', 'Adds a number to the numbers at a path.', {
  integers: (a, b) => a + b,
  floats: (a, b) => a + b,
});

export const jsonNummultby = arithmetic('json.nummultby', 'Multiplies the numbers at a path by a number.', {
  integers: (a, b) => a * b,
  floats: (a, b) => a * b,
});

export const jsonNumpowby = arithmetic('json.numpowby', 'Raises the numbers at a path to a power.', {
  integers: power,
  floats: (a, b) => a ** b,
});

/** From this exponent on only powers of -1, 0 and 1 are within 64 bits. */
const LARGEST_EXPONENT = 64n;

function power(base: bigint, exponent: bigint): bigint | undefined {
  if (exponent < 0n) return undefined;
  if (exponent < LARGEST_EXPONENT) return base ** exponent;
  if (base === 0n || base === 1n) return base;
  return base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : undefined;
}
