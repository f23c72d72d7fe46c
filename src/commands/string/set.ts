// SET and its older, narrower forms.

import { ascii, type Bytes } from '../../bytes/bytes';
import { SYNTAX } from '../../protocol/errors';
import { OK, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asString } from '../../spec/narrow';
import { bytesOf } from '../../types/string';
import type { Value } from '../../types/value';
import { type Comparison, holds, readComparison } from './compare';
import { type ExactDeadline, type ExpireOption, type ExpireUnit, requireDeadline, takeExpireOption } from './expiry';

interface SetOptions {
  condition: 'NX' | 'XX' | Comparison | undefined;
  get: boolean;
  keepTtl: boolean;
  expire: ExpireOption | undefined;
}

/** In any order, repeated or not, as long as they do not contradict each other. */
function readOptions(argv: readonly Bytes[]): SetOptions {
  const options: SetOptions = { condition: undefined, get: false, keepTtl: false, expire: undefined };
  const cursor = new Cursor(argv, 3);
  while (!cursor.done) {
    if (allows(options.condition, 'NX') && cursor.keyword('NX')) options.condition = 'NX';
    else if (allows(options.condition, 'XX') && cursor.keyword('XX')) options.condition = 'XX';
    else if (cursor.keyword('GET')) options.get = true;
    else if (!options.expire && cursor.keyword('KEEPTTL')) options.keepTtl = true;
    else if (!takeComparison(cursor, options)) {
      const expire = options.keepTtl ? undefined : takeExpireOption(cursor, options.expire);
      if (!expire) throw SYNTAX;
      options.expire = expire;
    }
  }
  return options;
}

/** NX and XX may be repeated. */
function allows(former: SetOptions['condition'], next: 'NX' | 'XX'): boolean {
  return former === undefined || former === next;
}

function takeComparison(cursor: Cursor, options: SetOptions): boolean {
  const comparison = options.condition === undefined ? readComparison(cursor) : undefined;
  options.condition ??= comparison;
  return comparison !== undefined;
}

/** Whether the condition lets SET go on. A value to compare with must be a string. */
function permits(condition: SetOptions['condition'], value: Value | undefined): boolean {
  if (condition === undefined) return true;
  if (condition === 'NX') return value === undefined;
  if (condition === 'XX') return value !== undefined;
  return holds(condition, asString(value));
}

/** Stores a string that expires, and records the absolute time. */
function setWithDeadline(ctx: Context, key: Bytes, value: Bytes, deadline: ExactDeadline): void {
  ctx.keys.set(key, value, 'set', deadline.ms);
  ctx.effect(ascii('SET'), key, value, ascii('PXAT'), deadline.text);
}

export const set = command({
  name: 'set',
  group: 'string',
  summary: 'Stores a string at a key, whatever the key held before.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: [
    {
      ...keyAt(1, 'RW', 'access', 'update', 'variable_flags'),
      notes: 'The value is only read when GET is given.',
      resolve: (argv) => (argv.slice(3).some((option) => option.toUpperCase() === 'GET') ? ['RW', 'access', 'update'] : ['OW', 'update']),
    },
  ],
  syntax:
    'key value [NX | XX | IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest] [GET] [EX seconds:integer | PX milliseconds:integer | EXAT unix-time-seconds:unix-time | PXAT unix-time-milliseconds:unix-time | KEEPTTL]',
  history: [
    ['2.6.12', 'EX, PX, NX and XX.'],
    ['6.0.0', 'KEEPTTL.'],
    ['6.2.0', 'GET, EXAT and PXAT.'],
    ['7.0.0', 'NX and GET may be combined.'],
    ['8.4.0', 'IFEQ, IFNE, IFDEQ and IFDNE.'],
  ],
  run(ctx, argv) {
    const [, key, value] = argv as [Bytes, Bytes, Bytes];
    if (argv.length === 3) {
      ctx.keys.set(key, value, 'set');
      return OK;
    }
    const { condition, get, keepTtl, expire } = readOptions(argv);
    const deadline = expire && requireDeadline(expire, ctx.now, 'set');
    const old = get ? asString(ctx.keys.read(key)) : undefined;
    // Otherwise what is there makes no difference, and need not be read.
    const existing = condition !== undefined || keepTtl ? ctx.keys.write(key) : undefined;
    const former = old === undefined ? null : bytesOf(old);
    if (!permits(condition, existing)) return get ? former : null;
    if (deadline) setWithDeadline(ctx, key, value, deadline);
    else if (keepTtl && existing !== undefined) ctx.keys.replace(key, value, 'set');
    else ctx.keys.set(key, value, 'set');
    return get ? former : OK;
  },
});

export const setnx = command({
  name: 'setnx',
  group: 'string',
  summary: 'Stores a string at a key that does not exist yet.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'OW', 'insert')],
  syntax: 'key value',
  deprecated: { since: '2.6.12', replacedBy: '`SET` with the `NX` argument' },
  run(ctx, argv) {
    const [, key, value] = argv as [Bytes, Bytes, Bytes];
    if (ctx.keys.write(key) !== undefined) return 0;
    ctx.keys.set(key, value, 'set');
    return 1;
  },
});

function setExpiring(unit: ExpireUnit, name: string) {
  return (ctx: Context, argv: readonly Bytes[]): Reply => {
    const [, key, time, value] = argv as [Bytes, Bytes, Bytes, Bytes];
    setWithDeadline(ctx, key, value, requireDeadline({ unit, time }, ctx.now, name));
    return OK;
  };
}

export const setex = command({
  name: 'setex',
  group: 'string',
  summary: 'Stores a string at a key together with the seconds until it expires.',
  since: '2.0.0',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'OW', 'update')],
  syntax: 'key seconds:integer value',
  deprecated: { since: '2.6.12', replacedBy: '`SET` with the `EX` argument' },
  run: setExpiring('EX', 'setex'),
});

export const psetex = command({
  name: 'psetex',
  group: 'string',
  summary: 'Stores a string at a key together with the milliseconds until it expires.',
  since: '2.6.0',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'OW', 'update')],
  syntax: 'key milliseconds:integer value',
  deprecated: { since: '2.6.12', replacedBy: '`SET` with the `PX` argument' },
  run: setExpiring('PX', 'psetex'),
});

export const getset = command({
  name: 'getset',
  group: 'string',
  summary: 'Stores a string at a key and returns what was there.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key value',
  deprecated: { since: '6.2.0', replacedBy: '`SET` with the `GET` argument' },
  run(ctx, argv) {
    const [, key, value] = argv as [Bytes, Bytes, Bytes];
    const old = asString(ctx.keys.read(key));
    const former = old === undefined ? null : bytesOf(old);
    ctx.keys.set(key, value, 'set');
    return former;
  },
});
