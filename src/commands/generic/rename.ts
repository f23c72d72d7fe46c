// RENAME and RENAMENX.

import type { Bytes } from '../../bytes/bytes';
import { NO_SUCH_KEY } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';

/** False when the new name is taken and must not be, or is the old one. Throws when there is nothing to rename. */
function rename(ctx: Context, from: Bytes, to: Bytes, onlyIfFree: boolean): boolean {
  if (ctx.keys.write(from) === undefined) throw NO_SUCH_KEY;
  if (from === to || (onlyIfFree && ctx.keys.has(to))) return false;
  ctx.keys.rename(from, to);
  return true;
}

export const renameCommand = command({
  name: 'rename',
  group: 'generic',
  summary: 'Gives a key another name, and replaces what had that name.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'OW', 'update')],
  syntax: 'key newkey:key',
  run(ctx, argv) {
    rename(ctx, argv[1] as Bytes, argv[2] as Bytes, false);
    return OK;
  },
});

export const renamenx = command({
  name: 'renamenx',
  group: 'generic',
  summary: 'Gives a key another name unless that is taken.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'OW', 'insert')],
  syntax: 'key newkey:key',
  history: [['3.2.0', 'Two equal names are no longer an error.']],
  run: (ctx, argv) => (rename(ctx, argv[1] as Bytes, argv[2] as Bytes, true) ? 1 : 0),
});
