// The elements of which modules make their values: each is behind a mark that says of what kind it is.

import type { Bytes } from '../../bytes/bytes';
import type { Int64 } from '../../bytes/integer';
import { RdbError, type RdbReader } from './reader';
import type { RdbWriter } from './writer';

const END = 0;
const UNSIGNED = 2;
const DOUBLE = 4;
const STRING = 5;

export class ModuleWriter {
  constructor(private readonly writer: RdbWriter) {}

  unsigned(value: Int64): void {
    this.writer.count(UNSIGNED);
    this.writer.count(value);
  }

  double(value: number): void {
    this.writer.count(DOUBLE);
    this.writer.double(value);
  }

  string(value: Bytes): void {
    this.writer.count(STRING);
    this.writer.string(value);
  }

  end(): void {
    this.writer.count(END);
  }
}

export class ModuleReader {
  constructor(private readonly reader: RdbReader) {}

  /** Bytes that are left of everything. */
  get left(): number {
    return this.reader.left;
  }

  /** A number that is exact as a float. */
  unsigned(): number {
    const value = this.unsigned64();
    if (typeof value !== 'number') throw new RdbError('a number of a module beyond all bounds');
    return value;
  }

  unsigned64(): Int64 {
    this.expect(UNSIGNED);
    return this.reader.unsigned();
  }

  double(): number {
    this.expect(DOUBLE);
    return this.reader.double();
  }

  string(): Bytes {
    this.expect(STRING);
    return this.reader.string();
  }

  charge(bytes: number): void {
    this.reader.charge(bytes);
  }

  end(): void {
    this.expect(END);
  }

  private expect(mark: number): void {
    if (this.reader.count() !== mark) throw new RdbError('an element of a module of another kind than expected');
  }
}
