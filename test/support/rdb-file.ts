// RDB files for tests: made by hand from records, and loaded into an engine as an import does it.

import { type Bytes, fromBuffer, toBuffer } from '../../src/bytes/bytes';
import { Crc64 } from '../../src/bytes/crc64';
import { ErrorReply } from '../../src/protocol/reply';
import { type RdbFileOptions, RdbFileReader, type RdbRecord } from '../../src/types/rdb/file-reader';
import { payloadOf } from '../../src/types/rdb/payload';
import { filling } from '../../src/types/rdb/refill';
import { RdbWriter } from '../../src/types/rdb/writer';
import type { TestEngine } from './engine';

const DUMP_FOOTER_BYTES = 10;

/** Records of a file, as bytes that stand for themselves. */
export class FileBuilder {
  readonly writer = new RdbWriter();

  constructor(version = 12) {
    this.bytes(`REDIS${`${version}`.padStart(4, '0')}`);
  }

  bytes(text: string): this {
    this.writer.chars(text as Bytes);
    return this;
  }

  /** A key with what DUMP answered. */
  key(key: string, dump: string, deadline?: number): this {
    if (deadline !== undefined) {
      this.writer.byte(0xfc);
      this.writer.int64(deadline, true);
    }
    this.writer.byte(dump.charCodeAt(0));
    this.writer.string(key as Bytes);
    return this.bytes(dump.slice(1, -DUMP_FOOTER_BYTES));
  }

  /** Something with a string, as a function. */
  string(opcode: number, ...texts: string[]): this {
    this.writer.byte(opcode);
    for (const text of texts) this.writer.string(text as Bytes);
    return this;
  }

  database(number: number): this {
    this.writer.byte(0xfe);
    this.writer.count(number);
    return this;
  }

  /** The whole file. */
  end(isChecked = true): Uint8Array {
    this.writer.byte(0xff);
    this.writer.chars(isChecked ? new Crc64().update(this.writer.view()).bytes() : ('\0'.repeat(8) as Bytes));
    return this.writer.view().slice();
  }
}

export const FILE_OPTIONS: RdbFileOptions = { maxKeyBytes: 512 * 1024, maxBytes: 64 * 1024 * 1024, check: true };

/** Hands a file to a reader in pieces of which `pieceBytes` tells the size, and visits all records. */
export function readFile(
  data: Uint8Array,
  visit: (record: RdbRecord, reader: RdbFileReader) => void,
  options: Partial<RdbFileOptions> = {},
  pieceBytes: () => number = () => 65536,
): void {
  const reader = new RdbFileReader({ ...FILE_OPTIONS, ...options });
  const pull = (): void => {
    for (let record = reader.next(); record; record = reader.next()) visit(record, reader);
  };
  for (let at = 0; at < data.length; ) {
    const end = at + pieceBytes();
    reader.push(data.subarray(at, end));
    at = end;
    pull();
  }
  reader.end();
  pull();
}

/** Loads the keys of a file; answers with what was left out. */
export function loadFile(engine: TestEngine, data: Uint8Array, options: Partial<RdbFileOptions> = {}, pieceBytes?: () => number): string[] {
  const leftOut: string[] = [];
  let large: { key: Bytes; deadline: number | undefined } | undefined;
  let ended = 0;
  const run = (argv: readonly Bytes[]): void => {
    const reply = engine.engine.execute(engine.client, argv);
    if (engine.faults.length > 0) throw engine.faults[0];
    if (reply instanceof ErrorReply) throw new Error(`${argv.slice(0, 3)}: ${reply.text}`);
  };
  const visit = (record: RdbRecord): void => {
    if (record.kind === 'key') {
      const { key, type, deadline } = record.key;
      run(['RESTORE', key, `${deadline ?? 0}`, fromBuffer(payloadOf(type, record.value)), 'ABSTTL'] as Bytes[]);
    } else if (record.kind === 'large') large = record.key;
    else if (record.kind === 'line' && large) run(filling(large.key, record.line));
    else if (record.kind === 'large end' && large) {
      if (record.unfit !== undefined) leftOut.push(record.unfit);
      else if (large.deadline !== undefined) run(['PEXPIREAT', large.key, `${large.deadline}`] as Bytes[]);
    } else if (record.kind === 'function') run(['FUNCTION', 'LOAD', record.source] as Bytes[]);
    else if (record.kind === 'left out') leftOut.push(record.reason);
    else if (record.kind === 'end') ended++;
  };
  readFile(data, visit, options, pieceBytes);
  if (ended !== 1) throw new Error(`the file has ended ${ended} times`);
  return leftOut;
}

export function fileOf(text: string): Uint8Array {
  return toBuffer(text as Bytes);
}
