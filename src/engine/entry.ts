// A key in memory.

import type { Bytes } from '../bytes/bytes';
import { segmentedOf } from '../types/codec';
import type { Value } from '../types/value';

/** Estimated bytes of an entry beside its key and value: map slot, entry object, place in the order. */
export const ENTRY_OVERHEAD = 96;

export class Entry {
  /** Estimated bytes of all of it, as last counted, and of what is in memory. */
  memory = 0;
  resident = 0;
  /** Its value is kept in parts, of which some may be in memory. */
  inParts = false;
  /** Somebody has used it since room was last looked for. */
  used = false;
  /** It differs from what storage has. */
  dirty = false;
  constructor(
    readonly key: Bytes,
    public value: Value,
    /** Undefined when it never expires: a shared value, where a float would cost a heap object in every entry. */
    public deadline: number | undefined,
    /** See engine/access.ts. */
    public access: number,
  ) {}
}

/** Estimated bytes of what is in memory. */
export function residentMemoryOf({ key, value }: Entry): number {
  const segmented = segmentedOf(value);
  return ENTRY_OVERHEAD + key.length + (segmented ? segmented.residentMemory : memoryOfValue(value));
}

function memoryOfValue(value: Value): number {
  return typeof value === 'string' ? value.length : value.memory;
}

export function memoryOf({ key, value }: Entry): number {
  return ENTRY_OVERHEAD + key.length + memoryOfValue(value);
}
