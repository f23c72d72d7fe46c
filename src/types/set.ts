import { type Bytes, EMPTY } from '../bytes/bytes';
import type { EncodingLimits } from './limits';

/** SKELETON: the contract that the keyspace needs; the rest is to be written. */
export class SetValue {
  readonly type = 'set' as const;
  constructor(readonly limits: EncodingLimits) {}
  /** Elements. */
  get size(): number {
    return 0;
  }
  /** Estimated bytes of memory, kept up to date in O(1) per change. */
  get memory(): number {
    return 0;
  }
  /** What OBJECT ENCODING answers. */
  encoding(): string {
    return '';
  }
  /** An independent copy. */
  copy(): SetValue {
    return new SetValue(this.limits);
  }
  /** The stored form; see types/codec.ts. */
  encode(): Bytes {
    return EMPTY;
  }
  static decode(_data: Bytes, limits: EncodingLimits): SetValue {
    return new SetValue(limits);
  }
}
