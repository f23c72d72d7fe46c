import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asStream } from '../../spec/narrow';
import type { StreamId } from '../../types/stream/id';
import type { StreamValue } from '../../types/stream/value';
import { requireId } from './ids';
import { type References, takeReferences } from './trim-options';

const NO_NUMBER = redisError('ERR Number of IDs must be a positive integer');
const OTHER_NUMBER = redisError('ERR The `numids` parameter must match the number of arguments');

/** What became of an entry. */
const NOT_THERE = -1;
const DELETED = 1;
const IN_USE = 2;

export const xdel = command({
  name: 'xdel',
  group: 'stream',
  summary: 'Removes entries from a stream.',
  since: '5.0.0',
  complexity: 'O(1) for each entry, whatever the size of the stream',
  arity: -3,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  syntax: 'key id [id ...]',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const stream = asStream(ctx.keys.write(key));
    if (!stream) return 0;
    const ids = argv.slice(2).map((arg) => requireId(arg));
    let deleted = 0;
    for (const id of ids) if (stream.delete(id)) deleted++;
    if (deleted > 0) ctx.keys.changed(key, 'xdel');
    return deleted;
  },
});

export const xdelex = command({
  name: 'xdelex',
  group: 'stream',
  summary: 'Removes entries from a stream, and says what becomes of them in its consumer groups.',
  since: '8.2.0',
  complexity: 'O(1) for each entry, whatever the size of the stream',
  arity: -5,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  syntax: 'key [KEEPREF | DELREF | ACKED] IDS numids:integer id [id ...]',
  run(ctx, argv) {
    const { ids, references } = readIds(new Cursor(argv, 2));
    const key = argv[1] as Bytes;
    const stream = asStream(ctx.keys.write(key));
    if (!stream) return ids.map(() => NOT_THERE);
    let dropped = false;
    const outcomes = ids.map((id) => {
      if (references === 'DELREF' && stream.dropPending(id)) dropped = true;
      if (!stream.entries.has(id)) return NOT_THERE;
      // Nobody has acknowledged what no group can read.
      if (references === 'ACKED' && (stream.groupCount === 0 || stream.isInUse(id))) return IN_USE;
      stream.delete(id);
      return DELETED;
    });
    if (outcomes.includes(DELETED)) ctx.keys.changed(key, 'xdel');
    else if (dropped) ctx.keys.changedAside(key);
    return outcomes;
  },
});

export const xackdel = command({
  name: 'xackdel',
  group: 'stream',
  summary: 'Acknowledges entries in a consumer group and removes them from the stream, as far as its groups let it.',
  since: '8.2.0',
  complexity: 'O(1) for each entry',
  arity: -6,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'update', 'delete')],
  syntax: 'key group [KEEPREF | DELREF | ACKED] IDS numids:integer id [id ...]',
  run(ctx, argv) {
    const { ids, references } = readIds(new Cursor(argv, 3));
    const key = argv[1] as Bytes;
    const stream = asStream(ctx.keys.write(key));
    const group = stream?.group(argv[2] as Bytes);
    if (!stream || !group) return ids.map(() => NOT_THERE);
    let deleted = false;
    const outcomes = ids.map((id) => {
      if (!group.pending.remove(id)) return NOT_THERE;
      if (!mayDelete(stream, id, references)) return IN_USE;
      if (stream.delete(id)) deleted = true;
      return DELETED;
    });
    if (deleted) ctx.keys.changed(key, 'xdel');
    else if (outcomes.some((outcome) => outcome !== NOT_THERE)) ctx.keys.changedAside(key);
    return outcomes;
  },
});

function mayDelete(stream: StreamValue, id: StreamId, references: References): boolean {
  if (references === 'ACKED') return !stream.isInUse(id);
  if (references === 'DELREF') stream.dropPending(id);
  return true;
}

/** `[KEEPREF | DELREF | ACKED] IDS numids id [id ...]`, in any order. */
function readIds(cursor: Cursor): { ids: StreamId[]; references: References } {
  let ids: StreamId[] | undefined;
  let references: References | undefined;
  while (!cursor.done) {
    if (ids === undefined && cursor.option('IDS')) {
      const count = cursor.integer(NO_NUMBER, 1);
      if (count > cursor.left) throw OTHER_NUMBER;
      ids = cursor.take(count).map((arg) => requireId(arg));
      continue;
    }
    references = takeReferences(cursor, references);
    if (references === undefined) throw SYNTAX;
  }
  if (ids === undefined) throw SYNTAX;
  return { ids, references: references ?? 'KEEPREF' };
}
