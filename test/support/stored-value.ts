// One value that is checkpointed and dropped from memory, for tests of what is stored and loaded of it.

import type { Bytes } from '../../src/bytes/bytes';
import { decodeValue, encodeValue, encodingVersionOf, typeCodeOf } from '../../src/types/codec';
import { defaultEncodingLimits, type EncodingLimits } from '../../src/types/limits';
import type { Value } from '../../src/types/value';
import { MemorySegments } from './memory-segments';

/** So small that a few elements make a value with many segments. */
export const SMALL_SEGMENTS: EncodingLimits = { ...defaultEncodingLimits(), wholeBytes: 200, segmentBytes: 80 };

/** What a checkpoint wrote. */
export interface Written {
  readonly head: Bytes;
  readonly puts: number;
  readonly removals: number;
}

export class StoredValue<V extends Value> {
  readonly segments = new MemorySegments();
  private owner: number | undefined;

  constructor(
    public value: V,
    private readonly limits: EncodingLimits = SMALL_SEGMENTS,
  ) {}

  /** Whether the last checkpoint left the value in segments. */
  get segmented(): boolean {
    return this.owner !== undefined;
  }

  checkpoint(): Written {
    const { asked } = this.segments;
    const { puts, removals } = asked;
    const head = encodeValue(this.value);
    this.owner = this.segments.put(this.value);
    return { head, puts: asked.puts - puts, removals: asked.removals - removals };
  }

  /** Memory forgets the value: what is used of it is read again. */
  reload(): void {
    const { head } = this.checkpoint();
    const source = this.owner === undefined ? undefined : this.segments.source(this.owner);
    const value = decodeValue(typeCodeOf(this.value), encodingVersionOf(this.value), head, this.limits, source);
    if (this.owner !== undefined) this.segments.adopt(value, this.owner);
    this.value = value as V;
  }
}
