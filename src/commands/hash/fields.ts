// Fields that may have expired. As in Redis a field whose deadline has passed stays until somebody asks for it by name or
// the shard gets round to it; nobody is shown it.

import { ascii, type Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import type { Context } from '../../spec/context';
import { requireInteger } from '../../spec/cursor';
import { asHash } from '../../spec/narrow';
import type { HashValue } from '../../types/hash';

const NO_FIELDS = redisError('ERR Mandatory argument FIELDS is missing or not at the right position');
const NUMFIELDS_MISMATCH = redisError('ERR The `numfields` parameter must match the number of arguments');
const NOT_POSITIVE = redisError('ERR Number of fields must be a positive integer');

/**
 * The hash at `argv[1]` for reading, after those of the fields `argv[first]` to `argv[last]` that have expired were removed.
 * Undefined when there is none, or none any more.
 */
export function hashToRead(ctx: Context, argv: readonly Bytes[], first: number, last = first): HashValue | undefined {
  const key = argv[1] as Bytes;
  const hash = asHash(ctx.keys.read(key));
  return hash && (hasDueFields(hash, ctx.now) ? withoutExpired(ctx, key, hash, argv.slice(first, last + 1)) : hash);
}

/** As {@link hashToRead}, with the intent to change it. */
export function hashToWrite(ctx: Context, argv: readonly Bytes[], first: number, last = first): HashValue | undefined {
  const key = argv[1] as Bytes;
  const hash = asHash(ctx.keys.write(key));
  return hash && withoutExpired(ctx, key, hash, argv.slice(first, last + 1));
}

/** The hash after those of the fields that have expired were removed; undefined when nothing is left. */
export function withoutExpired(ctx: Context, key: Bytes, hash: HashValue, fields: readonly Bytes[]): HashValue | undefined {
  if (!hasDueFields(hash, ctx.now)) return hash;
  ctx.keys.expireFields(key, fields);
  return hash.size > 0 ? hash : undefined;
}

/** Visits the places of the fields that have not expired, in order. */
export function forEachLivePlace({ now }: Context, hash: HashValue, visit: (place: number) => void): void {
  const someDue = hasDueFields(hash, now);
  for (let place = 0; place < hash.size; place++) {
    if (!someDue || !hash.hasExpired(hash.fieldAt(place), now)) visit(place);
  }
}

/** Some field has expired and is still there. */
function hasDueFields(hash: HashValue, now: number): boolean {
  const earliest = hash.earliestDeadline;
  return earliest !== undefined && earliest <= now;
}

/** The fields of `FIELDS numfields field [field ...]` at the end of a command line, from `argv[at]` on. */
export function requireFields(argv: readonly Bytes[], at: number, badCount = NOT_POSITIVE): readonly Bytes[] {
  if (argv[at]?.toUpperCase() !== 'FIELDS') throw NO_FIELDS;
  const count = requireInteger(argv[at + 1], badCount, 1);
  if (count !== argv.length - at - 2) throw NUMFIELDS_MISMATCH;
  return argv.slice(at + 2);
}

/** The same for the journal. */
export function fieldsClause(fields: readonly Bytes[]): Bytes[] {
  return [ascii('FIELDS'), ascii(`${fields.length}`), ...fields];
}
