// Libraries of functions as FUNCTION DUMP answers and FUNCTION RESTORE takes them: as they stand in RDB files.

import type { Bytes } from '../../bytes/bytes';
import { readerOf, sealed } from './payload';
import { RdbError, type RdbReader } from './reader';
import { BASE_VERSION } from './types';
import { RdbWriter } from './writer';

/** A library: its source. */
const LIBRARY = 0xf5;
/** As 7.0 wrote it before its release: name, engine, whether there is a description, the description, code. */
const OLD_LIBRARY = 0xf6;

export function dumpLibraries(sources: readonly Bytes[]): Bytes {
  const writer = new RdbWriter();
  for (const source of sources) {
    writer.byte(LIBRARY);
    writer.string(source);
  }
  return sealed(writer, BASE_VERSION);
}

/** The sources in a payload that is whole. Throws an RdbError that says what is wrong with it. */
export function librariesIn(payload: Bytes): Bytes[] {
  const reader = readerOf(payload);
  const sources: Bytes[] = [];
  while (reader.left > 0) sources.push(nextSource(reader));
  return sources;
}

function nextSource(reader: RdbReader): Bytes {
  const type = reader.byte();
  if (type === LIBRARY) return required(reader, 'Failed loading library code');
  if (type !== OLD_LIBRARY) throw new RdbError('given type is not a function');
  const name = required(reader, 'Failed loading library name');
  const engine = required(reader, 'Failed loading engine name');
  if (described(reader)) required(reader, 'Failed loading library description');
  return `#!${engine} name=${name}\n${required(reader, 'Failed loading library blob')}` as Bytes;
}

function described(reader: RdbReader): boolean {
  try {
    return reader.unsigned() !== 0;
  } catch {
    throw new RdbError('Failed loading library description indicator');
  }
}

function required(reader: RdbReader, otherwise: string): Bytes {
  try {
    return reader.string();
  } catch {
    throw new RdbError(otherwise);
  }
}
