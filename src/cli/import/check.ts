// The first pass over a file: nothing is changed before all of it is known to be whole and, if that is asked for, free.

import { ascii, type Bytes, toText } from '../../bytes/bytes';
import { ErrorReply } from '../../protocol/reply';
import { Failure } from '../failure';
import { Progress } from '../progress';
import type { RespClient } from '../resp-client';
import { nameOf } from '../words';
import { type RdbFile, type ReadOptions, recordsOf } from './file';
import { Summary } from './summary';

const KEYS_AT_ONCE = 500;

/**
 * Reads the whole file, decodes its values and compares its checksum.
 * @param occupied where no key or library of the file may be there already
 */
export async function check(file: RdbFile, options: ReadOptions, occupied: RespClient | undefined): Promise<Summary> {
  const summary = new Summary();
  const progress = new Progress('checking', 'bytes', file.bytes);
  const keys: Bytes[] = [];
  let large = '';
  for await (const record of recordsOf(file, options)) {
    if (record.kind === 'key' || record.kind === 'large') {
      if (record.kind === 'key') summary.count(record.key.typeName);
      else large = record.key.typeName;
      progress.update(record.key.offset);
      if (!occupied) continue;
      keys.push(record.key.key);
      if (keys.length === KEYS_AT_ONCE) await requireFree(occupied, keys.splice(0));
    } else if (record.kind === 'function') {
      summary.libraries++;
      if (occupied) await requireNoLibrary(occupied, record.source);
    } else if (record.kind === 'large end') {
      if (record.unfit === undefined) summary.count(large);
      else summary.leaveOut(record.unfit);
    } else if (record.kind === 'left out') summary.leaveOut(record.reason);
  }
  if (occupied) await requireFree(occupied, keys);
  progress.end();
  return summary;
}

async function requireFree(client: RespClient, keys: readonly Bytes[]): Promise<void> {
  const replies = await client.send(keys.map((key) => [ascii('EXISTS'), key]));
  replies.forEach((reply, i) => {
    if (reply instanceof ErrorReply) throw new Failure(`the target refuses EXISTS: ${reply.text}`);
    if (reply !== 0) throw conflict(`the key ${nameOf(keys[i] as Bytes)}`);
  });
}

async function requireNoLibrary(client: RespClient, source: Bytes): Promise<void> {
  const name = /^#!lua[^\n]*\bname=(\w+)/.exec(source)?.[1];
  if (name === undefined) return;
  const reply = await client.run('FUNCTION', 'LIST', 'LIBRARYNAME', name);
  if (Array.isArray(reply) && reply.length > 0) throw conflict(`the library ${toText(name as Bytes)} of functions`);
}

export function conflict(what: string): Failure {
  return new Failure(`${what} is at the target already; --on-conflict replace or skip decides what to do`);
}
