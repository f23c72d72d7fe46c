// The part of a file that is in memory: what has come and has not been read yet. It grows to what one element takes, and
// no further; what has been read goes into the checksum and makes room.

import type { Bytes } from '../../bytes/bytes';
import { Crc64 } from '../../bytes/crc64';
import type { LargeInput, Waits } from './large-input';
import { RdbEnd, RdbError, RdbReader } from './reader';

const FIRST_CAPACITY = 64 * 1024;
/** What stands around the longest string. */
const MARGIN_BYTES = 64 * 1024;

export class FileWindow implements LargeInput {
  unfit: string | undefined;
  private data = new Uint8Array(FIRST_CAPACITY);
  private used = 0;
  private reader = new RdbReader(this.data, 0, 0);
  /** Bytes of the file before the window. */
  private before = 0;
  /** Up to where the window has gone into the checksum. */
  private checked = 0;
  private readonly crc = new Crc64();
  /** How many bytes there must be before it is worth trying again. */
  private wanted = 0;
  private isWhole = false;

  constructor(readonly maxBytes: number) {}

  get offset(): number {
    return this.before + this.reader.position;
  }

  get isWaiting(): boolean {
    return !this.isWhole && this.left < this.wanted;
  }

  private get left(): number {
    return this.reader.left;
  }

  push(chunk: Uint8Array): void {
    const { position } = this.reader;
    this.check();
    const left = this.used - position;
    let target = this.data;
    if (left + chunk.length > target.length)
      target = new Uint8Array(Math.max(left + chunk.length, Math.min(target.length * 2, this.wanted)));
    target.set(this.data.subarray(position, this.used));
    target.set(chunk, left);
    this.data = target;
    this.used = left + chunk.length;
    this.before += position;
    this.checked = 0;
    this.reader = new RdbReader(target, 0, this.used);
  }

  end(): void {
    this.isWhole = true;
  }

  /** The checksum of everything that has been read. */
  checksum(): Bytes {
    this.check();
    return this.crc.bytes();
  }

  private check(): void {
    const { position } = this.reader;
    if (position > this.checked) this.crc.update(this.data, this.checked, position);
    this.checked = position;
  }

  /** What stands between two places, until more data is taken. */
  view(from: number, to: number): Uint8Array {
    return this.data.subarray(from, to);
  }

  *read<T>(parse: (reader: RdbReader) => T): Waits<T> {
    for (;;) {
      const result = this.tryTo(parse);
      if (result !== undefined) return result.value;
      if (this.left > this.maxBytes + MARGIN_BYTES) throw new RdbError('an element that is too large');
      yield* this.more();
    }
  }

  /** As {@link read}, but gives up, with nothing read, where `parse` does or more than so many bytes would be needed. */
  *attempt<T>(most: number, parse: (reader: RdbReader) => T | undefined): Waits<T | undefined> {
    for (;;) {
      const { position } = this.reader;
      const result = this.tryTo(parse);
      if (result !== undefined) {
        if (result.value === undefined) this.reader.restart(position);
        return result.value;
      }
      if (this.left > most) return undefined;
      yield* this.more();
    }
  }

  /** As {@link read}; what it has read is read again. */
  *peek<T>(parse: (reader: RdbReader) => T): Waits<T> {
    return yield* this.read((reader) => {
      const { position } = reader;
      const result = parse(reader);
      reader.restart(position);
      return result;
    });
  }

  count(): Waits<number> {
    return this.read((reader) => reader.count());
  }

  *string(): Waits<Bytes | undefined> {
    const head = yield* this.read((reader) => reader.stringHead());
    if (head.length <= this.maxBytes) return yield* this.read((reader) => reader.stringOf(head));
    this.unfit = 'an element of it is too long';
    yield* this.pass(head.stored);
    return undefined;
  }

  *bytes(most: number): Waits<Uint8Array> {
    if (this.left === 0 && !this.isWhole) yield* this.more();
    return yield* this.read((reader) => reader.take(Math.max(1, Math.min(most, reader.left))));
  }

  *pass(count: number): Waits<void> {
    for (let left = count; left > 0; ) left -= (yield* this.bytes(left)).length;
  }

  /** False when the file ends here. */
  *hasMore(): Waits<boolean> {
    while (this.left === 0 && !this.isWhole) yield* this.more();
    return this.left > 0;
  }

  /** Undefined where there is not enough data, but more may come. */
  private tryTo<T>(parse: (reader: RdbReader) => T): { readonly value: T } | undefined {
    const { position } = this.reader;
    try {
      this.reader.restart(position);
      return { value: parse(this.reader) };
    } catch (error) {
      if (!(error instanceof RdbEnd) || this.isWhole) throw error;
      this.reader.restart(position);
      return undefined;
    }
  }

  /** Waits until there is about twice as much, so that what is tried again is not tried often. */
  private *more(): Waits<void> {
    this.wanted = this.left * 2 + 1;
    yield undefined;
    this.wanted = 0;
  }
}
