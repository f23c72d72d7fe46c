import { ascii, type Bytes } from '../../bytes/bytes';
import { formatDouble } from '../../bytes/double';
import { SYNTAX } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';
import { requireScanCursor, ScanOptions } from '../../spec/scan';

export const zscan = command({
  name: 'zscan',
  group: 'sorted-set',
  summary: 'Walks through the members of a sorted set and their scores, some with each call.',
  since: '2.8.0',
  complexity: 'O(1) for each call, O(N) for a whole walk, where N is the size of the sorted set.',
  arity: -3,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  syntax: 'key cursor:integer [MATCH pattern] [COUNT count:integer]',
  run(ctx, argv) {
    const from = requireScanCursor(argv[2] as Bytes);
    const zset = asZSet(ctx.keys.read(argv[1] as Bytes));
    if (!zset) return [ascii('0'), []];
    const cursor = new Cursor(argv, 3);
    const options = new ScanOptions();
    while (!cursor.done) if (!options.take(cursor)) throw SYNTAX;
    const items: Reply[] = [];
    const visit = (member: Bytes, score: number) => {
      if (options.matches(member)) items.push(member, formatDouble(score));
    };
    // As in Redis a small sorted set is returned whole and in order, whatever the count.
    if (zset.encoding() === 'listpack') {
      zset.walk(0, zset.size, false, visit);
      return [ascii('0'), items];
    }
    return [ascii(`${zset.scan(from, options.count, visit)}`), items];
  },
});
