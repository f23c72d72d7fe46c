// HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME and HPERSIST.

import { ascii, type Bytes } from '../../bytes/bytes';
import type { Reply } from '../../protocol/reply';
import { type CommandSpec, command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asHash } from '../../spec/narrow';
import type { HashValue } from '../../types/hash';
import type { TimeForm } from './field-deadline';
import { fieldsClause, requireFields } from './fields';

const NO_FIELD = -2;
const PERSISTENT = -1;
const PERSISTED = 1;

const SYNTAX = 'key FIELDS numfields:integer field [field ...]';
const COMPLEXITY = 'O(N), N being the number of fields named';

/** The deadline of a field, or the reply that there is no such field or that it has none. */
function deadlineOf(hash: HashValue | undefined, field: Bytes, now: number): number {
  if (!hash?.has(field) || hash.hasExpired(field, now)) return NO_FIELD;
  return hash.deadlineOf(field) ?? PERSISTENT;
}

function times(ctx: Context, argv: readonly Bytes[], { inSeconds, relative }: TimeForm): Reply {
  const hash = asHash(ctx.keys.read(argv[1] as Bytes));
  const base = relative ? ctx.now : 0;
  return requireFields(argv, 2).map((field) => {
    const deadline = deadlineOf(hash, field, ctx.now);
    if (deadline < 0) return deadline;
    return inSeconds ? Math.ceil((deadline - base) / 1000) : deadline - base;
  });
}

function declare(name: string, summary: string, form: TimeForm): CommandSpec {
  return command({
    name,
    group: 'hash',
    summary,
    since: '7.4.0',
    complexity: COMPLEXITY,
    arity: -5,
    flags: ['readonly', 'fast'],
    keys: [keyAt(1, 'RO', 'access')],
    ...(form.relative ? { tips: ['nondeterministic_output'] } : {}),
    syntax: SYNTAX,
    run: (ctx, argv) => times(ctx, argv, form),
  });
}

export const httlCommands: readonly CommandSpec[] = [
  declare('httl', 'Returns the seconds that fields of a hash have left.', { inSeconds: true, relative: true }),
  declare('hpttl', 'Returns the milliseconds that fields of a hash have left.', { inSeconds: false, relative: true }),
  declare('hexpiretime', 'Returns the Unix times in seconds at which fields of a hash expire.', { inSeconds: true, relative: false }),
  declare('hpexpiretime', 'Returns the Unix times in milliseconds at which fields of a hash expire.', {
    inSeconds: false,
    relative: false,
  }),
];

/** Removes the deadline of a field; the reply to that. */
function persist(hash: HashValue | undefined, field: Bytes, now: number): number {
  const deadline = deadlineOf(hash, field, now);
  if (deadline < 0) return deadline;
  hash?.setDeadline(field, undefined);
  return PERSISTED;
}

export const hpersist = command({
  name: 'hpersist',
  group: 'hash',
  summary: 'Removes the deadlines of fields of a hash.',
  since: '7.4.0',
  complexity: COMPLEXITY,
  arity: -5,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: SYNTAX,
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const hash = asHash(ctx.keys.write(key));
    const fields = requireFields(argv, 2);
    const replies = fields.map((field) => persist(hash, field, ctx.now));
    const persisted = fields.filter((_, i) => replies[i] === PERSISTED);
    if (persisted.length > 0) {
      ctx.keys.changed(key, 'hpersist');
      ctx.effect(ascii('HPERSIST'), key, ...fieldsClause(persisted));
    }
    return replies;
  },
});
