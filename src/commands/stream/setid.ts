import type { Bytes } from '../../bytes/bytes';
import type { Int64 } from '../../bytes/integer';
import { NO_SUCH_KEY, redisError, SYNTAX } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import { command } from '../../spec/command';
import { Cursor, requireInt64 } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asStream } from '../../spec/narrow';
import { MIN_ID } from '../../types/stream/id';
import { requireId } from './ids';

const NEGATIVE = redisError('ERR entries_added must be positive');
const BELOW_GIVEN = redisError('ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id');
const BELOW_DELETED = redisError('ERR The ID specified in XSETID is smaller than current max_deleted_entry_id');
const BELOW_TOP = redisError('ERR The ID specified in XSETID is smaller than the target stream top item');
const BELOW_LENGTH = redisError('ERR The entries_added specified in XSETID is smaller than the target stream length');

export const xsetid = command({
  name: 'xsetid',
  group: 'stream',
  summary: 'Sets the last id of a stream, and what else it counts on.',
  since: '5.0.0',
  complexity: 'O(1)',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  history: [['7.0.0', 'Options `ENTRIESADDED` and `MAXDELETEDID`.']],
  syntax: 'key last-id [ENTRIESADDED entries_added:integer] [MAXDELETEDID max_deleted_entry_id]',
  run(ctx, argv) {
    const id = requireId(argv[2]);
    const cursor = new Cursor(argv, 3);
    let added: Int64 | undefined;
    let deleted = MIN_ID;
    while (!cursor.done) {
      if (cursor.option('ENTRIESADDED')) {
        added = requireInt64(cursor.next());
        if (added < 0) throw NEGATIVE;
      } else if (cursor.option('MAXDELETEDID')) {
        deleted = requireId(cursor.next());
        if (id < deleted) throw BELOW_GIVEN;
      } else throw SYNTAX;
    }
    const key = argv[1] as Bytes;
    const stream = asStream(ctx.keys.write(key));
    if (!stream) throw NO_SUCH_KEY;
    // Since 7.2.
    if (id < stream.maxDeletedId) throw BELOW_DELETED;
    if (stream.length > 0) {
      if (id < (stream.entries.last ?? MIN_ID)) throw BELOW_TOP;
      if (added !== undefined && stream.length > added) throw BELOW_LENGTH;
    }
    stream.lastId = id;
    if (added !== undefined) stream.entriesAdded = added;
    if (deleted !== MIN_ID) stream.maxDeletedId = deleted;
    ctx.keys.changedAside(key, 'xsetid');
    return OK;
  },
});
