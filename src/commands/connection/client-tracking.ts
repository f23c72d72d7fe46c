// Client-side caching: CLIENT TRACKING, CACHING, TRACKINGINFO and GETREDIR.

import { ascii, type Bytes, own } from '../../bytes/bytes';
import { redisError, SYNTAX, shown } from '../../protocol/errors';
import { MapReply, OK, type Reply, SetReply } from '../../protocol/reply';
import type { Client } from '../../spec/client';
import { command, type Flag } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import type { Server } from '../../spec/server';
import type { TrackingMode, TrackingOptions, TrackingState } from '../../spec/tracking';

const FLAGS: readonly Flag[] = ['noscript', 'loading', 'stale', 'sentinel'];

const ONE_REDIRECT = redisError('ERR A client can only redirect to a single other client');
const NO_SUCH_CLIENT = redisError('ERR The client ID you want redirect to does not exist');
const PREFIX_WITHOUT_BCAST = redisError('ERR PREFIX option requires BCAST mode to be enabled');
const BCAST_SWITCHED = redisError(
  "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
);
const OPT_WITH_BCAST = redisError('ERR OPTIN and OPTOUT are not compatible with BCAST');
const OPTIN_WITH_OPTOUT = redisError("ERR You can't specify both OPTIN mode and OPTOUT mode");
const OPT_SWITCHED = redisError(
  "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
);
const NOT_TRACKING = redisError(
  'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
);
const NOT_OPTIN = redisError('ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.');
const NOT_OPTOUT = redisError('ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.');

interface Words {
  redirect: number;
  readonly prefixes: Bytes[];
  bcast: boolean;
  optin: boolean;
  optout: boolean;
  noLoop: boolean;
}

function readWords(argv: readonly Bytes[], client: Client, server: Server): Words {
  const words: Words = { redirect: 0, prefixes: [], bcast: false, optin: false, optout: false, noLoop: false };
  const cursor = new Cursor(argv, 3);
  while (!cursor.done) {
    if (cursor.option('REDIRECT')) {
      if (words.redirect !== 0) throw ONE_REDIRECT;
      words.redirect = cursor.integer();
      // A session asks the shard where its clients are.
      if (!client.isAway && !server.isConnected(words.redirect)) throw NO_SUCH_CLIENT;
    } else if (cursor.option('PREFIX')) words.prefixes.push(own(cursor.next()));
    else if (cursor.keyword('BCAST')) words.bcast = true;
    else if (cursor.keyword('OPTIN')) words.optin = true;
    else if (cursor.keyword('OPTOUT')) words.optout = true;
    else if (cursor.keyword('NOLOOP')) words.noLoop = true;
    else throw SYNTAX;
  }
  return words;
}

/** What a client may ask for that may already track. */
function requireOptions({ redirect, prefixes, bcast, optin, optout, noLoop }: Words, current: TrackingState | undefined): TrackingOptions {
  if (!bcast && prefixes.length > 0) throw PREFIX_WITHOUT_BCAST;
  if (current && (current.mode === 'bcast') !== bcast) throw BCAST_SWITCHED;
  if (bcast && (optin || optout)) throw OPT_WITH_BCAST;
  if (optin && optout) throw OPTIN_WITH_OPTOUT;
  if ((optin && current?.mode === 'optout') || (optout && current?.mode === 'optin')) throw OPT_SWITCHED;
  requireApart(prefixes, current?.prefixes ?? []);
  const mode: TrackingMode = bcast ? 'bcast' : optin ? 'optin' : optout ? 'optout' : 'default';
  return { mode, noLoop, redirect, prefixes };
}

/** No key may have two of the prefixes. */
function requireApart(prefixes: readonly Bytes[], existing: readonly Bytes[]): void {
  for (const [i, prefix] of prefixes.entries()) {
    for (const other of existing) if (overlap(prefix, other)) throw overlapping(prefix, 'an existing', other);
    for (const other of prefixes.slice(i + 1)) if (overlap(prefix, other)) throw overlapping(prefix, 'another provided', other);
  }
}

function overlap(a: Bytes, b: Bytes): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function overlapping(prefix: Bytes, which: string, other: Bytes) {
  const text = `Prefix '${shown(prefix)}' overlaps with ${which} prefix '${shown(other)}'.`;
  return redisError(`ERR ${text} Prefixes for a single client must not overlap.`);
}

export const clientTracking = command({
  name: 'client|tracking',
  group: 'connection',
  summary: 'Tells the connection, or another one, when keys change that it has read, or that have certain prefixes.',
  since: '6.0.0',
  complexity: 'O(1) for each prefix.',
  arity: -3,
  flags: FLAGS,
  syntax: '<ON | OFF> [REDIRECT client-id:integer] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]',
  sharding: 'local',
  rest: 'refused',
  run({ client, server }, argv) {
    const words = readWords(argv, client, server);
    const status = (argv[2] as Bytes).toLowerCase();
    if (status === 'on') server.track(client, requireOptions(words, client.tracking));
    else if (status === 'off') server.untrack(client);
    else throw SYNTAX;
    return OK;
  },
});

export const clientCaching = command({
  name: 'client|caching',
  group: 'connection',
  summary: 'Says whether what the next command reads is tracked, where that is to be said.',
  since: '6.0.0',
  complexity: 'O(1)',
  arity: 3,
  flags: FLAGS,
  syntax: '<YES | NO>',
  sharding: 'local',
  rest: 'refused',
  run({ client: { tracking } }, argv) {
    if (!tracking) throw NOT_TRACKING;
    const word = (argv[2] as Bytes).toLowerCase();
    if (word !== 'yes' && word !== 'no') throw SYNTAX;
    if (word === 'yes' && tracking.mode !== 'optin') throw NOT_OPTIN;
    if (word === 'no' && tracking.mode !== 'optout') throw NOT_OPTOUT;
    tracking.isCaching = true;
    return OK;
  },
});

export const clientGetredir = command({
  name: 'client|getredir',
  group: 'connection',
  summary: 'Returns the connection that is told in the place of this one: 0 for none, -1 when no keys are tracked.',
  since: '6.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: FLAGS,
  syntax: '',
  sharding: 'local',
  rest: 'refused',
  run: ({ client }) => client.tracking?.redirect ?? -1,
});

function flagsOf(tracking: TrackingState | undefined): string[] {
  if (!tracking) return ['off'];
  const { mode, noLoop, isBroken, isCaching } = tracking;
  const flags = ['on'];
  if (mode !== 'default') flags.push(mode);
  if (isCaching && mode === 'optin') flags.push('caching-yes');
  if (isCaching && mode === 'optout') flags.push('caching-no');
  if (noLoop) flags.push('noloop');
  if (isBroken) flags.push('broken_redirect');
  return flags;
}

export const clientTrackinginfo = command({
  name: 'client|trackinginfo',
  group: 'connection',
  summary: 'Tells how keys are tracked for the connection.',
  since: '6.2.0',
  complexity: 'O(1)',
  arity: 2,
  flags: FLAGS,
  syntax: '',
  sharding: 'local',
  rest: 'refused',
  run({ client: { tracking } }): Reply {
    return new MapReply([
      ascii('flags'),
      new SetReply(flagsOf(tracking).map(ascii)),
      ascii('redirect'),
      tracking?.redirect ?? -1,
      ascii('prefixes'),
      [...(tracking?.prefixes ?? [])],
    ]);
  },
});
