// Which keys a token may be told of. The one place where that is decided.

import { type Bytes, EMPTY } from '../../bytes/bytes';
import type { Access } from '../../spec/client';

/** For each kind of token, the beginnings of the keys that it may read: any key, both of them. */
const READABLE: Readonly<Record<Access, readonly Bytes[]>> = { full: [EMPTY], read: [EMPTY] };

/** Of the keys with these beginnings, the beginnings of those that a token may read. None: it may read none of them. */
export function readablePrefixes(access: Access, asked: readonly Bytes[]): Bytes[] {
  return within(READABLE[access], asked.length === 0 ? [EMPTY] : asked);
}

/** What two sets of beginnings have in common. */
export function within(allowed: readonly Bytes[], asked: readonly Bytes[]): Bytes[] {
  const common = asked.flatMap((wanted) => {
    if (allowed.some((prefix) => wanted.startsWith(prefix))) return [wanted];
    return allowed.filter((prefix) => prefix.startsWith(wanted));
  });
  return [...new Set(common)];
}
