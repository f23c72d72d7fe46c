// A command line as a RESP multibulk: what clients send, what goes to a shard over its connection, what the journal holds.

import type { Bytes } from '../bytes/bytes';

export function encodeRequest(argv: readonly Bytes[]): string {
  let text = `*${argv.length}\r\n`;
  for (const arg of argv) text += `$${arg.length}\r\n${arg}\r\n`;
  return text;
}
