import type { Bytes } from '../../bytes/bytes';
import { OK } from '../../protocol/reply';
import { command } from '../../spec/command';
import { keyAt, keysFrom } from '../../spec/keys';
import { editable, keepEdited } from '../../spec/string-edit';
import { isSparse, markStale, mergeInto, newHyperLogLog, REGISTERS, raise, toDense } from '../../structures/hyperloglog/hyperloglog';
import { asHyperLogLog, bufferOf, CORRUPT, recordRaised } from './value';

export const pfmerge = command({
  name: 'pfmerge',
  group: 'hyperloglog',
  summary: 'Merges HyperLogLogs into one, which keeps what it has.',
  since: '2.8.9',
  complexity: 'O(N) with N HyperLogLogs, at a high constant cost',
  arity: -2,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'access', 'insert'), keysFrom(2, -1, 1, 'RO', 'access')],
  syntax: 'destkey:key [sourcekey:key [sourcekey:key ...]]',
  run(ctx, argv) {
    const registers = new Uint8Array(REGISTERS);
    let dense = false;
    for (const key of argv.slice(1)) {
      const found = asHyperLogLog(ctx.keys.read(key));
      if (!found) continue;
      dense ||= !isSparse(found.data);
      if (!mergeInto(registers, found.data)) throw CORRUPT;
    }
    const destination = argv[1] as Bytes;
    const found = asHyperLogLog(ctx.keys.write(destination));
    const buffer = found ? editable(found.value) : bufferOf(newHyperLogLog());
    const wasDense = !isSparse(buffer.view());
    if (dense && !wasDense) toDense(buffer);
    for (let register = 0; register < REGISTERS; register++) {
      const count = registers[register] as number;
      if (count > 0) raise(buffer, register, count, ctx.limits.hllSparseMaxBytes);
    }
    markStale(buffer.view());
    keepEdited(ctx, destination, found?.value, buffer, 'pfadd');
    recordRaised(ctx, argv, wasDense, buffer);
    return OK;
  },
});
