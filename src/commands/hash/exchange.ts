// HGETEX, HSETEX and HGETDEL: reading or writing fields together with what becomes of them.

import { ascii, type Bytes } from '../../bytes/bytes';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asHash } from '../../spec/narrow';
import { HashValue } from '../../types/hash';
import { recordDeadline, recordRemoval } from './field-deadline';
import { fieldsClause, requireFields, withoutExpired } from './fields';
import { type FieldOptions, HGETEX, HSETEX, readFieldOptions } from './options';
import { store } from './write';

const COMPLEXITY = 'O(N), N being the number of fields named';
const TIMES = 'EX seconds:integer | PX milliseconds:integer | EXAT unix-time-seconds:unix-time | PXAT unix-time-milliseconds:unix-time';

/** Gives the fields that exist a deadline, one in the past deletes them, or with PERSIST takes it away. */
function changeExpiry(ctx: Context, key: Bytes, hash: HashValue, fields: readonly Bytes[], expiry: number | 'PERSIST'): void {
  if (expiry === 'PERSIST') {
    const persisted = fields.filter((field) => hash.deadlineOf(field) !== undefined);
    if (persisted.length === 0) return;
    for (const field of persisted) hash.setDeadline(field, undefined);
    ctx.keys.changed(key, 'hpersist');
    ctx.effect(ascii('HPERSIST'), key, ...fieldsClause(persisted));
    return;
  }
  const existing = fields.filter((field) => hash.has(field));
  if (existing.length === 0) return;
  if (expiry <= ctx.now) {
    for (const field of existing) hash.delete(field);
    ctx.keys.changed(key, 'hdel');
    recordRemoval(ctx, key, existing);
    return;
  }
  for (const field of existing) hash.setDeadline(field, expiry);
  ctx.keys.changed(key, 'hexpire');
  recordDeadline(ctx, key, expiry, existing);
}

export const hgetex = command({
  name: 'hgetex',
  group: 'hash',
  summary: 'Returns the values of fields of a hash and changes when the fields expire.',
  since: '8.0.0',
  complexity: COMPLEXITY,
  arity: -5,
  flags: ['write', 'fast'],
  keys: [{ ...keyAt(1, 'RW', 'access', 'update'), notes: 'What is updated is the expiry, not the value.' }],
  syntax: `key [${TIMES} | PERSIST] FIELDS numfields:integer field [field ...]`,
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const stored = asHash(ctx.keys.write(key));
    const { expiry, items: fields } = readFieldOptions(HGETEX, argv, ctx.now);
    const hash = stored && withoutExpired(ctx, key, stored, fields);
    if (!hash) return fields.map(() => null);
    // A field that is deleted is not there when it is named again.
    const deletes = expiry !== undefined && expiry !== 'PERSIST' && (expiry as number) <= ctx.now;
    const replies: Reply[] = fields.map((field, i) => (deletes && fields.indexOf(field) < i ? null : (hash.get(field) ?? null)));
    if (expiry !== undefined && expiry !== 'KEEPTTL') changeExpiry(ctx, key, hash, fields, expiry);
    return replies;
  },
});

/** FNX: none of the fields exists; FXX: all of them do. Redis looks no further than to the first that decides it. */
function conditionMet(ctx: Context, key: Bytes, stored: HashValue | undefined, { condition, items }: FieldOptions): boolean {
  if (condition === undefined) return true;
  let hash = stored;
  for (let i = 0; i < items.length; i += 2) {
    const field = items[i] as Bytes;
    hash = hash && withoutExpired(ctx, key, hash, [field]);
    if ((hash?.has(field) ?? false) === (condition === 'FNX')) return false;
  }
  return true;
}

/** Records what a command that set fields amounted to, whatever its conditions were. */
function recordSet(ctx: Context, key: Bytes, expiry: FieldOptions['expiry'], items: readonly Bytes[]): void {
  if (expiry === undefined) {
    ctx.effect(ascii('HSET'), key, ...items);
    return;
  }
  const option = typeof expiry === 'number' ? [ascii('PXAT'), ascii(`${expiry}`)] : [ascii('KEEPTTL')];
  ctx.effect(ascii('HSETEX'), key, ...option, ascii('FIELDS'), ascii(`${items.length / 2}`), ...items);
}

export const hsetex = command({
  name: 'hsetex',
  group: 'hash',
  summary: 'Sets fields of a hash, with one expire time for all of them, if a condition is met by all of them.',
  since: '8.0.0',
  complexity: 'O(N), N being the number of fields set',
  arity: -6,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: `key [FNX | FXX] [${TIMES} | KEEPTTL] FIELDS numfields:integer field value [field value ...]`,
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const options = readFieldOptions(HSETEX, argv, ctx.now);
    const { expiry, items } = options;
    const stored = asHash(ctx.keys.write(key));
    if (!conditionMet(ctx, key, stored, options)) return 0;
    const existing = stored && stored.size > 0 ? stored : undefined;
    const hash = existing ?? new HashValue(ctx.limits);
    const fields = items.filter((_, i) => i % 2 === 0);
    for (let i = 0; i < items.length; i += 2) {
      const [field, value] = [items[i] as Bytes, items[i + 1] as Bytes];
      if (expiry === 'KEEPTTL') hash.put(field, value);
      else hash.set(field, value);
    }
    store(ctx, key, hash, existing !== undefined, 'hset');
    if (typeof expiry !== 'number') recordSet(ctx, key, expiry, items);
    else if (expiry <= ctx.now) {
      for (const field of fields) hash.delete(field);
      ctx.keys.changed(key, 'hdel');
      recordRemoval(ctx, key, fields);
    } else {
      for (const field of fields) hash.setDeadline(field, expiry);
      ctx.keys.changed(key, 'hexpire');
      recordSet(ctx, key, expiry, items);
    }
    return 1;
  },
});

export const hgetdel = command({
  name: 'hgetdel',
  group: 'hash',
  summary: 'Returns the values of fields of a hash and removes the fields.',
  since: '8.0.0',
  complexity: COMPLEXITY,
  arity: -5,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete')],
  syntax: 'key FIELDS numfields:integer field [field ...]',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const stored = asHash(ctx.keys.write(key));
    const fields = requireFields(argv, 2);
    const hash = stored && withoutExpired(ctx, key, stored, fields);
    const removed: Bytes[] = [];
    const replies = fields.map((field) => {
      const value = hash?.get(field) ?? null;
      if (hash?.delete(field)) removed.push(field);
      return value;
    });
    if (removed.length > 0) {
      ctx.keys.changed(key, 'hdel');
      recordRemoval(ctx, key, removed);
    }
    return replies;
  },
});
