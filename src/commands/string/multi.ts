// Several strings at once.

import { ascii, type Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX, wrongArity } from '../../protocol/errors';
import { OK, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { keysFrom } from '../../spec/keys';
import { bytesOf, StringBuffer } from '../../types/string';
import { type ExpireOption, requireDeadline, takeExpireOption } from './expiry';

/** What Redis' numkeys of this command can be at most (INT_MAX). */
const MAX_NUMKEYS = 2 ** 31 - 1;

export const mget = command({
  name: 'mget',
  group: 'string',
  summary: 'Returns the string values of several keys.',
  since: '1.0.0',
  complexity: 'O(N), N being the number of keys',
  arity: -2,
  flags: ['readonly', 'fast'],
  tips: ['request_policy:multi_shard'],
  keys: [keysFrom(1, -1, 1, 'RO', 'access')],
  syntax: 'key [key ...]',
  sharding: { split: 'scatter' },
  run(ctx, argv) {
    const replies: Reply[] = [];
    for (let i = 1; i < argv.length; i++) {
      const value = ctx.keys.read(argv[i] as Bytes);
      replies.push(typeof value === 'string' || value instanceof StringBuffer ? bytesOf(value) : null);
    }
    return replies;
  },
});

function setPairs(ctx: Context, argv: readonly Bytes[]): void {
  for (let i = 1; i < argv.length; i += 2) ctx.keys.set(argv[i] as Bytes, argv[i + 1] as Bytes, 'set');
}

export const mset = command({
  name: 'mset',
  group: 'string',
  summary: 'Stores strings at several keys.',
  since: '1.0.1',
  complexity: 'O(N), N being the number of keys',
  arity: -3,
  flags: ['write', 'denyoom'],
  tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
  keys: [keysFrom(1, -1, 2, 'OW', 'update')],
  syntax: 'key value [key value ...]',
  sharding: { split: 'ok' },
  run(ctx, argv) {
    if (argv.length % 2 === 0) throw wrongArity('mset');
    setPairs(ctx, argv);
    return OK;
  },
});

interface MsetexOptions {
  condition: 'NX' | 'XX' | undefined;
  keepTtl: boolean;
  expire: ExpireOption | undefined;
}

/** In any order; one condition and one word about the deadline at most. */
function readMsetexOptions(cursor: Cursor): MsetexOptions {
  const options: MsetexOptions = { condition: undefined, keepTtl: false, expire: undefined };
  while (!cursor.done) {
    if (options.condition === undefined && cursor.keyword('NX')) options.condition = 'NX';
    else if (options.condition === undefined && cursor.keyword('XX')) options.condition = 'XX';
    else if (!options.expire && !options.keepTtl && cursor.keyword('KEEPTTL')) options.keepTtl = true;
    else {
      const expire = options.keepTtl || options.expire ? undefined : takeExpireOption(cursor, undefined);
      if (!expire) throw SYNTAX;
      options.expire = expire;
    }
  }
  return options;
}

const BAD_NUMKEYS = redisError('ERR invalid numkeys value');

export const msetex = command({
  name: 'msetex',
  group: 'string',
  summary: 'Stores strings at several keys, with one expire time for all of them, if a condition is met by all of them.',
  since: '8.4.0',
  complexity: 'O(N), N being the number of keys',
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: [{ flags: ['OW', 'update'], begin: { index: 1 }, find: { keynum: 0, first: 1, step: 2 } }],
  tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
  syntax:
    'numkeys:integer key value [key value ...] [NX | XX] [EX seconds:integer | PX milliseconds:integer | EXAT unix-time-seconds:unix-time | PXAT unix-time-milliseconds:unix-time | KEEPTTL]',
  run(ctx, argv) {
    const cursor = new Cursor(argv, 1);
    const count = cursor.integer(BAD_NUMKEYS, 1, MAX_NUMKEYS);
    if (count * 2 > cursor.left) throw wrongArity('msetex');
    const couples = cursor.take(count * 2);
    const { condition, keepTtl, expire } = readMsetexOptions(cursor);
    const deadline = expire && requireDeadline(expire, ctx.now, 'msetex');
    if (condition !== undefined) {
      for (let i = 0; i < couples.length; i += 2) {
        if ((ctx.keys.write(couples[i] as Bytes) !== undefined) === (condition === 'NX')) return 0;
      }
    }
    for (let i = 0; i < couples.length; i += 2) {
      const [key, value] = [couples[i] as Bytes, couples[i + 1] as Bytes];
      if (keepTtl && ctx.keys.has(key)) ctx.keys.replace(key, value, 'set');
      else ctx.keys.set(key, value, 'set', deadline?.ms);
    }
    if (deadline) ctx.effect(ascii('MSETEX'), argv[1] as Bytes, ...couples, ascii('PXAT'), deadline.text);
    return 1;
  },
});

export const msetnx = command({
  name: 'msetnx',
  group: 'string',
  summary: 'Stores strings at several keys, provided that none of the keys exists.',
  since: '1.0.1',
  complexity: 'O(N), N being the number of keys',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: [keysFrom(1, -1, 2, 'OW', 'insert')],
  tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
  syntax: 'key value [key value ...]',
  run(ctx, argv) {
    if (argv.length % 2 === 0) throw wrongArity('msetnx');
    for (let i = 1; i < argv.length; i += 2) if (ctx.keys.write(argv[i] as Bytes) !== undefined) return 0;
    setPairs(ctx, argv);
    return 1;
  },
});
