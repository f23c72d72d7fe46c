// CLIENT KILL and CLIENT UNBLOCK.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX, shown, wrongSubcommandUse } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import type { Client } from '../../spec/client';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { type ClientType, isOfType, requireClientType } from './client-type';

const NO_SUCH_CLIENT = redisError('ERR No such client');
const BAD_ID = redisError('ERR client-id should be greater than 0');
const AGE_NOT_AN_INTEGER = redisError('ERR maxage is not an integer or out of range');
const BAD_AGE = redisError('ERR maxage should be greater than 0');
const BAD_REASON = redisError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');

interface Filter {
  id?: number;
  type?: ClientType;
  address?: Bytes;
  localAddress?: Bytes;
  minAgeSeconds?: number;
  skipSelf: boolean;
}

function readFilter(args: Cursor): Filter {
  const filter: Filter = { skipSelf: true };
  while (!args.done) {
    if (args.option('ID')) filter.id = args.integer(BAD_ID, 1);
    else if (args.option('TYPE')) filter.type = requireClientType(args.next());
    else if (args.option('ADDR')) filter.address = args.next();
    else if (args.option('LADDR')) filter.localAddress = args.next();
    else if (args.option('USER')) requireUser(args.next());
    else if (args.option('SKIPME')) filter.skipSelf = requireYesOrNo(args.next());
    else if (args.option('MAXAGE')) {
      filter.minAgeSeconds = args.integer(AGE_NOT_AN_INTEGER);
      if (filter.minAgeSeconds <= 0) throw BAD_AGE;
    } else throw SYNTAX;
  }
  return filter;
}

/** Every client is the user `default`, so the filter lets all of them pass. */
function requireUser(arg: Bytes): void {
  if (arg !== 'default') throw redisError(`ERR No such user '${shown(arg)}'`);
}

function requireYesOrNo(arg: Bytes): boolean {
  const word = arg.toLowerCase();
  if (word !== 'yes' && word !== 'no') throw SYNTAX;
  return word === 'yes';
}

function matches(client: Client, filter: Filter, ctx: Context): boolean {
  const { id, type, address, localAddress, minAgeSeconds, skipSelf } = filter;
  if (id !== undefined && client.id !== id) return false;
  if (type !== undefined && !isOfType(client, type)) return false;
  if (address !== undefined && client.address !== address) return false;
  if (localAddress !== undefined && client.localAddress !== localAddress) return false;
  if (minAgeSeconds !== undefined && ctx.now - client.connectedAtMs < minAgeSeconds * 1000) return false;
  return !(skipSelf && client === ctx.client);
}

function kill(ctx: Context, filter: Filter): number {
  const victims = ctx.server.clients().filter((client) => matches(client, filter, ctx));
  for (const client of victims) client.close(client === ctx.client);
  return victims.length;
}

export const clientKill = command({
  name: 'client|kill',
  group: 'connection',
  summary: 'Closes connections.',
  since: '2.4.0',
  complexity: 'O(N) where N is the number of connections.',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  syntax:
    '<ip:port:string | [ID client-id:integer] [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] [USER username] [ADDR addr] [LADDR laddr] [SKIPME <YES | NO>] [MAXAGE maxage:integer]>',
  history: [
    ['2.8.12', 'Added filters, among them `ID`.'],
    ['2.8.12', 'Added the filter `TYPE`.'],
    ['3.2.0', 'Added the type `master`.'],
    ['5.0.0', 'Replaced the type `slave` by `replica`; both are taken.'],
    ['6.2.0', 'Added `LADDR`.'],
    ['7.4.0', 'Added `MAXAGE`.'],
  ],
  sharding: 'local',
  rest: 'refused',
  run(ctx, argv) {
    if (argv.length > 3) return kill(ctx, readFilter(new Cursor(argv, 2)));
    // The old form names an address, and may end the caller's own connection.
    if (kill(ctx, { address: argv[2] as Bytes, skipSelf: false }) === 0) throw NO_SUCH_CLIENT;
    return OK;
  },
});

export const clientUnblock = command({
  name: 'client|unblock',
  group: 'connection',
  summary: 'Ends the waiting of another connection.',
  since: '5.0.0',
  complexity: 'O(1)',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  syntax: 'client-id:integer [TIMEOUT | ERROR]',
  sharding: 'local',
  rest: 'refused',
  run(ctx, argv) {
    if (argv.length > 4) throw wrongSubcommandUse(argv);
    const args = new Cursor(argv, 3);
    const as = args.done || args.keyword('TIMEOUT') ? 'timeout' : args.keyword('ERROR') ? 'error' : undefined;
    if (as === undefined) throw BAD_REASON;
    return ctx.server.unblock(new Cursor(argv, 2).integer(), as) ? 1 : 0;
  },
});
