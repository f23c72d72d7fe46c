// A value read element by element, for one that is too large for one payload, or whose payload the target refuses. It comes
// as the commands that make it anew, a piece at a time, so that no more than a piece is in memory.

import { ascii, type Bytes } from '../../bytes/bytes';
import type { Reply } from '../../protocol/reply';
import type { RespClient } from '../resp-client';
import { ask, markOf, type Piece, Unreadable } from './piece';
import type { Source } from './source';
import { streamPieces } from './stream-elements';

/** Commands of a piece hold about so many bytes, and at most so many elements. */
const PIECE_BYTES = 1024 * 1024;
const MAX_PIECE_ELEMENTS = 1000;
/** Where the size of a value is not known. */
const CAUTIOUS_ELEMENTS = 100;

/** Nothing when the key is not there. Throws {@link Unreadable}. */
export async function* piecesOf(
  client: RespClient,
  key: Bytes,
  source: Pick<Source, 'hasFieldDeadlines'>,
  memory: number | undefined,
): AsyncGenerator<Piece> {
  const type = String(textOf(await ask(client, 'TYPE', key)));
  if (type === 'none') return;
  if (type === 'string') yield* stringPieces(client, key);
  else if (type === 'list') yield* listPieces(client, key, await elementsPerPiece(client, 'LLEN', key, memory));
  else if (type === 'set') yield* setPieces(client, key, await elementsPerPiece(client, 'SCARD', key, memory));
  else if (type === 'zset') yield* zsetPieces(client, key, await elementsPerPiece(client, 'ZCARD', key, memory));
  else if (type === 'hash') {
    yield* hashPieces(client, key, await elementsPerPiece(client, 'HLEN', key, memory), source.hasFieldDeadlines);
  } else if (type === 'stream') {
    yield* streamPieces(client, key, await elementsPerPiece(client, 'XLEN', key, memory));
  } else throw new Unreadable(`there is no way to read a value of the type ${type} in parts`);
}

async function elementsPerPiece(client: RespClient, lengthCommand: string, key: Bytes, memory: number | undefined): Promise<number> {
  if (memory === undefined) return CAUTIOUS_ELEMENTS;
  const length = Number(await ask(client, lengthCommand, key));
  const fitting = Math.floor((PIECE_BYTES * length) / Math.max(1, memory));
  return Math.max(1, Math.min(MAX_PIECE_ELEMENTS, fitting));
}

async function* stringPieces(client: RespClient, key: Bytes): AsyncGenerator<Piece> {
  for (let at = 0; ; at += PIECE_BYTES) {
    const chunk = (await ask(client, 'GETRANGE', key, `${at}`, `${at + PIECE_BYTES - 1}`)) as Bytes;
    if (chunk !== '' || at === 0) yield { commands: [[ascii('APPEND'), key, chunk]], marks: [chunk], ordered: true };
    if (chunk.length < PIECE_BYTES) return;
  }
}

async function* listPieces(client: RespClient, key: Bytes, count: number): AsyncGenerator<Piece> {
  for (let at = 0; ; at += count) {
    const elements = (await ask(client, 'LRANGE', key, `${at}`, `${at + count - 1}`)) as Bytes[];
    if (elements.length > 0) {
      yield { commands: [[ascii('RPUSH'), key, ...elements]], marks: elements.map((element) => markOf(element)), ordered: true };
    }
    if (elements.length < count) return;
  }
}

async function* setPieces(client: RespClient, key: Bytes, count: number): AsyncGenerator<Piece> {
  for await (const members of scan(client, 'SSCAN', key, count)) {
    yield { commands: [[ascii('SADD'), key, ...members]], marks: members.map((member) => markOf(member)), ordered: false };
  }
}

async function* zsetPieces(client: RespClient, key: Bytes, count: number): AsyncGenerator<Piece> {
  for await (const items of scan(client, 'ZSCAN', key, count)) {
    const argv = [ascii('ZADD'), key];
    const marks: string[] = [];
    for (let i = 0; i < items.length; i += 2) {
      const score = plainScore(items[i + 1] as Bytes);
      argv.push(score, items[i] as Bytes);
      marks.push(markOf(score, items[i] as Bytes));
    }
    yield { commands: [argv], marks, ordered: false };
  }
}

/** Versions of Redis write the same score in different ways. */
function plainScore(text: Bytes): Bytes {
  const score = Number(text);
  return Number.isFinite(score) ? ascii(Object.is(score, -0) ? '-0' : String(score)) : text;
}

async function* hashPieces(client: RespClient, key: Bytes, count: number, hasDeadlines: boolean): AsyncGenerator<Piece> {
  for await (const items of scan(client, 'HSCAN', key, count)) {
    const fields = items.filter((_item, i) => i % 2 === 0);
    const deadlines = hasDeadlines ? await fieldDeadlines(client, key, fields) : fields.map(() => 0);
    const commands: Bytes[][] = [[ascii('HSET'), key, ...items]];
    const byDeadline = new Map<number, Bytes[]>();
    deadlines.forEach((deadline, i) => {
      if (deadline > 0) byDeadline.set(deadline, [...(byDeadline.get(deadline) ?? []), fields[i] as Bytes]);
    });
    for (const [deadline, expiring] of byDeadline) {
      commands.push([ascii('HPEXPIREAT'), key, ascii(`${deadline}`), ascii('FIELDS'), ascii(`${expiring.length}`), ...expiring]);
    }
    const marks = fields.map((field, i) => markOf(field, items[2 * i + 1] as Bytes, `${deadlines[i]}`));
    yield { commands, marks, ordered: false };
  }
}

/** Unix milliseconds of each field, 0 for none. */
async function fieldDeadlines(client: RespClient, key: Bytes, fields: readonly Bytes[]): Promise<number[]> {
  const reply = await ask(client, 'HPEXPIRETIME', key, 'FIELDS', `${fields.length}`, ...fields);
  return fields.map((_field, i) => Math.max(0, Array.isArray(reply) ? Number(reply[i]) : 0));
}

/** Every element at least once, as SCAN promises. */
async function* scan(client: RespClient, command: string, key: Bytes, count: number): AsyncGenerator<Bytes[]> {
  let cursor = '0';
  do {
    const [next, items] = (await ask(client, command, key, cursor, 'COUNT', `${count}`)) as [Bytes, Bytes[]];
    cursor = next;
    if (items.length > 0) yield items;
  } while (cursor !== '0');
}

/** TYPE answers a status. */
function textOf(reply: Reply): unknown {
  return typeof reply === 'object' && reply !== null && 'text' in reply ? reply.text : reply;
}
