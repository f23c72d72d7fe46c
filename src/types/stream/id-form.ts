// The stored form of ids that ascend: most take two or three bytes.

import type { Packer, Unpacker } from '../packer';
import { msOf, type StreamId, sequenceOf, streamId } from './id';

/** Differences and sequence numbers up to here are written as numbers, with room for the mark of the others. */
const MAX_NUMBER = 2 ** 52;
/** Where a difference would be: the id itself follows. */
const WHOLE = 0;

/**
 * Writes an id.
 * @param before the time of the last one that was written as a number, which is what this returns; 0 for the first
 */
export function packId(packer: Packer, id: StreamId, before: number): number {
  const ms = msOf(id);
  const sequence = sequenceOf(id);
  if (typeof ms === 'bigint' || typeof sequence === 'bigint' || ms > MAX_NUMBER || sequence > MAX_NUMBER) {
    packer.count(WHOLE).string(id);
    return before;
  }
  packer.count(ms - before + 1).count(sequence);
  return ms;
}

export function unpackId(unpacker: Unpacker, before: number): { id: StreamId; ms: number } {
  const difference = unpacker.count();
  if (difference === WHOLE) return { id: unpacker.string(), ms: before };
  const ms = before + difference - 1;
  return { id: streamId(ms, unpacker.count()), ms };
}
