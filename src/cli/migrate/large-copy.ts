// Copies of values that go piece by piece, and prints of them, which do not depend on how they are cut or on the order of
// what has none.

import { ascii, type Bytes, toBuffer } from '../../bytes/bytes';
import { Crc64 } from '../../bytes/crc64';
import { ErrorReply } from '../../protocol/reply';
import type { RespClient } from '../resp-client';
import { piecesOf } from './elements';
import { type Piece, Unreadable } from './piece';
import type { Source } from './source';

const CHECKSUM_BYTES = 8;

/** The checksum of a value in pieces. */
class Print {
  private readonly chain = new Crc64();
  private readonly mixed = new Uint8Array(CHECKSUM_BYTES);

  add({ marks, ordered }: Piece): void {
    for (const mark of marks) {
      const data = toBuffer(mark as Bytes);
      if (ordered) this.chain.update(data);
      else blend(this.mixed, new Crc64().update(data).bytes());
    }
  }

  get checksum(): Bytes {
    const total = Uint8Array.from(this.mixed);
    blend(total, this.chain.bytes());
    return ascii(String.fromCharCode(...total));
  }
}

function blend(total: Uint8Array, checksum: Bytes): void {
  for (let i = 0; i < CHECKSUM_BYTES; i++) (total[i] as number) ^= checksum.charCodeAt(i);
}

type Abilities = Pick<Source, 'hasFieldDeadlines'>;

/** The checksum of a value, undefined when there is none. Throws {@link Unreadable}. */
export async function checksumInPieces(client: RespClient, key: Bytes, source: Abilities, memory?: number): Promise<Bytes | undefined> {
  const print = new Print();
  let found = false;
  for await (const piece of piecesOf(client, key, source, memory)) {
    found = true;
    print.add(piece);
  }
  return found ? print.checksum : undefined;
}

export interface Copy {
  readonly checksum: Bytes;
  /** Why the target does not have it. */
  readonly refusal: string | undefined;
}

/** In the place of what the target has under this key. Undefined when the source has nothing there. Throws {@link Unreadable}. */
export async function copyInPieces(
  from: RespClient,
  to: RespClient,
  key: Bytes,
  deadline: number,
  source: Abilities,
  memory: number | undefined,
): Promise<Copy | undefined> {
  const print = new Print();
  let refusal: string | undefined;
  let found = false;
  for await (const piece of piecesOf(from, key, source, memory)) {
    print.add(piece);
    if (refusal !== undefined) continue;
    const commands = found ? piece.commands : [[ascii('DEL'), key], ...piece.commands];
    found = true;
    refusal = errorIn(await to.send(commands));
  }
  if (!found) return undefined;
  // Half a value would pass for a whole one.
  if (refusal !== undefined) await to.run('DEL', key);
  else if (deadline > 0) refusal = errorIn(await to.send([[ascii('PEXPIREAT'), key, ascii(`${deadline}`)]]));
  return { checksum: print.checksum, refusal };
}

function errorIn(replies: readonly unknown[]): string | undefined {
  return replies.find((reply) => reply instanceof ErrorReply)?.text;
}

/** What counts for the print of a key that could not be read. */
export const NO_CHECKSUM: Bytes = ascii('\0'.repeat(CHECKSUM_BYTES));

/** Runs it; that a value cannot be read is an answer too. */
export async function orUnreadable<T>(work: Promise<T>): Promise<T | Unreadable> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Unreadable) return error;
    throw error;
  }
}
