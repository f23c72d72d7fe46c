import type { Bytes } from '../../bytes/bytes';
import { command } from '../../spec/command';
import { keyAt } from '../../spec/keys';
import { editable, keepEdited } from '../../spec/string-edit';
import { add, isSparse, markStale, newHyperLogLog } from '../../structures/hyperloglog/hyperloglog';
import { asHyperLogLog, bufferOf, CORRUPT, recordRaised } from './value';

export const pfadd = command({
  name: 'pfadd',
  group: 'hyperloglog',
  summary: 'Adds elements to a HyperLogLog, which is created when the key is missing. Returns whether its estimate may have changed.',
  since: '2.8.9',
  complexity: 'O(1) for each element',
  arity: -2,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  syntax: 'key [element [element ...]]',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const found = asHyperLogLog(ctx.keys.write(key));
    const buffer = found ? editable(found.value) : bufferOf(newHyperLogLog());
    const wasDense = !isSparse(buffer.view());
    let updated = found === undefined;
    let added = argv.length;
    for (let i = 2; i < added; i++) {
      const changed = add(buffer, argv[i] as Bytes, ctx.limits.hllSparseMaxBytes);
      if (changed === undefined) added = i;
      else updated ||= changed;
    }
    const corrupt = added < argv.length;
    if (!updated) return corrupt ? CORRUPT : 0;
    if (!corrupt) markStale(buffer.view());
    keepEdited(ctx, key, found?.value, buffer, 'pfadd');
    // As in Redis what was added before the corruption showed stays.
    recordRaised(ctx, argv.slice(0, added), wasDense, buffer);
    return corrupt ? CORRUPT : 1;
  },
});
