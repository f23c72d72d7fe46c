// Ending deliveries: what was processed, and what somebody else is to try.

import type { Bytes } from '../../bytes/bytes';
import { INT64_MAX, type Int64 } from '../../bytes/integer';
import { redisError, shown } from '../../protocol/errors';
import { command } from '../../spec/command';
import { Cursor, requireInt64 } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asStream } from '../../spec/narrow';
import type { StreamId } from '../../types/stream/id';
import { requireId } from './ids';
import { noGroup } from './replies';

const WRONG_MODE = redisError('ERR mode must be SILENT, FAIL, or FATAL');
const NO_IDS = redisError('ERR syntax error, expected IDS keyword');
const NO_NUMBER = redisError('ERR numids must be a positive integer');
const OTHER_NUMBER = redisError("ERR number of IDs doesn't match numids");
const NEGATIVE_COUNT = redisError('ERR Invalid RETRYCOUNT value, must be >= 0');

export const xack = command({
  name: 'xack',
  group: 'stream',
  summary: 'Acknowledges entries that are pending in a consumer group.',
  since: '5.0.0',
  complexity: 'O(1) for each entry',
  arity: -4,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: 'key group id [id ...]',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const group = asStream(ctx.keys.read(key))?.group(argv[2] as Bytes);
    if (!group) return 0;
    const ids = argv.slice(3).map((arg) => requireId(arg));
    ctx.keys.write(key);
    let acknowledged = 0;
    for (const id of ids) if (group.pending.remove(id)) acknowledged++;
    if (acknowledged > 0) ctx.keys.changedAside(key);
    return acknowledged;
  },
});

type Mode = 'SILENT' | 'FAIL' | 'FATAL';
const MODES: readonly Mode[] = ['SILENT', 'FAIL', 'FATAL'];

interface ReleaseOptions {
  readonly mode: Mode;
  ids: StreamId[] | undefined;
  deliveries: Int64 | undefined;
  force: boolean;
}

export const xnack = command({
  name: 'xnack',
  group: 'stream',
  summary: 'Gives pending entries back to their consumer group, for any consumer to claim at once.',
  since: '8.8.0',
  complexity: 'O(1) for each entry',
  arity: -7,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: 'key group <SILENT | FAIL | FATAL> IDS numids:integer id [id ...] [RETRYCOUNT count:integer] [FORCE]',
  run(ctx, argv) {
    const [, key, groupName] = argv as [Bytes, Bytes, Bytes];
    const stream = asStream(ctx.keys.write(key));
    const group = stream?.group(groupName);
    if (!stream || !group) throw noGroup(key, groupName);
    const { mode, ids, deliveries, force } = readRelease(new Cursor(argv, 3));
    let released = 0;
    for (const id of ids) {
      const entry = group.pending.get(id);
      if (entry) group.pending.release(entry, deliveries ?? deliveriesAfter(mode, entry.deliveries));
      else if (force && stream.entries.has(id)) group.pending.add(id, undefined, 0, deliveries ?? deliveriesAfter(mode, 0));
      else continue;
      released++;
    }
    if (released > 0) ctx.keys.changedAside(key);
    return released;
  },
});

function deliveriesAfter(mode: Mode, deliveries: Int64): Int64 {
  if (mode === 'FATAL') return INT64_MAX;
  if (mode === 'FAIL' || deliveries === 0) return deliveries;
  return typeof deliveries === 'number' ? deliveries - 1 : deliveries - 1n;
}

function readRelease(cursor: Cursor): ReleaseOptions & { ids: StreamId[] } {
  const mode = MODES.find((one) => cursor.keyword(one));
  if (mode === undefined) throw WRONG_MODE;
  const options: ReleaseOptions = { mode, ids: undefined, deliveries: undefined, force: false };
  while (!cursor.done) {
    if (cursor.keyword('FORCE')) options.force = true;
    else if (cursor.option('RETRYCOUNT')) {
      options.deliveries = requireInt64(cursor.next());
      if (options.deliveries < 0) throw NEGATIVE_COUNT;
    } else if (options.ids === undefined && cursor.option('IDS')) {
      const count = cursor.integer(NO_NUMBER, 1);
      if (count > cursor.left) throw OTHER_NUMBER;
      options.ids = cursor.take(count).map((arg) => requireId(arg));
    } else throw redisError(`ERR Unrecognized XNACK option '${shown(cursor.next())}'`);
  }
  const { ids } = options;
  if (ids === undefined) throw NO_IDS;
  return { ...options, ids };
}
