// A key in memory.

import type { Bytes } from '../bytes/bytes';
import type { Value } from '../types/value';

/** Estimated bytes of an entry beside its key and value: map slot, entry object, place in the order. */
const ENTRY_OVERHEAD = 96;

export class Entry {
  /** Estimated bytes as last counted. */
  memory = 0;
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

export function memoryOf({ key, value }: Entry): number {
  return ENTRY_OVERHEAD + key.length + (typeof value === 'string' ? value.length : value.memory);
}
