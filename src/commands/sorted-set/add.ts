import { ascii, type Bytes } from '../../bytes/bytes';
import { formatDouble } from '../../bytes/double';
import { redisError, SYNTAX } from '../../protocol/errors';
import { DoubleReply, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor, requireDouble } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';
import { ZSetValue } from '../../types/zset';

const NX_WITH_XX = redisError('ERR XX and NX options at the same time are not compatible');
const EXCLUSIVE_OPTIONS = redisError('ERR GT, LT, and/or NX options at the same time are not compatible');
const ONE_INCREMENT = redisError('ERR INCR option supports a single increment-element pair');
const NOT_A_NUMBER = redisError('ERR resulting score is not a number (NaN)');

export interface AddOptions {
  /** Only members that are not there (`nx`), or only those that are (`xx`). */
  nx: boolean;
  xx: boolean;
  /** Members that are there change only to a greater, or only to a lower score. */
  gt: boolean;
  lt: boolean;
  /** Count the members that changed and not only the new ones. */
  ch: boolean;
  /** The score is added to the one that is there. */
  incr: boolean;
}

export const zadd = command({
  name: 'zadd',
  group: 'sorted-set',
  summary: 'Adds members to a sorted set, or changes the scores of those that it has. Creates the key when it is missing.',
  since: '1.2.0',
  complexity: 'O(log(N)) for each member, where N is the size of the sorted set.',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  history: [
    ['2.4.0', 'Takes several members.'],
    ['3.0.2', 'Options `XX`, `NX`, `CH` and `INCR`.'],
    ['6.2.0', 'Options `GT` and `LT`.'],
  ],
  difference: 'The sign of a score of -0 is never kept; Redis keeps it in large sorted sets.',
  syntax: 'key [NX | XX] [GT | LT] [CH] [INCR] score:double member [score:double member ...]',
  run(ctx, argv) {
    const cursor = new Cursor(argv, 2);
    const options = readOptions(cursor);
    const first = cursor.position;
    if (cursor.done || cursor.left % 2 !== 0) throw SYNTAX;
    refuseConflicts(options, cursor.left / 2);
    const scores: number[] = [];
    for (let i = first; i < argv.length; i += 2) scores.push(requireDouble(argv[i]));
    return addMembers(ctx, argv, options, scores, first + 1, 2);
  },
});

export const zincrby = command({
  name: 'zincrby',
  group: 'sorted-set',
  summary: 'Adds to the score of a member, which starts at 0 when it is missing.',
  since: '1.2.0',
  complexity: 'O(log(N)) where N is the size of the sorted set.',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key increment:double member',
  run(ctx, argv) {
    const options: AddOptions = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: true };
    return addMembers(ctx, argv, options, [requireDouble(argv[2])], 3, 2);
  },
});

function readOptions(cursor: Cursor): AddOptions {
  const options: AddOptions = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: false };
  for (;;) {
    if (cursor.keyword('NX')) options.nx = true;
    else if (cursor.keyword('XX')) options.xx = true;
    else if (cursor.keyword('CH')) options.ch = true;
    else if (cursor.keyword('INCR')) options.incr = true;
    else if (cursor.keyword('GT')) options.gt = true;
    else if (cursor.keyword('LT')) options.lt = true;
    else return options;
  }
}

function refuseConflicts({ nx, xx, gt, lt, incr }: AddOptions, members: number): void {
  if (nx && xx) throw NX_WITH_XX;
  if ((gt && nx) || (lt && nx) || (gt && lt)) throw EXCLUSIVE_OPTIONS;
  if (incr && members > 1) throw ONE_INCREMENT;
}

/** What ZADD, ZINCRBY and GEOADD do. Score i belongs to the member at `firstMember` + `step` * i of `argv`. */
export function addMembers(
  ctx: Context,
  argv: readonly Bytes[],
  options: AddOptions,
  scores: readonly number[],
  firstMember: number,
  step: number,
): Reply {
  const key = argv[1] as Bytes;
  const existing = asZSet(ctx.keys.write(key));
  if (!existing && options.xx) return options.incr ? null : 0;
  const zset = existing ?? new ZSetValue(ctx.limits);
  const event = options.incr ? 'zincr' : 'zadd';
  let added = 0;
  let updated = 0;
  let result: number | undefined;
  for (let i = 0; i < scores.length; i++) {
    const member = argv[firstMember + step * i] as Bytes;
    const former = zset.score(member);
    const score = wantedScore(former, scores[i] as number, options);
    if (score === undefined) continue;
    result = score;
    if (!zset.put(member, score)) continue;
    if (former === undefined) added++;
    else updated++;
  }
  if (added + updated > 0) {
    if (existing) ctx.keys.changed(key, event);
    else ctx.keys.set(key, zset, event);
    if (options.incr) ctx.effect(ascii('ZADD'), key, formatDouble(result as number), argv[firstMember] as Bytes);
  }
  if (options.incr) return result === undefined ? null : new DoubleReply(result);
  return options.ch ? added + updated : added;
}

/** The score that a member is to have, or undefined when the options leave it alone. */
function wantedScore(former: number | undefined, given: number, { nx, xx, gt, lt, incr }: AddOptions): number | undefined {
  if (former === undefined) return xx ? undefined : given;
  if (nx) return undefined;
  const score = incr ? former + given : given;
  // With INCR there is one member only, so nothing has changed yet.
  if (Number.isNaN(score)) throw NOT_A_NUMBER;
  if ((gt && score <= former) || (lt && score >= former)) return undefined;
  return score;
}
