// A stream read piece by piece: entries with their ids, then what it counts, then its groups with what is pending for whom.
// What no command tells is lost: when a consumer was last seen, and pending entries whose entry has been deleted.

import { ascii, type Bytes } from '../../bytes/bytes';
import type { Reply } from '../../protocol/reply';
import type { RespClient } from '../resp-client';
import { ask, markOf, type Piece } from './piece';

/** Pending entries that are read at once. */
const PENDING_COUNT = 1000;
/** Not there for long: a group makes a stream without an entry. */
const FOUNDER = ascii('kedge:migrate');
const FIRST_ID = '-';
const MAX_SEQUENCE = 2n ** 64n - 1n;

export async function* streamPieces(client: RespClient, key: Bytes, count: number): AsyncGenerator<Piece> {
  const group = (subcommand: string, ...args: string[]) => [ascii('XGROUP'), ascii(subcommand), key, ...args] as Bytes[];
  yield { commands: [group('CREATE', FOUNDER, '$', 'MKSTREAM'), group('DESTROY', FOUNDER)], marks: [], ordered: true };
  for (let from = FIRST_ID; ; ) {
    const entries = (await ask(client, 'XRANGE', key, from, '+', 'COUNT', `${count}`)) as [Bytes, Bytes[]][];
    if (entries.length > 0) {
      yield {
        commands: entries.map(([id, pairs]) => [ascii('XADD'), key, id, ...pairs]),
        marks: entries.map(([id, pairs]) => markOf(id, ...pairs)),
        ordered: true,
      };
    }
    if (entries.length < count) break;
    from = idAfter((entries.at(-1) as [Bytes, Bytes[]])[0]);
  }
  yield await counters(client, key);
  for (const one of (await ask(client, 'XINFO', 'GROUPS', key)) as Reply[]) yield* groupPieces(client, key, recordOf(one));
}

async function counters(client: RespClient, key: Bytes): Promise<Piece> {
  const info = recordOf(await ask(client, 'XINFO', 'STREAM', key));
  const argv = [ascii('XSETID'), key, textIn(info, 'last-generated-id')];
  if (info.has('entries-added')) {
    argv.push(ascii('ENTRIESADDED'), textIn(info, 'entries-added'), ascii('MAXDELETEDID'), textIn(info, 'max-deleted-entry-id'));
  }
  return { commands: [argv], marks: [markOf(...argv.slice(2))], ordered: true };
}

async function* groupPieces(client: RespClient, key: Bytes, group: ReadonlyMap<string, Reply>): AsyncGenerator<Piece> {
  const name = textIn(group, 'name');
  const create = [ascii('XGROUP'), ascii('CREATE'), key, name, textIn(group, 'last-delivered-id')];
  // Null: Redis has lost count.
  if (group.has('entries-read')) create.push(ascii('ENTRIESREAD'), ascii(`${group.get('entries-read') ?? -1}`));
  const consumers = ((await ask(client, 'XINFO', 'CONSUMERS', key, name)) as Reply[]).map((one) => textIn(recordOf(one), 'name'));
  yield {
    commands: [create, ...consumers.map((consumer) => [ascii('XGROUP'), ascii('CREATECONSUMER'), key, name, consumer])],
    marks: [markOf(...create.slice(3)), ...consumers.map((consumer) => markOf(consumer))],
    ordered: true,
  };
  for (let from = FIRST_ID; ; ) {
    const nowMs = Date.now();
    const pending = (await ask(client, 'XPENDING', key, name, from, '+', `${PENDING_COUNT}`)) as [Bytes, Bytes, number, number][];
    if (pending.length > 0) {
      yield {
        commands: pending.map(([id, consumer, idleMs, deliveries]) => claim(key, name, id, consumer, nowMs - idleMs, deliveries)),
        // The time of the delivery is known to a few milliseconds only.
        marks: pending.map(([id, consumer, , deliveries]) => markOf(id, consumer, `${deliveries}`)),
        ordered: true,
      };
    }
    if (pending.length < PENDING_COUNT) return;
    from = idAfter((pending.at(-1) as [Bytes, Bytes, number, number])[0]);
  }
}

function claim(key: Bytes, group: Bytes, id: Bytes, consumer: Bytes, timeMs: number, deliveries: number): Bytes[] {
  const argv = ['XCLAIM', key, group, consumer, '0', id, 'TIME', `${timeMs}`, 'RETRYCOUNT', `${deliveries}`, 'FORCE', 'JUSTID'];
  return argv as Bytes[];
}

/** Exclusive ranges are there since 6.2 only. */
function idAfter(id: Bytes): string {
  const [ms, sequence] = id.split('-').map(BigInt) as [bigint, bigint];
  return sequence === MAX_SEQUENCE ? `${ms + 1n}-0` : `${ms}-${sequence + 1n}`;
}

/** Names and values alternate. */
function recordOf(reply: Reply): ReadonlyMap<string, Reply> {
  const record = new Map<string, Reply>();
  if (Array.isArray(reply)) for (let i = 0; i + 1 < reply.length; i += 2) record.set(String(reply[i]), reply[i + 1] as Reply);
  return record;
}

function textIn(record: ReadonlyMap<string, Reply>, name: string): Bytes {
  return ascii(String(record.get(name) ?? ''));
}
