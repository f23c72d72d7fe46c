// RDB files, as Redis has written them since its beginnings (versions 1 to 12): records out of bytes that come piece by piece.
//
//   "REDIS" and four digits   records…   0xff   since version 5: CRC-64 of everything before it, 0 for none
//
// A file may come from anybody. Whatever is wrong with it is an RdbFileError that says where; what it announces is not
// believed; and memory is bounded: a small value is handed out as it stands there, a large one in batches of its elements.
// Nothing here waits: the reader is given data, and asked for records until it has none.
//
//   reader.push(data); while ((record = reader.next())) …   and after the last data: reader.end(), and the same once more

import { type Bytes, fromBuffer } from '../../bytes/bytes';
import type { Int64 } from '../../bytes/integer';
import { defaultEncodingLimits } from '../limits';
import { decodeRdbValue } from './decode';
import { passValue } from './extent';
import { type FileHead, type KeyHead, readHead } from './file-head';
import { FileWindow } from './file-window';
import { linesOf } from './large';
import { moduleKind, moduleName, moduleTypeName } from './module';
import { passElementHead, passElements } from './module-elements';
import { RdbEmpty, RdbError, RdbReader } from './reader';
import type { FillLine } from './refill';
import { MAX_RDB_VERSION, RDB, rdbTypeName } from './types';

/** What is wrong with a file, and how many bytes of it there are before that. */
export class RdbFileError extends RdbError {
  constructor(
    readonly fault: string,
    readonly offset: number,
  ) {
    super(`${fault} (at byte ${offset})`);
  }
}

/** A key of the database that is read, but for its value. */
export interface RdbKey extends KeyHead {
  /** Bytes of the file before its record. */
  readonly offset: number;
  /** What TYPE answers. */
  readonly typeName: string;
}

export type RdbRecord =
  | { readonly kind: 'fact'; readonly name: Bytes; readonly value: Bytes }
  | { readonly kind: 'function'; readonly source: Bytes }
  | { readonly kind: 'sizes'; readonly keys: number; readonly expires: number }
  /** With its value as it stands in the file, which is there until the reader is used again; see payloadOf(). */
  | { readonly kind: 'key'; readonly key: RdbKey; readonly value: Uint8Array }
  /** With a value whose lines follow, then an end that says whether they are of any use. */
  | { readonly kind: 'large'; readonly key: RdbKey }
  | { readonly kind: 'line'; readonly line: FillLine }
  | { readonly kind: 'large end'; readonly unfit: string | undefined }
  /** What is not handed out; without a key it is something beside the keys. */
  | { readonly kind: 'left out'; readonly key: Bytes | undefined; readonly type: number | undefined; readonly reason: string }
  /** All has been read, and is whole. */
  | { readonly kind: 'end'; readonly isChecked: boolean; readonly bytes: number };

export interface RdbFileOptions {
  /** Longest key and longest string that can be held. */
  readonly maxKeyBytes: number;
  readonly maxBytes: number;
  /** The only database whose keys are read. */
  readonly database?: number;
  /** Small values are decoded, so that what RESTORE would refuse is known by now. */
  readonly check?: boolean;
  /** What a value may take, roughly, to be handed out as a whole. */
  readonly largeBytes?: number;
}

const HEADER_BYTES = 9;
const CHECKSUM_BYTES = 8;
const FIRST_VERSION_WITH_CHECKSUM = 5;
const NO_CHECKSUM = '\0'.repeat(CHECKSUM_BYTES);
const LARGE_BYTES = 4 * 1024 * 1024;
/** What a filter or document, which cannot be divided, may have to be handed out. */
const MAX_WHOLE_BYTES = 32 * 1024 * 1024;

/** No collection takes more without any element. */
const EMPTY_BYTES = 64;

type RecordSteps<T> = Generator<RdbRecord | undefined, T, void>;

export class RdbFileReader {
  /** Of the format; 0 before the header has been read. */
  version = 0;
  private readonly window: FileWindow;
  private readonly limits = defaultEncodingLimits();
  private readonly records = this.run();
  private readonly largeBytes: number;
  private database = 0;

  constructor(private readonly options: RdbFileOptions) {
    this.window = new FileWindow(options.maxBytes);
    this.largeBytes = options.largeBytes ?? LARGE_BYTES;
  }

  /** Bytes of the file that have been read. */
  get offset(): number {
    return this.window.offset;
  }

  /** Takes the next bytes of the file, which are copied. */
  push(data: Uint8Array): void {
    this.window.push(data);
  }

  /** There are no more bytes. */
  end(): void {
    this.window.end();
  }

  /** The next record; undefined where more data is needed, and after the last one. Throws an RdbFileError. */
  next(): RdbRecord | undefined {
    if (this.window.isWaiting) return undefined;
    try {
      const step = this.records.next();
      return step.done ? undefined : step.value;
    } catch (error) {
      if (!(error instanceof RdbError) || error instanceof RdbFileError) throw error;
      throw new RdbFileError(error.message, this.offset);
    }
  }

  private *run(): RecordSteps<void> {
    this.version = yield* this.header();
    for (;;) {
      const { offset } = this;
      const small = yield* this.window.attempt(this.largeBytes, (reader) => this.small(reader));
      if (small === undefined) yield* this.large(offset);
      else if (small.head.kind === 'end') break;
      else if (small.head.kind === 'key') yield this.whole(small.head, offset, small.value);
      else yield* this.other(small.head);
    }
    yield yield* this.ending();
  }

  private *header(): RecordSteps<number> {
    const text = yield* this.window.read((reader) => fromBuffer(reader.take(HEADER_BYTES)));
    const version = /^REDIS(\d{4})$/.exec(text)?.[1];
    if (version === undefined) throw new RdbFileError('this is no RDB file: it does not begin with REDIS and a version', 0);
    if (+version < 1 || +version > MAX_RDB_VERSION)
      throw new RdbFileError(`version ${+version} of RDB is not known here: 1 to ${MAX_RDB_VERSION} are`, 0);
    return +version;
  }

  /** A record, with the value of a key that is small. */
  private small(reader: RdbReader): { readonly head: FileHead; readonly value: Uint8Array } | undefined {
    const head = readHead(reader);
    const from = reader.position;
    if (head.kind === 'module') passElements(reader, Number.POSITIVE_INFINITY);
    else if (head.kind === 'key' && passValue(head.type, reader, this.largeBytes) > this.largeBytes) return undefined;
    return { head, value: this.window.view(from, reader.position) };
  }

  private *other(head: Exclude<FileHead, KeyHead | { kind: 'end' }>): RecordSteps<void> {
    if (head.kind === 'database') this.database = head.database;
    else if (head.kind === 'module')
      yield { kind: 'left out', key: undefined, type: undefined, reason: `data of the module ${moduleName(head.module)}` };
    else yield head;
  }

  /** Why a key is left out, undefined where it is not. */
  private reasonAgainst({ key }: KeyHead): string | undefined {
    if (this.database !== (this.options.database ?? 0)) return 'it is in another database';
    return key.length > this.options.maxKeyBytes ? 'its name is too long' : undefined;
  }

  private whole(head: KeyHead, offset: number, value: Uint8Array): RdbRecord {
    const { type } = head;
    const module = type === RDB.MODULE_2 ? new RdbReader(value).unsigned() : undefined;
    const key = keyOf(head, offset, rdbTypeName(type) ?? moduleTypeName(module ?? 0));
    const isUnknown = module !== undefined && moduleKind(module) === 'unknown';
    const reason = this.reasonAgainst(key) ?? (isUnknown ? unknownModule(module) : undefined);
    if (reason !== undefined) return { kind: 'left out', key: key.key, type, reason };
    const mayBeEmpty = value.length <= EMPTY_BYTES && type !== RDB.STRING;
    if ((this.options.check || mayBeEmpty) && !this.check(key, value))
      return { kind: 'left out', key: key.key, type, reason: 'it is empty' };
    return { kind: 'key', key, value };
  }

  /** False where there is nothing in the value. */
  private check({ type, offset }: RdbKey, value: Uint8Array): boolean {
    try {
      const reader = new RdbReader(value);
      decodeRdbValue(type, reader, this.limits);
      if (reader.left > 0) throw new RdbError('a value ends before its bytes do');
      return true;
    } catch (error) {
      if (error instanceof RdbEmpty) return false;
      if (error instanceof RdbError) throw new RdbFileError(error.message, offset);
      throw error;
    }
  }

  /** A record that is not to be in memory as a whole. */
  private *large(offset: number): RecordSteps<void> {
    const head = yield* this.window.read(readHead);
    if (head.kind !== 'key') {
      if (head.kind === 'module') yield* this.passElements();
      if (head.kind !== 'end') yield* this.other(head);
      return;
    }
    const key = keyOf(head, offset, rdbTypeName(head.type) ?? 'array');
    const reason = this.reasonAgainst(key);
    if (head.type === RDB.MODULE_2) {
      const module = yield* this.window.peek((reader) => reader.unsigned());
      const kind = moduleKind(module);
      if (kind !== 'array') return yield* this.module(key, kind === 'unknown' ? (reason ?? unknownModule(module)) : reason);
    }
    yield* this.divided(key, reason);
  }

  /** A value of a module, which cannot be divided. */
  private *module(key: RdbKey, reason: string | undefined): RecordSteps<void> {
    const most = reason === undefined ? MAX_WHOLE_BYTES : 0;
    const value = yield* this.window.attempt(most, (reader) => {
      const from = reader.position;
      reader.unsigned();
      return passElements(reader, most) > most ? undefined : this.window.view(from, reader.position);
    });
    if (value) {
      yield this.whole(key, key.offset, value);
      return;
    }
    yield* this.window.read((reader) => reader.unsigned());
    yield* this.passElements();
    yield { kind: 'left out', key: key.key, type: key.type, reason: reason ?? 'it is too large' };
  }

  /** Goes over the elements of a module, however many there are. */
  private *passElements(): RecordSteps<void> {
    for (;;) {
      const string = yield* this.window.read(passElementHead);
      if (string === undefined) return;
      yield* this.window.pass(string.stored);
    }
  }

  /** A value that is given in lines. Where there is a reason not to, they are read and not given. */
  private *divided(key: RdbKey, reason: string | undefined): RecordSteps<void> {
    const { window } = this;
    window.unfit = reason;
    if (reason === undefined) yield { kind: 'large', key };
    for (const line of linesOf(key.type, window, this.limits)) {
      if (line === undefined) yield undefined;
      else if (window.unfit === undefined) yield { kind: 'line', line };
    }
    if (reason === undefined) yield { kind: 'large end', unfit: window.unfit };
    else yield { kind: 'left out', key: key.key, type: key.type, reason };
  }

  private *ending(): RecordSteps<RdbRecord> {
    const { window } = this;
    let isChecked = false;
    if (this.version >= FIRST_VERSION_WITH_CHECKSUM) {
      const computed = window.checksum();
      const { offset } = this;
      const stored = yield* window.read((reader) => fromBuffer(reader.take(CHECKSUM_BYTES)));
      isChecked = stored !== NO_CHECKSUM;
      if (isChecked && stored !== computed) throw new RdbFileError('the checksum of the file is another one: it has been changed', offset);
    }
    if (yield* window.hasMore()) throw new RdbError('there is more data behind the end, as in a file of commands that begins with RDB');
    return { kind: 'end', isChecked, bytes: this.offset };
  }
}

function unknownModule(module: Int64): string {
  return `a type of a module that is not known here: ${moduleName(module)}`;
}

/** Spread, this would be what a file of small keys spends most of its time with. */
function keyOf({ kind, key, type, deadline, idleSeconds, frequency }: KeyHead, offset: number, typeName: string): RdbKey {
  return { kind, key, type, deadline, idleSeconds, frequency, offset, typeName };
}
