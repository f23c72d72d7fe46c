// The parts that most declarations of JSON commands share.

import type { CommandSpec } from '../../spec/command';
import { keyAt } from '../../spec/keys';

const COMPLEXITY = 'O(1) where the path leads to one value, else O(N) where N is the size of the document';

type Shared = Pick<CommandSpec, 'group' | 'since' | 'complexity' | 'flags' | 'keys'>;

/** A command that reads one document. */
export const reading: Shared = {
  group: 'json',
  since: '1.0.0',
  complexity: COMPLEXITY,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
};

/** A command that may make a document larger. */
export const growing: Shared = { ...reading, flags: ['write', 'denyoom'], keys: [keyAt(1, 'RW', 'access', 'update')] };

/** A command that changes a document without making it much larger. */
export const changing: Shared = { ...growing, flags: ['write'] };
