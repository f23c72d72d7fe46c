// INCREX (Redis 8.8): a counter with bounds and an expire time in one step, which is what a rate limiter needs.

import type { BinaryFloat } from '../../bytes/binary-float';
import { ascii, type Bytes } from '../../bytes/bytes';
import { INT64_MAX, INT64_MIN, narrow, parseInt64 } from '../../bytes/integer';
import {
  compareLongDouble,
  differenceLongDouble,
  formatLongDouble,
  LONG_DOUBLE_MAX,
  LONG_DOUBLE_MIN,
  type LongDouble,
  parseLongDouble,
  sumLongDouble,
} from '../../bytes/long-double';
import { NOT_A_FLOAT, NOT_AN_INTEGER, redisError, SYNTAX } from '../../protocol/errors';
import { DoubleReply, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import { type Context, NO_DEADLINE } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asString } from '../../spec/narrow';
import type { StringValue } from '../../types/value';
import { type ExactDeadline, type ExpireOption, requireDeadline, takeExpireOption } from './expiry';
import { numeralOf } from './increment';

const ENX_ALONE = redisError('ERR ENX flag requires an expiration');
const BOUNDS_CROSSED = redisError("ERR LBOUND can't be greater than UBOUND");
const INFINITE_INCREMENT = redisError('ERR BYFLOAT increment cannot be Infinity');
const INFINITE_VALUE = redisError('ERR value cannot be Infinity');
const DELTA_OVERFLOW = redisError('ERR applied increment would overflow');

/** Arguments as they came, none of them read yet: Redis complains about the syntax of all of them first. */
interface Options {
  kind: 'BYINT' | 'BYFLOAT' | undefined;
  increment: Bytes;
  lower: Bytes | undefined;
  upper: Bytes | undefined;
  saturate: boolean;
  expire: ExpireOption | undefined;
  persist: boolean;
  onlyWithoutDeadline: boolean;
}

function readOptions(argv: readonly Bytes[]): Options {
  const options: Options = {
    kind: undefined,
    increment: ascii('1'),
    lower: undefined,
    upper: undefined,
    saturate: false,
    expire: undefined,
    persist: false,
    onlyWithoutDeadline: false,
  };
  const cursor = new Cursor(argv, 2);
  while (!cursor.done) if (!takeNumber(cursor, options) && !takeLife(cursor, options)) throw SYNTAX;
  if (options.onlyWithoutDeadline && !options.expire) throw ENX_ALONE;
  return options;
}

/** Every option may come once. */
function takeNumber(cursor: Cursor, options: Options): boolean {
  for (const kind of ['BYINT', 'BYFLOAT'] as const) {
    if (options.kind !== undefined || !cursor.option(kind)) continue;
    options.kind = kind;
    options.increment = cursor.next();
    return true;
  }
  if (options.lower === undefined && cursor.option('LBOUND')) options.lower = cursor.next();
  else if (options.upper === undefined && cursor.option('UBOUND')) options.upper = cursor.next();
  else if (!options.saturate && cursor.keyword('SATURATE')) options.saturate = true;
  else return false;
  return true;
}

function takeLife(cursor: Cursor, options: Options): boolean {
  if (!options.onlyWithoutDeadline && !options.persist && cursor.keyword('ENX')) options.onlyWithoutDeadline = true;
  else if (!options.persist && !options.expire && !options.onlyWithoutDeadline && cursor.keyword('PERSIST')) options.persist = true;
  else {
    const expire = options.persist || options.expire ? undefined : takeExpireOption(cursor, undefined);
    if (!expire) return false;
    options.expire = expire;
  }
  return true;
}

/** What became of the number. Without a new value nothing is stored. */
interface Outcome {
  readonly reply: Reply;
  readonly stored: Bytes | undefined;
  readonly event: string;
}

// ---- integers

function requireInteger(text: Bytes, name: string): bigint {
  const value = parseInt64(text);
  if (value === undefined) throw redisError(`ERR ${name} is not an integer or out of range`);
  return BigInt(value);
}

function prepareInteger({ increment, lower, upper, saturate }: Options): (value: StringValue | undefined) => Outcome {
  const delta = requireInteger(increment, 'Increment');
  const least = lower === undefined ? INT64_MIN : requireInteger(lower, 'LBOUND');
  const most = upper === undefined ? INT64_MAX : requireInteger(upper, 'UBOUND');
  if (least > most) throw BOUNDS_CROSSED;
  return (value) => {
    const numeral = value === undefined ? 0 : parseInt64(numeralOf(value));
    if (numeral === undefined) throw NOT_AN_INTEGER;
    const current = BigInt(numeral);
    const sum = current + delta;
    const event = 'incrby';
    if (sum >= least && sum <= most) return { reply: [narrow(sum), narrow(delta)], stored: ascii(`${sum}`), event };
    if (!saturate) return { reply: [narrow(current), 0], stored: undefined, event };
    const result = sum < least ? least : most;
    const applied = result - current;
    if (applied > INT64_MAX || applied < INT64_MIN) throw DELTA_OVERFLOW;
    return { reply: [narrow(result), narrow(applied)], stored: ascii(`${result}`), event };
  };
}

// ---- floats

function requireFloat(text: Bytes, name: string, infinite: BinaryFloat | undefined): BinaryFloat {
  const value = parseLongDouble(text);
  if (value === undefined) throw redisError(`ERR ${name} is not a valid float`);
  if (typeof value !== 'string') return value;
  if (infinite === undefined) throw INFINITE_INCREMENT;
  return value === 'inf' ? LONG_DOUBLE_MAX : LONG_DOUBLE_MIN;
}

function currentFloat(value: StringValue | undefined): BinaryFloat {
  const current: LongDouble | undefined = value === undefined ? { mantissa: 0n, exponent: 0 } : parseLongDouble(numeralOf(value));
  if (current === undefined) throw NOT_A_FLOAT;
  if (typeof current === 'string') throw INFINITE_VALUE;
  return current;
}

function doubles(...texts: readonly Bytes[]): Reply {
  return texts.map((text) => new DoubleReply(Number(text)));
}

function prepareFloat({ increment, lower, upper, saturate }: Options): (value: StringValue | undefined) => Outcome {
  const delta = requireFloat(increment, 'Increment', undefined);
  const least = lower === undefined ? LONG_DOUBLE_MIN : requireFloat(lower, 'LBOUND', LONG_DOUBLE_MIN);
  const most = upper === undefined ? LONG_DOUBLE_MAX : requireFloat(upper, 'UBOUND', LONG_DOUBLE_MAX);
  if (compareLongDouble(least, most) > 0) throw BOUNDS_CROSSED;
  return (value) => {
    const current = currentFloat(value);
    const sum = sumLongDouble(current, delta);
    const event = 'incrbyfloat';
    const tooLow = sum === undefined ? delta.mantissa < 0n : compareLongDouble(sum, least) < 0;
    const tooHigh = sum === undefined ? delta.mantissa > 0n : compareLongDouble(sum, most) > 0;
    if (sum !== undefined && !tooLow && !tooHigh) {
      const text = formatLongDouble(sum);
      return { reply: doubles(text, formatLongDouble(delta)), stored: text, event };
    }
    if (!saturate) return { reply: doubles(formatLongDouble(current), ascii('0')), stored: undefined, event };
    const result = tooLow ? least : most;
    const applied = differenceLongDouble(result, current);
    if (applied === undefined) throw DELTA_OVERFLOW;
    const text = formatLongDouble(result);
    return { reply: doubles(text, formatLongDouble(applied)), stored: text, event };
  };
}

// ---- what is stored

function store(ctx: Context, key: Bytes, text: Bytes, event: string, options: Options, deadline: ExactDeadline | undefined): void {
  const former = ctx.keys.deadline(key);
  const keeps = options.onlyWithoutDeadline && former !== undefined && former !== NO_DEADLINE;
  if (deadline && !keeps) {
    if (deadline.ms <= ctx.now) {
      if (ctx.keys.remove(key)) ctx.effect(ascii('DEL'), key);
      return;
    }
    ctx.keys.set(key, text, event, deadline.ms);
    ctx.effect(ascii('SET'), key, text, ascii('PXAT'), deadline.text);
    return;
  }
  if (former === undefined) ctx.keys.set(key, text, event);
  else ctx.keys.replace(key, text, event);
  if (options.persist && former !== undefined && former !== NO_DEADLINE) {
    ctx.keys.expireAt(key, NO_DEADLINE, 'persist');
    ctx.effect(ascii('SET'), key, text);
  } else ctx.effect(ascii('SET'), key, text, ascii('KEEPTTL'));
}

export const increx = command({
  name: 'increx',
  group: 'string',
  summary: 'Adds to the number at a key within bounds, sets when the key expires, and tells how much was added.',
  since: '8.8.0',
  complexity: 'O(1)',
  arity: -2,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax:
    'key [BYFLOAT float:double | BYINT integer:integer] [LBOUND lowerbound] [UBOUND upperbound] [SATURATE] [EX seconds:integer | PX milliseconds:integer | EXAT unix-time-seconds:unix-time | PXAT unix-time-milliseconds:unix-time | PERSIST] [ENX]',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const options = readOptions(argv);
    const add = options.kind === 'BYFLOAT' ? prepareFloat(options) : prepareInteger(options);
    const deadline = options.expire && requireDeadline(options.expire, ctx.now, 'increx');
    const { reply, stored, event } = add(asString(ctx.keys.write(key)));
    if (stored !== undefined) store(ctx, key, stored, event, options, deadline);
    return reply;
  },
});
