// How far a value reaches in a file, and what it weighs, found without making anything of it.

import { passElements } from './module-elements';
import { RdbError, type RdbReader } from './reader';
import { RDB } from './types';

/** What an element takes beside its bytes, roughly. */
const ELEMENT_WEIGHT = 16;
/** Of a byte in which elements are packed: an element of two bytes becomes a string with a place in a collection. */
const PACKED_WEIGHT = 4;

const SCORE_BYTES = 8;
const ID_BYTES = 16;
const TIME_BYTES = 8;
/** The first of the three lengths that a score has which is no text. */
const MIN_SCORE_MARK = 253;

/**
 * Goes over a value of the form that `type` is the number of, and returns roughly what it takes in memory. Once that is more
 * than `limit`, it goes no further.
 */
export function passValue(type: number, reader: RdbReader, limit: number): number {
  return type === RDB.STRING ? reader.passString() + ELEMENT_WEIGHT : new Passage(reader, limit).value(type);
}

class Passage {
  private weight = 0;

  constructor(
    private readonly reader: RdbReader,
    private readonly limit: number,
  ) {}

  /** As all that follow: goes over it, and returns what everything weighs until then. */
  value(type: number): number {
    const { reader } = this;
    switch (type) {
      case RDB.LIST:
      case RDB.SET:
        return this.each(() => this.string());
      case RDB.ZSET:
      case RDB.ZSET_2:
        return this.each(() => {
          this.string();
          reader.pass(type === RDB.ZSET ? textScoreBytes(reader) : SCORE_BYTES);
        });
      case RDB.HASH:
        return this.each(() => this.pair());
      case RDB.HASH_METADATA:
      case RDB.OLD_HASH_METADATA:
        if (type === RDB.HASH_METADATA) reader.pass(TIME_BYTES);
        return this.each(() => {
          reader.unsigned();
          this.pair();
        });
      case RDB.HASH_LISTPACK_EX:
        reader.pass(TIME_BYTES);
        return this.packed();
      case RDB.HASH_ZIPMAP:
      case RDB.LIST_ZIPLIST:
      case RDB.SET_INTSET:
      case RDB.ZSET_ZIPLIST:
      case RDB.HASH_ZIPLIST:
      case RDB.HASH_LISTPACK:
      case RDB.ZSET_LISTPACK:
      case RDB.SET_LISTPACK:
      case RDB.OLD_HASH_LISTPACK_EX:
        return this.packed();
      case RDB.LIST_QUICKLIST:
        return this.each(() => this.packed());
      case RDB.LIST_QUICKLIST_2:
        return this.each(() => {
          reader.count();
          this.packed();
        });
      case RDB.STREAM_LISTPACKS:
      case RDB.STREAM_LISTPACKS_2:
      case RDB.STREAM_LISTPACKS_3:
        return this.stream(type);
      case RDB.MODULE_2:
        reader.unsigned();
        this.weight += passElements(reader, this.limit);
        return this.weight;
      default:
        throw new RdbError(`an unknown form of a value: ${type}`);
    }
  }

  private each(one: () => void): number {
    for (let left = this.reader.count(); left > 0 && this.weight <= this.limit; left--) one();
    return this.weight;
  }

  private string(): number {
    this.weight += this.reader.passString() + ELEMENT_WEIGHT;
    return this.weight;
  }

  private pair(): number {
    this.string();
    return this.string();
  }

  private packed(): number {
    this.weight += this.reader.passString() * PACKED_WEIGHT + ELEMENT_WEIGHT;
    return this.weight;
  }

  private stream(type: number): number {
    const { reader } = this;
    const ids = type === RDB.STREAM_LISTPACKS ? 1 : 3;
    this.each(() => {
      this.string();
      this.packed();
    });
    if (this.weight > this.limit) return this.weight;
    // How many entries; the ids, each in two numbers; how many there ever were.
    for (let left = 1 + ids * 2 + (ids === 1 ? 0 : 1); left > 0; left--) reader.unsigned();
    return this.each(() => {
      this.string();
      for (let left = ids === 1 ? 2 : 3; left > 0; left--) reader.unsigned();
      this.each(() => {
        reader.pass(ID_BYTES + TIME_BYTES);
        reader.unsigned();
        this.weight += ELEMENT_WEIGHT + ID_BYTES;
      });
      if (this.weight <= this.limit) this.each(() => this.consumer(type));
    });
  }

  private consumer(type: number): number {
    this.string();
    this.reader.pass(type === RDB.STREAM_LISTPACKS_3 ? 2 * TIME_BYTES : TIME_BYTES);
    return this.each(() => this.reader.pass(ID_BYTES));
  }
}

function textScoreBytes(reader: RdbReader): number {
  const length = reader.byte();
  return length >= MIN_SCORE_MARK ? 0 : length;
}
