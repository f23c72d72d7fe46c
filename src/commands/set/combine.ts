// Intersections, unions and differences of sets. A key that does not exist is an empty set: undefined here.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import type { Context } from '../../spec/context';
import { Cursor, requireInteger } from '../../spec/cursor';
import { asSet } from '../../spec/narrow';
import { placeOf, REGISTERS } from '../../structures/hyperloglog/hash';
import { countRegisters } from '../../structures/hyperloglog/hyperloglog';
import type { EncodingLimits } from '../../types/limits';
import { SetValue } from '../../types/set';

const NO_KEYS = redisError('ERR numkeys should be greater than 0');
const TOO_FEW_ARGUMENTS = redisError("ERR Number of keys can't be greater than number of args");
const NEGATIVE_LIMIT = redisError("ERR LIMIT can't be negative");

export type Input = SetValue | undefined;

interface CountOptions {
  readonly keys: readonly Bytes[];
  /** Counting stops here, unless it is 0. */
  limit: number;
  approximate: boolean;
}

/** Reads `numkeys key [key ...] [LIMIT limit]`, and APPROX where `mayApproximate`. */
export function readCountOptions(argv: readonly Bytes[], mayApproximate = false): CountOptions {
  const count = requireInteger(argv[1], NO_KEYS, 1);
  const cursor = new Cursor(argv, 2);
  if (count > cursor.left) throw TOO_FEW_ARGUMENTS;
  const options: CountOptions = { keys: cursor.take(count), limit: 0, approximate: false };
  while (!cursor.done) {
    if (mayApproximate && cursor.keyword('APPROX')) options.approximate = true;
    else if (cursor.option('LIMIT')) options.limit = cursor.integer(NEGATIVE_LIMIT, 0);
    else throw SYNTAX;
  }
  return options;
}

/** Looks all keys up, so that any wrong type is an error even where the result would not need it. */
export function readInputs(ctx: Context, keys: readonly Bytes[]): Input[] {
  return keys.map((key) => asSet(ctx.keys.read(key)));
}

/**
 * Visits the members that all inputs share until `visit` answers false. The smallest input is walked, the others are
 * asked, smaller ones first as they are likelier to refuse.
 */
export function eachShared(inputs: readonly Input[], visit: (member: Bytes) => boolean): void {
  const sets: SetValue[] = [];
  for (const input of inputs) {
    if (!input) return;
    sets.push(input);
  }
  const [smallest, ...others] = sets.sort((a, b) => a.size - b.size);
  if (!smallest) return;
  for (let place = 0; place < smallest.size; place++) {
    const member = smallest.memberAt(place);
    if (inAll(others, member) && !visit(member)) return;
  }
}

export function intersect(inputs: readonly Input[], limits: EncodingLimits): SetValue {
  const result = new SetValue(limits);
  eachShared(inputs, (member) => {
    result.share(member);
    return true;
  });
  return result;
}

export function unite(inputs: readonly Input[], limits: EncodingLimits): SetValue {
  const result = new SetValue(limits);
  for (const input of inputs) if (input) addAll(result, input);
  return result;
}

/**
 * What the first input has and no other. Which of two ways is taken follows Redis, because it shows: a result that was
 * made by taking away may once have been too large, or have held texts, for an intset.
 */
export function subtract([first, ...rest]: readonly Input[], limits: EncodingLimits): SetValue {
  const result = new SetValue(limits);
  if (!first) return result;
  const others = rest.filter((input) => input !== undefined);
  const lookUps = (first.size * (others.length + 1)) / 2;
  let total = first.size;
  for (const other of others) total += other.size;
  if (Math.floor(lookUps) <= total) {
    // Larger ones first: they are likelier to have the member.
    others.sort((a, b) => b.size - a.size);
    for (let place = 0; place < first.size; place++) {
      const member = first.memberAt(place);
      if (!inAny(others, member)) result.share(member);
    }
    return result;
  }
  addAll(result, first);
  for (const other of others) {
    for (let place = 0; place < other.size; place++) result.delete(other.memberAt(place));
    if (result.size === 0) break;
  }
  return result;
}

/** How many members the first input has and no other. Counting stops at `limit`, unless that is 0. */
export function countOwn([first, ...rest]: readonly Input[], limit: number): number {
  if (!first) return 0;
  const others = rest.filter((input) => input !== undefined).sort((a, b) => b.size - a.size);
  let own = 0;
  for (let place = 0; place < first.size; place++) if (!inAny(others, first.memberAt(place)) && ++own === limit) break;
  return own;
}

/** How many members all inputs have together. Counting stops at `limit`, unless that is 0. */
export function countUnion(inputs: readonly Input[], limit: number): number {
  const members = new Set<Bytes>();
  for (const input of inputs) {
    for (let place = 0; input && place < input.size; place++) if (members.add(input.memberAt(place)).size === limit) return limit;
  }
  return members.size;
}

/** The same as a HyperLogLog estimates it, without a copy of the members. */
export function estimateUnion(inputs: readonly Input[], limit: number): number {
  const registers = new Uint8Array(REGISTERS);
  for (const input of inputs) {
    for (let place = 0; input && place < input.size; place++) {
      const { register, count } = placeOf(input.memberAt(place));
      if (count > (registers[register] as number)) registers[register] = count;
    }
  }
  const estimate = Number(countRegisters(registers));
  return limit === 0 ? estimate : Math.min(estimate, limit);
}

/** Puts a result under `key`; when it is empty it deletes what is there. Returns how many members it has. */
export function storeSet(ctx: Context, key: Bytes, result: SetValue, event: string): number {
  if (result.size === 0) ctx.keys.remove(key);
  else ctx.keys.set(key, result, event);
  return result.size;
}

function addAll(result: SetValue, input: SetValue): void {
  for (let place = 0; place < input.size; place++) result.share(input.memberAt(place));
}

function inAll(sets: readonly SetValue[], member: Bytes): boolean {
  for (const set of sets) if (!set.has(member)) return false;
  return true;
}

function inAny(sets: readonly SetValue[], member: Bytes): boolean {
  for (const set of sets) if (set.has(member)) return true;
  return false;
}
