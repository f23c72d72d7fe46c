import { type Bytes, EMPTY } from '../bytes/bytes';
import type { EncodingLimits } from './limits';

/** SKELETON: the contract that the keyspace needs; the rest is to be written. */
export class ZSetValue {
  readonly type = 'zset' as const;
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
  copy(): ZSetValue {
    return new ZSetValue(this.limits);
  }
  /** The stored form; see types/codec.ts. */
  encode(): Bytes {
    return EMPTY;
  }
  static decode(_data: Bytes, limits: EncodingLimits): ZSetValue {
    return new ZSetValue(limits);
  }
}
