// A connection as one line of CLIENT LIST: the fields of Redis 7.0 in their order, then those that 7.2 added at the end.

import { ascii, type Bytes } from '../../bytes/bytes';
import { type Client, clientMemory } from '../../spec/client';

/** As Redis shows an address that it cannot tell. */
const UNKNOWN_ADDRESS = '?:0';
/** Connections have no file descriptor here. */
const NO_DESCRIPTOR = -1;

function flagsOf(client: Client): string {
  let flags = '';
  if (client.monitoring) flags += 'O';
  if (client.subscribed) flags += 'P';
  if (client.queued >= 0) flags += 'x';
  if (client.blocked) flags += 'b';
  if (client.tracking) flags += 't';
  if (client.tracking?.isBroken) flags += 'R';
  if (client.tracking?.mode === 'bcast') flags += 'B';
  if (client.conflicted) flags += 'd';
  if (client.closing === 'after-reply') flags += 'c';
  if (client.closing === 'now') flags += 'A';
  if (client.noEvict) flags += 'e';
  if (client.noTouch) flags += 'T';
  return flags === '' ? 'N' : flags;
}

/** Whole seconds of Unix time that have passed, which is not the same as the seconds between. */
function secondsSince(thenMs: number, nowMs: number): number {
  return Math.max(0, Math.floor(nowMs / 1000) - Math.floor(thenMs / 1000));
}

/** @param argumentBytes of the command that this client is running, 0 when it is not */
export function clientLine(client: Client, nowMs: number, argumentBytes: number): Bytes {
  const memory = clientMemory(client) + argumentBytes;
  const { channel, pattern, shard } = client.subscriptions;
  const fields = [
    `id=${client.id}`,
    `addr=${client.address || UNKNOWN_ADDRESS}`,
    `laddr=${client.localAddress || UNKNOWN_ADDRESS}`,
    `fd=${NO_DESCRIPTOR}`,
    `name=${client.name}`,
    `age=${secondsSince(client.connectedAtMs, nowMs)}`,
    `idle=${secondsSince(client.lastActiveMs, nowMs)}`,
    `flags=${flagsOf(client)}`,
    `db=0 sub=${channel.size} psub=${pattern.size} ssub=${shard.size}`,
    `multi=${client.queued}`,
    `qbuf=${client.queryBytes}`,
    'qbuf-free=0',
    `argv-mem=${argumentBytes}`,
    `multi-mem=${client.queuedBytes}`,
    'rbs=0 rbp=0 obl=0 oll=0 omem=0',
    `tot-mem=${memory}`,
    'events=r',
    `cmd=${client.lastCommand}`,
    'user=default',
    `redir=${client.tracking?.redirect ?? -1}`,
    `resp=${client.protocol}`,
    `lib-name=${client.libraryName}`,
    `lib-ver=${client.libraryVersion}`,
  ];
  return ascii(`${fields.join(' ')}\n`);
}
