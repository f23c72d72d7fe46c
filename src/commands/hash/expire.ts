// HEXPIRE, HPEXPIRE, HEXPIREAT and HPEXPIREAT.

import type { Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { type CommandSpec, command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asHash } from '../../spec/narrow';
import type { HashValue } from '../../types/hash';
import { recordDeadline, recordRemoval, requireFieldDeadline, type TimeForm } from './field-deadline';
import { requireFields, withoutExpired } from './fields';

const NOT_POSITIVE = redisError('ERR Parameter `numFields` should be greater than 0');

const NO_FIELD = -2;
const NOT_MET = 0;
const DEADLINE_SET = 1;
const DELETED = 2;

type Condition = 'NX' | 'XX' | 'GT' | 'LT';
const CONDITIONS: readonly string[] = ['NX', 'XX', 'GT', 'LT'];

function conditionOf(arg: Bytes): Condition | undefined {
  const word = arg.toUpperCase();
  return CONDITIONS.includes(word) ? (word as Condition) : undefined;
}

/** Whether a field whose deadline is `current` may get the deadline `wanted`. For LT no deadline is later than any. */
function allowed(condition: Condition | undefined, current: number | undefined, wanted: number): boolean {
  switch (condition) {
    case 'NX':
      return current === undefined;
    case 'XX':
      return current !== undefined;
    case 'GT':
      return current !== undefined && wanted > current;
    case 'LT':
      return current === undefined || wanted < current;
    default:
      return true;
  }
}

/** One field. A deadline that is not in the future deletes it. */
function expireField(ctx: Context, hash: HashValue, field: Bytes, deadline: number, condition: Condition | undefined): number {
  if (!hash.has(field)) return NO_FIELD;
  if (!allowed(condition, hash.deadlineOf(field), deadline)) return NOT_MET;
  if (deadline <= ctx.now) {
    hash.delete(field);
    return DELETED;
  }
  hash.setDeadline(field, deadline);
  return DEADLINE_SET;
}

function expire(ctx: Context, name: string, argv: readonly Bytes[], form: TimeForm): Reply {
  const [, key, time] = argv as [Bytes, Bytes, Bytes];
  const stored = asHash(ctx.keys.write(key));
  const deadline = requireFieldDeadline(time, form, ctx.now, name);
  const condition = conditionOf(argv[3] as Bytes);
  const fields = requireFields(argv, condition === undefined ? 3 : 4, NOT_POSITIVE);
  const hash = stored && withoutExpired(ctx, key, stored, fields);
  if (!hash) return fields.map(() => NO_FIELD);
  const replies = fields.map((field) => expireField(ctx, hash, field, deadline, condition));
  const deleted = fields.filter((_, i) => replies[i] === DELETED);
  const updated = fields.filter((_, i) => replies[i] === DEADLINE_SET);
  // All of them have the same deadline: none is deleted while another one is not.
  if (deleted.length > 0) {
    ctx.keys.changed(key, 'hdel');
    recordRemoval(ctx, key, deleted);
  } else if (updated.length > 0) {
    ctx.keys.changed(key, 'hexpire');
    recordDeadline(ctx, key, deadline, updated);
  }
  return replies;
}

interface Variant extends TimeForm {
  readonly name: string;
  readonly summary: string;
  readonly argument: string;
}

function declare({ name, summary, argument, ...form }: Variant): CommandSpec {
  return command({
    name,
    group: 'hash',
    summary,
    since: '7.4.0',
    complexity: 'O(N), N being the number of fields named',
    arity: -6,
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyAt(1, 'RW', 'update')],
    syntax: `key ${argument} [NX | XX | GT | LT] FIELDS numfields:integer field [field ...]`,
    difference:
      'HEXPIRE and its relatives find no field that has expired, even if it was not removed yet: Redis would give it a new deadline.',
    run: (ctx, argv) => expire(ctx, name, argv, form),
  });
}

export const hexpireCommands: readonly CommandSpec[] = [
  declare({
    name: 'hexpire',
    summary: 'Lets fields of a hash expire after some seconds.',
    argument: 'seconds:integer',
    inSeconds: true,
    relative: true,
  }),
  declare({
    name: 'hpexpire',
    summary: 'Lets fields of a hash expire after some milliseconds.',
    argument: 'milliseconds:integer',
    inSeconds: false,
    relative: true,
  }),
  declare({
    name: 'hexpireat',
    summary: 'Lets fields of a hash expire at a Unix time in seconds.',
    argument: 'unix-time-seconds:unix-time',
    inSeconds: true,
    relative: false,
  }),
  declare({
    name: 'hpexpireat',
    summary: 'Lets fields of a hash expire at a Unix time in milliseconds.',
    argument: 'unix-time-milliseconds:unix-time',
    inSeconds: false,
    relative: false,
  }),
];
