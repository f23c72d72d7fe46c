// Where in a list an element is.

import type { Bytes } from '../../bytes/bytes';
import { INT64_MIN } from '../../bytes/integer';
import { redisError, SYNTAX } from '../../protocol/errors';
import { command } from '../../spec/command';
import { Cursor, requireInt64 } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asList } from '../../spec/narrow';
import type { ListValue } from '../../types/list';

const RANK_ZERO = redisError(
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
);
const RANK_OUT_OF_RANGE = redisError('ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807');
const COUNT_NEGATIVE = redisError("ERR COUNT can't be negative");
const MAXLEN_NEGATIVE = redisError("ERR MAXLEN can't be negative");

interface Search {
  /** The match to begin with, from 1; negative: from the right. */
  rank: number;
  /** Most matches, or undefined when a single one is asked for and not an array. */
  count: number | undefined;
  /** Most elements to compare; 0 for all. */
  maxLength: number;
}

function readRank(arg: Bytes): number {
  const rank = requireInt64(arg);
  if (rank === INT64_MIN) throw RANK_OUT_OF_RANGE;
  if (rank === 0) throw RANK_ZERO;
  return Number(rank);
}

function readOptions(argv: readonly Bytes[]): Search {
  const search: Search = { rank: 1, count: undefined, maxLength: 0 };
  const cursor = new Cursor(argv, 3);
  while (!cursor.done) {
    if (cursor.option('RANK')) search.rank = readRank(cursor.next());
    else if (cursor.option('COUNT')) search.count = cursor.integer(COUNT_NEGATIVE, 0);
    else if (cursor.option('MAXLEN')) search.maxLength = cursor.integer(MAXLEN_NEGATIVE, 0);
    else throw SYNTAX;
  }
  return search;
}

/** Indexes of matches, in the order in which they are met. */
function positionsOf(list: ListValue, element: Bytes, { rank, count = 1, maxLength }: Search): number[] {
  const found: number[] = [];
  const wanted = count === 0 ? list.size : count;
  const end = maxLength === 0 ? list.size : Math.min(maxLength, list.size);
  let toSkip = Math.abs(rank) - 1;
  let compared = 0;
  const visit = (other: Bytes): boolean => {
    if (other === element && toSkip-- <= 0) found.push(rank > 0 ? compared : list.size - 1 - compared);
    compared++;
    return compared < end && found.length < wanted;
  };
  if (rank > 0) list.ascend(0, visit);
  else list.descend(visit);
  return found;
}

export const lpos = command({
  name: 'lpos',
  group: 'list',
  summary: 'Returns the index at which an element is in a list, or the indexes of all its occurrences.',
  since: '6.0.6',
  complexity: 'O(N), N being the number of elements compared',
  arity: -3,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key element [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]',
  run(ctx, argv) {
    const search = readOptions(argv);
    const list = asList(ctx.keys.read(argv[1] as Bytes));
    const positions = list ? positionsOf(list, argv[2] as Bytes, search) : [];
    return search.count === undefined ? (positions[0] ?? null) : positions;
  },
});
