// Setting and removing fields.

import type { Bytes } from '../../bytes/bytes';
import { wrongArity } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asHash } from '../../spec/narrow';
import { HashValue } from '../../types/hash';
import { hashToWrite } from './fields';

/** Sets the couples from `argv[2]` on. Returns how many fields are new. */
function setFields(ctx: Context, argv: readonly Bytes[], name: string): number {
  if (argv.length % 2 === 1) throw wrongArity(name);
  const key = argv[1] as Bytes;
  const existing = asHash(ctx.keys.write(key));
  const hash = existing ?? new HashValue(ctx.limits);
  let added = 0;
  for (let i = 2; i < argv.length; i += 2) if (hash.set(argv[i] as Bytes, argv[i + 1] as Bytes)) added++;
  store(ctx, key, hash, existing !== undefined, 'hset');
  return added;
}

/** Hands a hash that was filled or changed over to the keyspace. */
export function store(ctx: Context, key: Bytes, hash: HashValue, exists: boolean, event: string): void {
  if (exists) ctx.keys.changed(key, event);
  else ctx.keys.set(key, hash, event);
}

export const hset = command({
  name: 'hset',
  group: 'hash',
  summary: 'Sets fields of a hash, which is created when it does not exist.',
  since: '2.0.0',
  complexity: 'O(N), N being the number of fields set',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: 'key field value [field value ...]',
  history: [['4.0.0', 'Takes several fields.']],
  run: (ctx, argv) => setFields(ctx, argv, 'hset'),
});

export const hmset = command({
  name: 'hmset',
  group: 'hash',
  summary: 'Sets fields of a hash, as HSET does, and answers OK.',
  since: '2.0.0',
  complexity: 'O(N), N being the number of fields set',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: 'key field value [field value ...]',
  deprecated: { since: '4.0.0', replacedBy: '`HSET` with several fields' },
  run(ctx, argv) {
    setFields(ctx, argv, 'hmset');
    return OK;
  },
});

export const hsetnx = command({
  name: 'hsetnx',
  group: 'hash',
  summary: 'Sets a field of a hash only if it does not exist.',
  since: '2.0.0',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  syntax: 'key field value',
  run(ctx, argv) {
    const [, key, field, value] = argv as [Bytes, Bytes, Bytes, Bytes];
    const existing = hashToWrite(ctx, argv, 2);
    if (existing?.has(field)) return 0;
    const hash = existing ?? new HashValue(ctx.limits);
    hash.set(field, value);
    store(ctx, key, hash, existing !== undefined, 'hset');
    return 1;
  },
});

export const hdel = command({
  name: 'hdel',
  group: 'hash',
  summary: 'Removes fields from a hash. A hash without fields is deleted.',
  since: '2.0.0',
  complexity: 'O(N), N being the number of fields to remove',
  arity: -3,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  syntax: 'key field [field ...]',
  history: [['2.4.0', 'Takes several fields.']],
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const hash = asHash(ctx.keys.write(key));
    if (!hash) return 0;
    let removed = 0;
    for (let i = 2; i < argv.length; i++) if (hash.delete(argv[i] as Bytes)) removed++;
    if (removed > 0) ctx.keys.changed(key, 'hdel');
    return removed;
  },
});
