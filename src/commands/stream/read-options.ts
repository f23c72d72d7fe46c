// The arguments that XREAD and XREADGROUP have in common.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import type { ErrorReply } from '../../protocol/reply';
import { requireTimeoutMs } from '../../spec/blocking';
import type { Context } from '../../spec/context';
import { Cursor, requireInteger } from '../../spec/cursor';

const onlyGroups = (option: string): ErrorReply =>
  redisError(`ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`);
const NO_GROUP = redisError('ERR Missing GROUP option for XREADGROUP');
const NOT_AN_IDLE_TIME = redisError('ERR min-idle-time is not an integer');
const NEGATIVE_IDLE_TIME = redisError('ERR min-idle-time must be a positive integer');
const WRONG_MAX_COUNT = redisError('ERR MAXCOUNT must be a positive integer');
const WRONG_MAX_SIZE = redisError('ERR MAXSIZE must be a positive integer');
const BELOW_COUNT = redisError('ERR MAXCOUNT must be greater than or equal to COUNT');

export interface ReadOptions {
  /** Undefined: it does not wait. */
  deadline: number | undefined;
  /** Entries of each stream at most; 0 is no limit. */
  count: number;
  /** Entries, and bytes of the answer, of all streams together at most. */
  maxCount: number;
  maxSize: number;
  group: { readonly name: Bytes; readonly consumer: Bytes } | undefined;
  noAck: boolean;
  /** Claims what has been pending for so many milliseconds before it reads on. */
  claimIdle: number | undefined;
  keys: readonly Bytes[];
  /** As they are written, one for each key. */
  ids: readonly Bytes[];
}

export function readOptions(ctx: Context, argv: readonly Bytes[], ofGroup: boolean): ReadOptions {
  const cursor = new Cursor(argv, 1);
  const options: ReadOptions = {
    deadline: undefined,
    count: 0,
    maxCount: Number.POSITIVE_INFINITY,
    maxSize: Number.POSITIVE_INFINITY,
    group: undefined,
    noAck: false,
    claimIdle: undefined,
    keys: [],
    ids: [],
  };
  while (options.keys.length === 0) {
    if (cursor.option('BLOCK')) {
      options.deadline = requireTimeoutMs(cursor.next(), ctx.now);
    } else if (cursor.option('COUNT')) options.count = Math.max(cursor.integer(), 0);
    else if (cursor.option('MAXCOUNT')) options.maxCount = cursor.integer(WRONG_MAX_COUNT, 1);
    else if (cursor.option('MAXSIZE')) options.maxSize = cursor.integer(WRONG_MAX_SIZE, 1);
    else if (cursor.option('STREAMS')) takeStreams(options, cursor, ofGroup);
    else takeGroupOption(options, cursor, ofGroup);
  }
  if (ofGroup && !options.group) throw NO_GROUP;
  if (options.maxCount < options.count) throw BELOW_COUNT;
  return options;
}

function takeStreams(options: ReadOptions, cursor: Cursor, ofGroup: boolean): void {
  const given = cursor.rest();
  if (given.length % 2 !== 0) {
    const [name, id] = ofGroup ? ['xreadgroup', '>'] : ['xread', '$'];
    // The words of 7.2 and later.
    throw redisError(`ERR Unbalanced '${name}' list of streams: for each stream key an ID or '${id}' must be specified.`);
  }
  options.keys = given.slice(0, given.length / 2);
  options.ids = given.slice(given.length / 2);
}

function takeGroupOption(options: ReadOptions, cursor: Cursor, ofGroup: boolean): void {
  if (cursor.option('GROUP', 2)) {
    if (!ofGroup) throw onlyGroups('GROUP');
    options.group = { name: cursor.next(), consumer: cursor.next() };
  } else if (cursor.keyword('NOACK')) {
    if (!ofGroup) throw onlyGroups('NOACK');
    options.noAck = true;
  } else if (cursor.option('CLAIM')) {
    if (!ofGroup) throw onlyGroups('CLAIM');
    options.claimIdle = requireInteger(cursor.next(), NOT_AN_IDLE_TIME);
    if (options.claimIdle < 0) throw NEGATIVE_IDLE_TIME;
  } else throw SYNTAX;
}

/** What is left of MAXCOUNT and MAXSIZE. At least one entry is always returned. */
export class Budget {
  private entries: number;
  private bytes: number;

  constructor({ maxCount, maxSize }: Pick<ReadOptions, 'maxCount' | 'maxSize'>) {
    this.entries = maxCount;
    this.bytes = maxSize;
  }

  /** Whether there is room for one more entry, which then is taken. */
  take(pairs: readonly Bytes[] | undefined, first: boolean): boolean {
    if (this.bytes !== Number.POSITIVE_INFINITY) this.bytes -= sizeOf(pairs ?? []);
    if (this.entries <= 0 || (this.bytes < 0 && !first)) return false;
    this.entries--;
    return true;
  }
}

/** About what an entry takes in an answer: its id, its fields and values, and the marks of each. */
function sizeOf(pairs: readonly Bytes[]): number {
  let bytes = 32;
  for (const one of pairs) bytes += one.length + `${one.length}`.length + 5;
  return bytes;
}
