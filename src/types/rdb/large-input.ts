// What the readers of large values read from: data that comes piece by piece, through a window of bounded size.

import type { Bytes } from '../../bytes/bytes';
import type { RdbReader } from './reader';
import type { FillLine } from './refill';

/** Yields nothing, as often as more data is needed; returns a result. */
export type Waits<T> = Generator<undefined, T, void>;
/** Yields lines too. */
export type Steps<T> = Generator<FillLine | undefined, T, void>;

export interface LargeInput {
  /** Longest string that can be held. */
  readonly maxBytes: number;
  /** Why the value cannot be held, once that is known. What has been given of it until then is of no use. */
  unfit: string | undefined;
  /** What `parse` makes of the data; it is called again where there was not enough of it. */
  read<T>(parse: (reader: RdbReader) => T): Waits<T>;
  count(): Waits<number>;
  /** A string, unless it is longer than can be held: then the value is unfit. */
  string(): Waits<Bytes | undefined>;
  /** Up to so many bytes, but at least one, as a view. */
  bytes(most: number): Waits<Uint8Array>;
  /** Goes over so many bytes. */
  pass(count: number): Waits<void>;
}
