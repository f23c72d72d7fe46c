// The elements of which modules make their values: each is behind a mark that says of what kind it is.

import type { Bytes } from '../../bytes/bytes';
import type { Int64 } from '../../bytes/integer';
import { RdbError, type RdbReader, type StringHead } from './reader';
import type { RdbWriter } from './writer';

const END = 0;
const SIGNED = 1;
const UNSIGNED = 2;
const FLOAT = 3;
const DOUBLE = 4;
const STRING = 5;

/** What an element takes beside its bytes, roughly. */
const ELEMENT_WEIGHT = 16;

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

  /** Goes up to a string, whose length follows. */
  beforeString(): void {
    this.expect(STRING);
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

/** Goes over elements, whatever they mean, up to their end, or until they weigh more than `limit`; returns what they weigh. */
export function passElements(reader: RdbReader, limit: number): number {
  let weight = 0;
  while (weight <= limit) {
    const head = passElementHead(reader);
    if (head === undefined) break;
    reader.pass(head.stored);
    weight += head.length + ELEMENT_WEIGHT;
  }
  return weight;
}

const NOTHING: StringHead = { length: 0, stored: 0, isPacked: false, text: undefined };

/** Goes over an element up to the bytes that it has if it is a string; undefined where it is the end. */
export function passElementHead(reader: RdbReader): StringHead | undefined {
  switch (reader.count()) {
    case END:
      return undefined;
    case SIGNED:
    case UNSIGNED:
      reader.unsigned();
      return NOTHING;
    case FLOAT:
      reader.pass(4);
      return NOTHING;
    case DOUBLE:
      reader.pass(8);
      return NOTHING;
    case STRING:
      return reader.stringHead();
    default:
      throw new RdbError('an unknown element of a module');
  }
}
