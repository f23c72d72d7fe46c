// DUMP and RESTORE: values in Redis' own form, between here and any Redis.

import { ascii, type Bytes } from '../../bytes/bytes';
import type { Int64 } from '../../bytes/integer';
import { redisError, SYNTAX } from '../../protocol/errors';
import { OK, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import { type Context, NO_DEADLINE } from '../../spec/context';
import { Cursor, requireInt64 } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { dumpPayload, isPayload, valueInPayload } from '../../types/rdb/payload';
import { RdbError } from '../../types/rdb/reader';
import type { Value } from '../../types/value';

const BUSY_KEY = redisError('BUSYKEY Target key name already exists.');
const INVALID_TTL = redisError('ERR Invalid TTL value, must be >= 0');
const INVALID_IDLE_TIME = redisError('ERR Invalid IDLETIME value, must be >= 0');
const INVALID_FREQUENCY = redisError('ERR Invalid FREQ value, must be >= 0 and <= 255');
const BAD_PAYLOAD = redisError('ERR DUMP payload version or checksum are wrong');
const BAD_FORMAT = redisError('ERR Bad data format');

const MAX_FREQUENCY = 255;
const RESTORE = ascii('RESTORE');
const DEL = ascii('DEL');

export const dump = command({
  name: 'dump',
  group: 'generic',
  summary: 'Returns the value of a key in a form that RESTORE takes, here and in Redis.',
  since: '2.6.0',
  complexity: 'O(N) for a value of N elements or bytes.',
  arity: 2,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  syntax: 'key',
  difference:
    'DUMP writes what Redis 7.0 reads, and a hash with deadlines of fields as Redis 7.4 does. Of a stream it leaves out the names that producers gave entries, and when each consumer last got one; an array, whose form is not published, has one of our own.',
  run(ctx, argv) {
    const value = ctx.keys.read(argv[1] as Bytes);
    return value === undefined ? null : dumpPayload(value);
  },
});

interface Options {
  replace: boolean;
  absolute: boolean;
  idleSeconds: number | undefined;
  frequency: number | undefined;
}

function readOptions(argv: readonly Bytes[]): Options {
  const options: Options = { replace: false, absolute: false, idleSeconds: undefined, frequency: undefined };
  const args = new Cursor(argv, 4);
  while (!args.done) {
    if (args.keyword('REPLACE')) options.replace = true;
    else if (args.keyword('ABSTTL')) options.absolute = true;
    else if (options.frequency === undefined && args.option('IDLETIME')) {
      options.idleSeconds = args.integer();
      if (options.idleSeconds < 0) throw INVALID_IDLE_TIME;
    } else if (options.idleSeconds === undefined && args.option('FREQ')) {
      options.frequency = args.integer();
      if (options.frequency < 0 || options.frequency > MAX_FREQUENCY) throw INVALID_FREQUENCY;
    } else throw SYNTAX;
  }
  return options;
}

function requireValue(ctx: Context, payload: Bytes): Value {
  if (!isPayload(payload)) throw BAD_PAYLOAD;
  try {
    return valueInPayload(payload, ctx.limits);
  } catch (error) {
    if (error instanceof RdbError) throw BAD_FORMAT;
    throw error;
  }
}

/** The deadline of an argument, 0 when there is none to be; a sum beyond 64 bits comes round as in C. */
function deadlineFrom(ctx: Context, ttl: Int64, absolute: boolean): bigint {
  if (ttl < 0) throw INVALID_TTL;
  return ttl === 0 || absolute ? BigInt(ttl) : BigInt.asIntN(64, BigInt(ttl) + BigInt(ctx.now));
}

function run(ctx: Context, argv: readonly Bytes[]): Reply {
  const [, key, ttl, payload] = argv as [Bytes, Bytes, Bytes, Bytes];
  const { replace, absolute, idleSeconds, frequency } = readOptions(argv);
  if (!replace && ctx.keys.has(key)) throw BUSY_KEY;
  const exact = deadlineFrom(ctx, requireInt64(ttl), absolute);
  const value = requireValue(ctx, payload);
  const deadline = Number(exact);
  if (exact !== 0n && deadline <= ctx.now) {
    if (ctx.keys.remove(key)) ctx.effect(DEL, key);
    return OK;
  }
  ctx.keys.set(key, value, 'restore', exact === 0n ? NO_DEADLINE : deadline);
  ctx.keys.setUse(key, { idleMs: idleSeconds === undefined ? undefined : idleSeconds * 1000, frequency });
  ctx.effect(RESTORE, key, ascii(`${exact}`), payload, ascii('ABSTTL'), ascii('REPLACE'));
  return OK;
}

export const restore = command({
  name: 'restore',
  group: 'generic',
  summary: 'Creates a key with a value that DUMP gave, here or in Redis.',
  since: '2.6.0',
  complexity: 'O(N) for a value of N elements or bytes, O(N*log(N)) for a sorted set.',
  arity: -4,
  flags: ['write', 'denyoom'],
  categories: ['dangerous'],
  keys: [keyAt(1, 'OW', 'update')],
  syntax: 'key ttl:integer serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds:integer] [FREQ frequency:integer]',
  difference:
    'RESTORE always checks a payload as Redis does with `sanitize-dump-payload yes`, and refuses one that would take more than 128 MB of memory.',
  history: [
    ['3.0.0', 'Took REPLACE.'],
    ['5.0.0', 'Took ABSTTL.'],
    ['5.0.0', 'Took IDLETIME and FREQ.'],
  ],
  run,
});
