import { ascii, type Bytes } from '../../bytes/bytes';
import { SYNTAX } from '../../protocol/errors';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { requireScanCursor, ScanOptions } from '../../spec/scan';

export const scan = command({
  name: 'scan',
  group: 'generic',
  summary: 'Walks over the keys, some with each call.',
  since: '2.8.0',
  complexity: 'O(1) for every call, O(N) for a whole walk over N keys.',
  arity: -2,
  flags: ['readonly'],
  tips: ['nondeterministic_output', 'request_policy:special'],
  syntax: 'cursor:integer [MATCH pattern] [COUNT count:integer] [TYPE type] [WITHTYPE]',
  history: [['6.0.0', 'Added `TYPE`.']],
  difference: 'SCAN takes WITHTYPE, as Upstash does: the type of each key follows it.',
  sharding: 'scan',
  pattern: matchOf,
  run(ctx, argv) {
    const start = requireScanCursor(argv[1] as Bytes);
    const args = new Cursor(argv, 2);
    const options = new ScanOptions();
    let type: string | undefined;
    let withType = false;
    while (!args.done) {
      if (options.take(args)) continue;
      if (args.option('TYPE')) type = args.next().toLowerCase();
      else if (args.keyword('WITHTYPE')) withType = true;
      else throw SYNTAX;
    }
    const found: Bytes[] = [];
    const next = ctx.keys.scan(start, options.count, (key, actual) => {
      if (!options.matches(key)) return;
      if (type !== undefined && actual.toLowerCase() !== type) return;
      found.push(key);
      if (withType) found.push(ascii(actual));
    });
    return [ascii(`${next}`), found];
  },
});

/** What MATCH says in a line that may be wrong otherwise. */
function matchOf(argv: readonly Bytes[]): Bytes | undefined {
  let pattern: Bytes | undefined;
  for (let i = 2; i < argv.length - 1; ) {
    const option = (argv[i] as Bytes).toUpperCase();
    if (option === 'MATCH') pattern = argv[i + 1];
    i += option === 'WITHTYPE' ? 1 : 2;
  }
  return pattern;
}
