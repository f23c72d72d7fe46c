// Asking Bloom filters: BF.EXISTS, BF.MEXISTS, BF.INFO, BF.CARD.

import type { Bytes } from '../../bytes/bytes';
import { redisError, wrongArity } from '../../protocol/errors';
import { BooleanReply, MapReply, type Reply, Status } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asBloom } from '../../spec/narrow';
import { BloomFilter } from '../../types/bloom';
import { NOT_FOUND } from './write';

const UNKNOWN = redisError('Invalid information value');

const reading = { group: 'bloom', since: '1.0.0', flags: ['readonly', 'fast'], keys: [keyAt(1, 'RO', 'access')] } as const;

/** For a key that holds something else the answer is no, as it is where there is no key. */
function contained(ctx: Context, argv: readonly Bytes[]): Reply[] {
  const value = ctx.keys.read(argv[1] as Bytes);
  const filter = value instanceof BloomFilter ? value : undefined;
  return argv.slice(2).map((item) => new BooleanReply(filter?.has(item) ?? false));
}

export const bfExists = command({
  ...reading,
  name: 'bf.exists',
  summary: 'Tells whether an item may have been added to a Bloom filter, or surely has not.',
  complexity: 'O(k) where k is the number of hash functions',
  arity: 3,
  syntax: 'key item',
  run: (ctx, argv) => contained(ctx, argv)[0] as Reply,
});

export const bfMexists = command({
  ...reading,
  name: 'bf.mexists',
  summary: 'Tells of several items whether they may have been added to a Bloom filter.',
  complexity: 'O(k * n) where k is the number of hash functions and n that of the items',
  arity: -3,
  syntax: 'key item [item ...]',
  run: contained,
});

export const bfCard = command({
  ...reading,
  name: 'bf.card',
  summary: 'Returns how many different items were added to a Bloom filter.',
  since: '2.4.4',
  complexity: 'O(1)',
  arity: 2,
  syntax: 'key',
  run: (ctx, argv) => asBloom(ctx.keys.read(argv[1] as Bytes))?.size ?? 0,
});

/** By option: the name in the answer, and the number. */
const FIELDS: Readonly<Record<string, readonly [name: string, of: (filter: BloomFilter) => number | null]>> = {
  CAPACITY: ['Capacity', (filter) => filter.capacity],
  SIZE: ['Size', (filter) => filter.foreignMemory],
  FILTERS: ['Number of filters', (filter) => filter.filters],
  ITEMS: ['Number of items inserted', (filter) => filter.size],
  EXPANSION: ['Expansion rate', (filter) => filter.expansion ?? null],
};

export const bfInfo = command({
  ...reading,
  name: 'bf.info',
  summary: 'Tells how a Bloom filter is made and how full it is.',
  complexity: 'O(1)',
  arity: -2,
  syntax: 'key [CAPACITY | SIZE | FILTERS | ITEMS | EXPANSION]',
  run(ctx, argv) {
    if (argv.length > 3) throw wrongArity('bf.info');
    const filter = asBloom(ctx.keys.read(argv[1] as Bytes));
    if (filter === undefined) throw NOT_FOUND;
    const option = argv[2];
    if (option === undefined) return new MapReply(Object.values(FIELDS).flatMap(([name, of]): Reply[] => [new Status(name), of(filter)]));
    const field = FIELDS[option.toUpperCase()];
    if (field === undefined) throw UNKNOWN;
    const [name, of] = field;
    return ctx.client.protocol === 3 ? new MapReply([new Status(name), of(filter)]) : [of(filter)];
  },
});
