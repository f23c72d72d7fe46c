import { ascii, type Bytes } from '../../bytes/bytes';
import { SYNTAX } from '../../protocol/errors';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asSet } from '../../spec/narrow';
import { requireScanCursor, ScanOptions } from '../../spec/scan';

export const sscan = command({
  name: 'sscan',
  group: 'set',
  summary: 'Walks through the members of a set, some with each call.',
  since: '2.8.0',
  complexity: 'O(1) for each call, O(N) for a whole walk, N being the number of members',
  arity: -3,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  syntax: 'key cursor:integer [MATCH pattern] [COUNT count:integer]',
  run(ctx, argv) {
    const from = requireScanCursor(argv[2] as Bytes);
    const set = asSet(ctx.keys.read(argv[1] as Bytes));
    if (!set) return [ascii('0'), []];
    const cursor = new Cursor(argv, 3);
    const options = new ScanOptions();
    while (!cursor.done) if (!options.take(cursor)) throw SYNTAX;
    // As in Redis an intset is returned whole and in order, whatever the count.
    if (set.encoding() === 'intset') return [ascii('0'), set.members().filter((member) => options.matches(member))];
    const members: Bytes[] = [];
    const next = set.scan(from, options.count, (member) => {
      if (options.matches(member)) members.push(member);
    });
    return [ascii(`${next}`), members];
  },
});
