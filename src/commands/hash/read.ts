// Reading fields and values.

import type { Bytes } from '../../bytes/bytes';
import { MapReply, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asHash } from '../../spec/narrow';
import type { HashValue } from '../../types/hash';
import { forEachLivePlace, hashToRead } from './fields';

/** The hash at `argv[1]`, or undefined when there is no such key. */
function hashOf(ctx: Context, argv: readonly Bytes[]): HashValue | undefined {
  return asHash(ctx.keys.read(argv[1] as Bytes));
}

/** What `pick` takes of every place whose field has not expired, in order. */
function collect(ctx: Context, argv: readonly Bytes[], pick: (hash: HashValue, place: number, items: Reply[]) => void): Reply[] {
  const items: Reply[] = [];
  const hash = hashOf(ctx, argv);
  if (hash) forEachLivePlace(ctx, hash, (place) => pick(hash, place, items));
  return items;
}

const whole = {
  group: 'hash',
  since: '2.0.0',
  complexity: 'O(N), N being the number of fields of the hash',
  arity: 2,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output_order'],
  syntax: 'key',
} as const;

export const hget = command({
  name: 'hget',
  group: 'hash',
  summary: 'Returns the value of a field of a hash.',
  since: '2.0.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key field',
  run: (ctx, argv) => hashToRead(ctx, argv, 2)?.get(argv[2] as Bytes) ?? null,
});

export const hmget = command({
  name: 'hmget',
  group: 'hash',
  summary: 'Returns the values of several fields of a hash.',
  since: '2.0.0',
  complexity: 'O(N), N being the number of fields asked for',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key field [field ...]',
  run(ctx, argv) {
    const hash = hashToRead(ctx, argv, 2, argv.length - 1);
    const values: Reply[] = [];
    for (let i = 2; i < argv.length; i++) values.push(hash?.get(argv[i] as Bytes) ?? null);
    return values;
  },
});

export const hgetall = command({
  ...whole,
  name: 'hgetall',
  summary: 'Returns all fields of a hash with their values.',
  run: (ctx, argv) => new MapReply(collect(ctx, argv, (hash, place, items) => items.push(hash.fieldAt(place), hash.valueAt(place)))),
});

export const hkeys = command({
  ...whole,
  name: 'hkeys',
  summary: 'Returns all fields of a hash.',
  run: (ctx, argv) => collect(ctx, argv, (hash, place, items) => items.push(hash.fieldAt(place))),
});

export const hvals = command({
  ...whole,
  name: 'hvals',
  summary: 'Returns all values of a hash.',
  run: (ctx, argv) => collect(ctx, argv, (hash, place, items) => items.push(hash.valueAt(place))),
});

export const hlen = command({
  name: 'hlen',
  group: 'hash',
  summary: 'Returns how many fields a hash has, with those that have expired but were not removed yet.',
  since: '2.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO')],
  syntax: 'key',
  run: (ctx, argv) => hashOf(ctx, argv)?.size ?? 0,
});

export const hstrlen = command({
  name: 'hstrlen',
  group: 'hash',
  summary: 'Returns the length in bytes of the value of a field.',
  since: '3.2.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO')],
  syntax: 'key field',
  run: (ctx, argv) => hashToRead(ctx, argv, 2)?.get(argv[2] as Bytes)?.length ?? 0,
});

export const hexists = command({
  name: 'hexists',
  group: 'hash',
  summary: 'Tells whether a hash has a field.',
  since: '2.0.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO')],
  syntax: 'key field',
  run: (ctx, argv) => (hashToRead(ctx, argv, 2)?.has(argv[2] as Bytes) ? 1 : 0),
});
