// What stands between the values of a file: facts about it, functions, the database that follows, keys with their deadlines.

import type { Bytes } from '../../bytes/bytes';
import type { Int64 } from '../../bytes/integer';
import { RdbError, type RdbReader } from './reader';

const SLOT_INFO = 0xf4;
const FUNCTION = 0xf5;
/** As 7.0 wrote it before its release. */
const OLD_FUNCTION = 0xf6;
const MODULE_DATA = 0xf7;
const IDLE = 0xf8;
const FREQUENCY = 0xf9;
const AUXILIARY = 0xfa;
const SIZES = 0xfb;
const DEADLINE_MS = 0xfc;
const DEADLINE_S = 0xfd;
const DATABASE = 0xfe;
const END = 0xff;

export interface KeyHead {
  readonly kind: 'key';
  readonly key: Bytes;
  /** The number of the form of the value. */
  readonly type: number;
  /** Unix milliseconds. */
  readonly deadline: number | undefined;
  readonly idleSeconds: number | undefined;
  readonly frequency: number | undefined;
}

export type FileHead =
  | KeyHead
  | { readonly kind: 'fact'; readonly name: Bytes; readonly value: Bytes }
  | { readonly kind: 'function'; readonly source: Bytes }
  | { readonly kind: 'database'; readonly database: number }
  | { readonly kind: 'sizes'; readonly keys: number; readonly expires: number }
  /** Data of a module beside its keys: its elements follow. */
  | { readonly kind: 'module'; readonly module: Int64 }
  | { readonly kind: 'end' };

/** Reads up to the value of a key, or a whole record of another kind. */
export function readHead(reader: RdbReader): FileHead {
  const opcode = reader.byte();
  switch (opcode) {
    case AUXILIARY:
      return { kind: 'fact', name: reader.string(), value: reader.string() };
    case FUNCTION:
      return { kind: 'function', source: reader.string() };
    case OLD_FUNCTION:
      return { kind: 'function', source: oldSource(reader) };
    case DATABASE:
      return { kind: 'database', database: reader.count() };
    case SIZES:
      return { kind: 'sizes', keys: reader.count(), expires: reader.count() };
    case MODULE_DATA:
      return { kind: 'module', module: reader.unsigned() };
    case END:
      return { kind: 'end' };
    case SLOT_INFO:
      // Its number, its keys, and how many of them have deadlines.
      for (let i = 0; i < 3; i++) reader.count();
      return readHead(reader);
    default:
      return keyHead(reader, opcode);
  }
}

/** The parts of a library, of which the first line was not kept. */
function oldSource(reader: RdbReader): Bytes {
  const name = reader.string();
  const engine = reader.string();
  if (reader.unsigned() !== 0) reader.string();
  return `#!${engine} name=${name}\n${reader.string()}` as Bytes;
}

function keyHead(reader: RdbReader, first: number): KeyHead {
  let deadline: number | undefined;
  let idleSeconds: number | undefined;
  let frequency: number | undefined;
  for (let opcode = first; ; opcode = reader.byte()) {
    if (opcode === DEADLINE_MS) deadline = Number(reader.int64());
    else if (opcode === DEADLINE_S) deadline = reader.int32() * 1000;
    else if (opcode === IDLE) idleSeconds = reader.count();
    else if (opcode === FREQUENCY) frequency = reader.byte();
    else if (opcode >= SLOT_INFO) throw new RdbError('a deadline without a key');
    else return { kind: 'key', type: opcode, key: reader.string(), deadline, idleSeconds, frequency };
  }
}
