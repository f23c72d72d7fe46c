// TTL, PTTL, EXPIRETIME, PEXPIRETIME and PERSIST.

import type { Bytes } from '../../bytes/bytes';
import { INT64_MAX, type Int64 } from '../../bytes/integer';
import { type CommandSpec, command } from '../../spec/command';
import { type Context, NO_DEADLINE } from '../../spec/context';
import { keyAt } from '../../spec/keys';

const NO_KEY = -2;
const PERSISTENT = -1;

/** Milliseconds to a reply; a deadline beyond the exact range of a float is rounded, and never beyond 64 bits. */
function integer(ms: number): Int64 {
  if (Number.isSafeInteger(ms)) return ms;
  const value = BigInt(ms);
  return value > INT64_MAX ? INT64_MAX : value;
}

/** Redis rounds to the nearest second. */
function seconds(ms: Int64): Int64 {
  return typeof ms === 'number' ? Math.floor((ms + 500) / 1000) : (ms + 500n) / 1000n;
}

function timeOf(ctx: Context, key: Bytes, inSeconds: boolean, absolute: boolean): Int64 {
  if (ctx.keys.look(key) === undefined) return NO_KEY;
  const deadline = ctx.keys.deadline(key);
  if (deadline === undefined || deadline === NO_DEADLINE) return PERSISTENT;
  const ms = integer(absolute ? deadline : Math.max(0, deadline - ctx.now));
  return inSeconds ? seconds(ms) : ms;
}

interface Variant {
  readonly name: string;
  readonly since: string;
  readonly summary: string;
  readonly inSeconds: boolean;
  readonly absolute: boolean;
}

function declare({ name, since, summary, inSeconds, absolute }: Variant): CommandSpec {
  return command({
    name,
    group: 'generic',
    summary,
    since,
    complexity: 'O(1)',
    arity: 2,
    flags: ['readonly', 'fast'],
    keys: [keyAt(1, 'RO', 'access')],
    ...(absolute ? {} : { tips: ['nondeterministic_output'], history: [['2.8.0', 'Added the reply -2.']] as const }),
    syntax: 'key',
    run: (ctx, argv) => timeOf(ctx, argv[1] as Bytes, inSeconds, absolute),
  });
}

export const ttlCommands: readonly CommandSpec[] = [
  declare({ name: 'ttl', since: '1.0.0', summary: 'Returns the seconds that a key has left.', inSeconds: true, absolute: false }),
  declare({ name: 'pttl', since: '2.6.0', summary: 'Returns the milliseconds that a key has left.', inSeconds: false, absolute: false }),
  declare({
    name: 'expiretime',
    since: '7.0.0',
    summary: 'Returns the Unix time in seconds at which a key expires.',
    inSeconds: true,
    absolute: true,
  }),
  declare({
    name: 'pexpiretime',
    since: '7.0.0',
    summary: 'Returns the Unix time in milliseconds at which a key expires.',
    inSeconds: false,
    absolute: true,
  }),
];

export const persist = command({
  name: 'persist',
  group: 'generic',
  summary: 'Removes the deadline of a key.',
  since: '2.2.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: 'key',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    if (ctx.keys.write(key) === undefined || ctx.keys.deadline(key) === NO_DEADLINE) return 0;
    ctx.keys.expireAt(key, NO_DEADLINE, 'persist');
    return 1;
  },
});
