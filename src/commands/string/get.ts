// Reading one string, alone or together with a change of its life.

import { ascii, type Bytes } from '../../bytes/bytes';
import { SYNTAX } from '../../protocol/errors';
import { command } from '../../spec/command';
import { type Context, NO_DEADLINE } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asString } from '../../spec/narrow';
import { bytesOf, lengthOf } from '../../types/string';
import { type ExpireOption, requireDeadline, takeExpireOption } from './expiry';

export const get = command({
  name: 'get',
  group: 'string',
  summary: 'Returns the string value of a key.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key',
  run(ctx, argv) {
    const value = asString(ctx.keys.read(argv[1] as Bytes));
    return value === undefined ? null : bytesOf(value);
  },
});

export const strlen = command({
  name: 'strlen',
  group: 'string',
  summary: 'Returns how many bytes the string value of a key has.',
  since: '2.2.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO')],
  syntax: 'key',
  run(ctx, argv) {
    const value = asString(ctx.keys.read(argv[1] as Bytes));
    return value === undefined ? 0 : lengthOf(value);
  },
});

export const getdel = command({
  name: 'getdel',
  group: 'string',
  summary: 'Returns the string value of a key and deletes the key.',
  since: '6.2.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete')],
  syntax: 'key',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const value = asString(ctx.keys.read(key));
    if (value === undefined) return null;
    ctx.keys.remove(key);
    ctx.effect(ascii('DEL'), key);
    return bytesOf(value);
  },
});

function readGetexOptions(argv: readonly Bytes[]): ExpireOption | 'persist' | undefined {
  let expire: ExpireOption | undefined;
  let persist = false;
  const cursor = new Cursor(argv, 2);
  while (!cursor.done) {
    if (!expire && cursor.keyword('PERSIST')) persist = true;
    else {
      const option = persist ? undefined : takeExpireOption(cursor, expire);
      if (!option) throw SYNTAX;
      expire = option;
    }
  }
  return persist ? 'persist' : expire;
}

function changeDeadline(ctx: Context, key: Bytes, expire: ExpireOption): void {
  const deadline = requireDeadline(expire, ctx.now, 'getex');
  const absolute = expire.unit === 'EXAT' || expire.unit === 'PXAT';
  if (absolute && deadline.ms <= ctx.now) {
    ctx.keys.remove(key);
    ctx.effect(ascii('DEL'), key);
    return;
  }
  ctx.keys.expireAt(key, deadline.ms, 'expire');
  ctx.effect(ascii('PEXPIREAT'), key, deadline.text);
}

export const getex = command({
  name: 'getex',
  group: 'string',
  summary: 'Returns the string value of a key and changes when the key expires.',
  since: '6.2.0',
  complexity: 'O(1)',
  arity: -2,
  flags: ['write', 'fast'],
  keys: [{ ...keyAt(1, 'RW', 'access', 'update'), notes: 'What is updated is the expiry, not the value.' }],
  syntax:
    'key [EX seconds:integer | PX milliseconds:integer | EXAT unix-time-seconds:unix-time | PXAT unix-time-milliseconds:unix-time | PERSIST]',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const option = readGetexOptions(argv);
    const value = asString(ctx.keys.read(key));
    // A time is only judged when there is a key, as in Redis.
    if (value === undefined) return null;
    if (option === 'persist') {
      if (ctx.keys.deadline(key) !== NO_DEADLINE) {
        ctx.keys.expireAt(key, NO_DEADLINE, 'persist');
        ctx.effect(ascii('PERSIST'), key);
      }
    } else if (option) changeDeadline(ctx, key, option);
    return bytesOf(value);
  },
});
