// Random fields, and walks over large hashes.

import { ascii, type Bytes } from '../../bytes/bytes';
import { SYNTAX } from '../../protocol/errors';
import { MAX_REPEATED_DRAWS } from '../../protocol/limits';
import { PairsReply, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { drawPlaces, readDrawCount } from '../../spec/draw';
import { keyAt } from '../../spec/keys';
import { asHash } from '../../spec/narrow';
import { requireScanCursor, ScanOptions } from '../../spec/scan';
import type { HashValue } from '../../types/hash';
import { withoutExpired } from './fields';

/** The hash without any field that has expired: what is drawn from. */
function unexpired(ctx: Context, key: Bytes): HashValue | undefined {
  const hash = asHash(ctx.keys.read(key));
  return hash && withoutExpired(ctx, key, hash, hash.expiredFields(ctx.now));
}

export const hrandfield = command({
  name: 'hrandfield',
  group: 'hash',
  summary: 'Returns random fields of a hash: different ones for a positive count, with repetitions for a negative one.',
  since: '6.2.0',
  complexity: 'O(N), N being the number of fields returned',
  arity: -2,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  syntax: 'key [count:integer [WITHVALUES]]',
  difference: `A count below -${MAX_REPEATED_DRAWS} is refused as out of range.`,
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    if (argv.length === 2) {
      const hash = unexpired(ctx, key);
      return hash ? hash.fieldAt(ctx.random.below(hash.size)) : null;
    }
    const { count, withValues } = readDrawCount(argv, 'WITHVALUES');
    const hash = unexpired(ctx, key);
    if (!hash || count === 0) return [];
    const places = drawPlaces(ctx.random, hash.size, count);
    if (!withValues) return places.map((place) => hash.fieldAt(place));
    const items: Reply[] = [];
    for (const place of places) items.push(hash.fieldAt(place), hash.valueAt(place));
    return new PairsReply(items);
  },
});

export const hscan = command({
  name: 'hscan',
  group: 'hash',
  summary: 'Walks through the fields of a hash and their values, some with each call.',
  since: '2.8.0',
  complexity: 'O(1) for each call, O(N) for a whole walk, N being the number of fields',
  arity: -3,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  syntax: 'key cursor:integer [MATCH pattern] [COUNT count:integer] [NOVALUES]',
  history: [['7.4.0', 'Can leave the values out.']],
  run(ctx, argv) {
    const from = requireScanCursor(argv[2] as Bytes);
    const hash = asHash(ctx.keys.read(argv[1] as Bytes));
    if (!hash) return [ascii('0'), []];
    const cursor = new Cursor(argv, 3);
    const options = new ScanOptions();
    let withValues = true;
    while (!cursor.done) {
      if (cursor.keyword('NOVALUES')) withValues = false;
      else if (!options.take(cursor)) throw SYNTAX;
    }
    const items: Reply[] = [];
    const visit = (field: Bytes, value: Bytes) => {
      if (!options.matches(field) || hash.hasExpired(field, ctx.now)) return;
      items.push(field);
      if (withValues) items.push(value);
    };
    if (hash.encoding() !== 'hashtable') {
      // As in Redis a small hash is returned whole and in order, whatever the count.
      for (let place = 0; place < hash.size; place++) visit(hash.fieldAt(place), hash.valueAt(place));
      return [ascii('0'), items];
    }
    return [ascii(`${hash.scan(from, options.count, visit)}`), items];
  },
});
