// CL.THROTTLE, the rate limiter of redis-cell: the generic cell rate algorithm (GCRA). A key holds the theoretical arrival
// time: when the next request would come if all had come at even distances. How far that may lie in the future is the burst.

import { ascii, type Bytes } from '../../bytes/bytes';
import { INT64_MAX, INT64_MIN, parseInt64, parseUint64 } from '../../bytes/integer';
import { redisError, shown } from '../../protocol/errors';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asString } from '../../spec/narrow';
import { bytesOf } from '../../types/string';

const NS_PER_MS = 1_000_000n;
const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_US = 1000n;

const NO_RATE = redisError('Cell error: Zero rates are not supported');
const NOT_A_TIME = redisError('Cell error: invalid digit found in string');
const TOO_LARGE = redisError('Cell error: the limits are too large');

function requireInteger(arg: Bytes): bigint {
  const value = parseInt64(arg);
  if (value === undefined) throw redisError(`Cell error: Couldn't parse as integer: ${shown(arg)}`);
  return BigInt(value);
}

/** A time in nanoseconds must fit into 64 bits, as it does in the module. */
function within64Bits(value: bigint): bigint {
  if (value > INT64_MAX || value < INT64_MIN) throw TOO_LARGE;
  return value;
}

interface Verdict {
  readonly limited: boolean;
  readonly remaining: bigint;
  readonly retryAfterNs: bigint | undefined;
  readonly resetAfterNs: bigint;
  /** The theoretical arrival time that is to be stored. */
  readonly arrivalNs: bigint | undefined;
}

interface Limits {
  /** Between requests at the rate. */
  readonly intervalNs: bigint;
  /** How far the theoretical arrival time may be ahead. */
  readonly toleranceNs: bigint;
}

/** @param arrivalNs what is stored, undefined where nothing is */
function judge(nowNs: bigint, arrivalNs: bigint | undefined, { intervalNs, toleranceNs }: Limits, quantity: bigint): Verdict {
  const arrival = arrivalNs ?? nowNs;
  const increment = within64Bits(intervalNs * quantity);
  const next = within64Bits((nowNs > arrival ? nowNs : arrival) + increment);
  const waitNs = next - toleranceNs - nowNs;
  const limited = waitNs > 0n;
  const resetAfterNs = limited ? arrival - nowNs : next - nowNs;
  const roomNs = toleranceNs - resetAfterNs;
  return {
    limited,
    remaining: roomNs > -intervalNs ? roomIn(roomNs / NS_PER_US, intervalNs / NS_PER_US) : 0n,
    retryAfterNs: limited && increment <= toleranceNs ? waitNs : undefined,
    resetAfterNs,
    arrivalNs: limited ? undefined : next,
  };
}

/** How often an interval fits, both in whole microseconds, which is all that the module divides. */
function roomIn(roomUs: bigint, intervalUs: bigint): bigint {
  if (intervalUs !== 0n) return BigInt(Math.trunc(Number(roomUs) / Number(intervalUs)));
  return roomUs > 0n ? INT64_MAX : 0n;
}

/** Whole seconds; a begun one counts from a millisecond on. */
function secondsOf(ns: bigint): bigint {
  return ns / NS_PER_SECOND + ((ns % NS_PER_SECOND) / NS_PER_MS > 0n ? 1n : 0n);
}

/** The journal has what is stored and until when: it must not depend on when it is read. */
function store(ctx: Context, key: Bytes, arrivalNs: bigint, existed: boolean): void {
  const value = ascii(`${arrivalNs}`);
  const deadline = ctx.now + Number((arrivalNs - BigInt(ctx.now) * NS_PER_MS) / NS_PER_MS);
  if (deadline > ctx.now) {
    ctx.keys.set(key, value, 'cl.throttle', deadline);
    ctx.effect(ascii('SET'), key, value, ascii('PXAT'), ascii(`${deadline}`));
  } else if (existed) {
    ctx.keys.remove(key);
    ctx.effect(ascii('DEL'), key);
  }
}

export const throttle = command({
  name: 'cl.throttle',
  group: 'throttle',
  summary: 'Takes tokens from a rate limit, and tells whether it allows them, what is left and how long to wait.',
  since: '0.1.0',
  complexity: 'O(1)',
  arity: -5,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key max-burst:integer count:integer period:integer [quantity:integer]',
  run(ctx, argv) {
    if (argv.length > 6) throw redisError('Cell error: Usage: cl.throttle <key> <max_burst> <count per period> <period> [<quantity>]');
    const key = argv[1] as Bytes;
    const [burst, count, period] = [2, 3, 4].map((i) => requireInteger(argv[i] as Bytes)) as [bigint, bigint, bigint];
    const quantity = argv[5] === undefined ? 1n : requireInteger(argv[5]);
    const intervalNs = count === 0n ? 0n : BigInt(Math.trunc(Number(within64Bits(period * NS_PER_SECOND)) / Number(count)));
    if (intervalNs === 0n) throw NO_RATE;
    const limit = burst + 1n;
    const limits = { intervalNs, toleranceNs: within64Bits(intervalNs * limit) };
    const existing = asString(ctx.keys.write(key));
    const arrivalNs = existing === undefined ? undefined : parseUint64(bytesOf(existing));
    if (existing !== undefined && arrivalNs === undefined) throw NOT_A_TIME;
    const verdict = judge(BigInt(ctx.now) * NS_PER_MS, arrivalNs, limits, quantity);
    if (verdict.arrivalNs !== undefined) store(ctx, key, verdict.arrivalNs, existing !== undefined);
    const retryAfter = verdict.retryAfterNs === undefined ? -1n : secondsOf(verdict.retryAfterNs);
    return [verdict.limited ? 1 : 0, limit, verdict.remaining, retryAfter, secondsOf(verdict.resetAfterNs)];
  },
});
