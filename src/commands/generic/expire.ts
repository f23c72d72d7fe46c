// EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT.

import { ascii, type Bytes } from '../../bytes/bytes';
import { INT64_MAX } from '../../bytes/integer';
import { invalidExpire, redisError, shown } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { type CommandSpec, command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { requireInt64 } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';

const DEL = ascii('DEL');
const PEXPIREAT = ascii('PEXPIREAT');
const NX_WITH_OTHERS = redisError('ERR NX and XX, GT or LT options at the same time are not compatible');
const GT_WITH_LT = redisError('ERR GT and LT options at the same time are not compatible');

interface Conditions {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
}

function conditionsFrom(argv: readonly Bytes[]): Conditions {
  const conditions: Conditions = { nx: false, xx: false, gt: false, lt: false };
  for (let i = 3; i < argv.length; i++) {
    const arg = argv[i] as Bytes;
    const word = arg.toLowerCase();
    if (word !== 'nx' && word !== 'xx' && word !== 'gt' && word !== 'lt') throw redisError(`ERR Unsupported option ${shown(arg)}`);
    conditions[word] = true;
  }
  const { nx, xx, gt, lt } = conditions;
  if (nx && (xx || gt || lt)) throw NX_WITH_OTHERS;
  if (gt && lt) throw GT_WITH_LT;
  return conditions;
}

/** Whether a key whose deadline is `current` (infinite when it has none) may get the deadline `wanted`. */
function allowed({ nx, xx, gt, lt }: Conditions, current: number, wanted: number): boolean {
  const persistent = current === Number.POSITIVE_INFINITY;
  if (nx && !persistent) return false;
  if (xx && persistent) return false;
  if (gt && wanted <= current) return false;
  return !(lt && wanted >= current);
}

/** The deadline in milliseconds that an argument means; the command's own error when that leaves 64 bits. */
function deadlineFrom(name: string, arg: Bytes, unitMs: 1 | 1000, baseMs: number): bigint {
  const deadline = BigInt(requireInt64(arg)) * BigInt(unitMs);
  if (deadline > INT64_MAX - BigInt(baseMs) || BigInt.asIntN(64, deadline) !== deadline) throw invalidExpire(name);
  return deadline + BigInt(baseMs);
}

function expire(ctx: Context, name: string, argv: readonly Bytes[], unitMs: 1 | 1000, relative: boolean): Reply {
  const [, key, time] = argv as [Bytes, Bytes, Bytes];
  const conditions = conditionsFrom(argv);
  const exact = deadlineFrom(name, time, unitMs, relative ? ctx.now : 0);
  if (ctx.keys.write(key) === undefined) return 0;
  const deadline = Number(exact);
  if (!allowed(conditions, ctx.keys.deadline(key) as number, deadline)) return 0;
  if (deadline <= ctx.now) {
    ctx.keys.remove(key);
    ctx.effect(DEL, key);
  } else {
    ctx.keys.expireAt(key, deadline, 'expire');
    ctx.effect(PEXPIREAT, key, ascii(`${exact}`));
  }
  return 1;
}

interface Variant {
  readonly name: string;
  readonly since: string;
  readonly summary: string;
  readonly argument: string;
  readonly unitMs: 1 | 1000;
  readonly relative: boolean;
}

function declare({ name, since, summary, argument, unitMs, relative }: Variant): CommandSpec {
  return command({
    name,
    group: 'generic',
    summary,
    since,
    complexity: 'O(1)',
    arity: -3,
    flags: ['write', 'fast'],
    keys: [keyAt(1, 'RW', 'update')],
    syntax: `key ${argument} [NX | XX | GT | LT]`,
    history: [['7.0.0', 'Added `NX`, `XX`, `GT` and `LT`.']],
    difference: 'A deadline beyond 2^53 milliseconds (the year 287396) is rounded.',
    run: (ctx, argv) => expire(ctx, name, argv, unitMs, relative),
  });
}

export const expireCommands: readonly CommandSpec[] = [
  declare({
    name: 'expire',
    since: '1.0.0',
    summary: 'Lets a key expire after some seconds.',
    argument: 'seconds:integer',
    unitMs: 1000,
    relative: true,
  }),
  declare({
    name: 'pexpire',
    since: '2.6.0',
    summary: 'Lets a key expire after some milliseconds.',
    argument: 'milliseconds:integer',
    unitMs: 1,
    relative: true,
  }),
  declare({
    name: 'expireat',
    since: '1.2.0',
    summary: 'Lets a key expire at a Unix time in seconds.',
    argument: 'unix-time-seconds:unix-time',
    unitMs: 1000,
    relative: false,
  }),
  declare({
    name: 'pexpireat',
    since: '2.6.0',
    summary: 'Lets a key expire at a Unix time in milliseconds.',
    argument: 'unix-time-milliseconds:unix-time',
    unitMs: 1,
    relative: false,
  }),
];
