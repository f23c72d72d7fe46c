// A part of a value that is read element by element.

import type { Bytes } from '../../bytes/bytes';
import { ErrorReply, type Reply } from '../../protocol/reply';
import type { RespClient } from '../resp-client';

export interface Piece {
  readonly commands: readonly (readonly Bytes[])[];
  /** What of it has to be the same at the target, one text for each part. */
  readonly marks: readonly string[];
  /** Whether the order of the marks counts. */
  readonly ordered: boolean;
}

/** The value cannot be read so; `message` says why. */
export class Unreadable extends Error {}

/** A reply that is no error. */
export async function ask(client: RespClient, ...argv: readonly string[]): Promise<Reply> {
  const reply = await client.run(...argv);
  if (reply instanceof ErrorReply) throw new Unreadable(reply.text);
  return reply;
}

/** Texts that belong together as one: none can be taken for others. */
export function markOf(...parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('');
}
