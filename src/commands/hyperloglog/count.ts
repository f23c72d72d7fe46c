import type { Bytes } from '../../bytes/bytes';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keysFrom } from '../../spec/keys';
import { editable, keepEdited } from '../../spec/string-edit';
import { countElements, countRegisters, keepCount, keptCount, mergeInto, REGISTERS } from '../../structures/hyperloglog/hyperloglog';
import { asHyperLogLog, CORRUPT } from './value';

/** Keeping a count is no event in Redis; only who watches the key is told. */
const NO_EVENT = undefined;

/** One key: what was counted stays in its header, which is a change of the string like any other. */
function countOne(ctx: Context, key: Bytes): Reply {
  const found = asHyperLogLog(ctx.keys.read(key));
  if (!found) return 0;
  const kept = keptCount(found.data);
  if (kept !== undefined) return kept;
  const count = countElements(found.data);
  if (count === undefined) throw CORRUPT;
  const buffer = editable(found.value);
  keepCount(buffer.view(), count);
  keepEdited(ctx, key, found.value, buffer, NO_EVENT);
  return count;
}

function countUnion(ctx: Context, keys: readonly Bytes[]): Reply {
  const registers = new Uint8Array(REGISTERS);
  for (const key of keys) {
    const found = asHyperLogLog(ctx.keys.read(key));
    if (found && !mergeInto(registers, found.data)) throw CORRUPT;
  }
  return countRegisters(registers);
}

export const pfcount = command({
  name: 'pfcount',
  group: 'hyperloglog',
  summary: 'Estimates how many different elements a HyperLogLog, or the union of several, has seen.',
  since: '2.8.9',
  complexity: 'O(1) for a single key, and nothing at all while its last count holds; O(N) with N keys, each at a higher constant cost.',
  arity: -2,
  flags: ['readonly', 'may_replicate'],
  keys: [{ ...keysFrom(1, -1, 1, 'RW', 'access'), notes: 'The count of a single key is kept in its value.' }],
  syntax: 'key [key ...]',
  run: (ctx, argv) => (argv.length === 2 ? countOne(ctx, argv[1] as Bytes) : countUnion(ctx, argv.slice(1))),
});
