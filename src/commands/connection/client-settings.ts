// What a connection says about itself: CLIENT SETNAME, GETNAME, SETINFO, REPLY, NO-EVICT and NO-TOUCH.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX, shown } from '../../protocol/errors';
import { NO_REPLY, OK } from '../../protocol/reply';
import type { Client } from '../../spec/client';
import { type CommandSpec, command, type Flag } from '../../spec/command';
import { requireAttribute, requireName } from './names';

const FLAGS: readonly Flag[] = ['noscript', 'loading', 'stale', 'sentinel'];
const TO_ALL_NODES = ['request_policy:all_nodes', 'response_policy:all_succeeded'];

export const clientSetname = command({
  name: 'client|setname',
  group: 'connection',
  summary: 'Names the connection.',
  since: '2.6.9',
  complexity: 'O(1)',
  arity: 3,
  flags: FLAGS,
  syntax: 'connection-name',
  sharding: 'local',
  rest: 'refused',
  run(ctx, argv) {
    ctx.client.name = requireName(argv[2] as Bytes);
    return OK;
  },
});

export const clientGetname = command({
  name: 'client|getname',
  group: 'connection',
  summary: 'Returns the name of the connection.',
  since: '2.6.9',
  complexity: 'O(1)',
  arity: 2,
  flags: FLAGS,
  syntax: '',
  sharding: 'local',
  rest: 'refused',
  run: (ctx) => (ctx.client.name === '' ? null : ctx.client.name),
});

export const clientSetinfo = command({
  name: 'client|setinfo',
  group: 'connection',
  summary: 'Tells the name or the version of the client library.',
  since: '7.2.0',
  complexity: 'O(1)',
  arity: 4,
  flags: FLAGS,
  tips: TO_ALL_NODES,
  syntax: '<LIB-NAME libname | LIB-VER libver>',
  sharding: 'local',
  rest: 'refused',
  run(ctx, argv) {
    const [, , attribute, value] = argv as [Bytes, Bytes, Bytes, Bytes];
    const name = attribute.toLowerCase();
    if (name === 'lib-name') ctx.client.libraryName = requireAttribute(attribute, value);
    else if (name === 'lib-ver') ctx.client.libraryVersion = requireAttribute(attribute, value);
    else throw redisError(`ERR Unrecognized option '${shown(attribute)}'`);
    return OK;
  },
});

export const clientReply = command({
  name: 'client|reply',
  group: 'connection',
  summary: 'Mutes the replies to the connection, or those to its next command.',
  since: '3.2.0',
  complexity: 'O(1)',
  arity: 3,
  flags: FLAGS,
  syntax: '<ON | OFF | SKIP>',
  sharding: 'local',
  rest: 'refused',
  run({ client }, argv) {
    switch ((argv[2] as Bytes).toLowerCase()) {
      case 'on':
        client.replyMode = 'on';
        return OK;
      case 'off':
        client.replyMode = 'off';
        return NO_REPLY;
      case 'skip':
        if (client.replyMode !== 'off') client.replyMode = 'skip-next';
        return NO_REPLY;
      default:
        throw SYNTAX;
    }
  },
});

interface Switch {
  readonly name: string;
  readonly since: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  readonly set: (client: Client, on: boolean) => void;
}

function declareSwitch({ name, since, summary, flags, set }: Switch): CommandSpec {
  return command({
    name: `client|${name}`,
    group: 'connection',
    summary,
    since,
    complexity: 'O(1)',
    arity: 3,
    flags,
    syntax: '<ON | OFF>',
    sharding: 'local',
    rest: 'refused',
    run(ctx, argv) {
      const word = (argv[2] as Bytes).toLowerCase();
      if (word !== 'on' && word !== 'off') throw SYNTAX;
      set(ctx.client, word === 'on');
      return OK;
    },
  });
}

export const clientNoEvict = declareSwitch({
  name: 'no-evict',
  since: '7.0.0',
  summary: 'Keeps the connection when clients are closed for want of memory.',
  flags: ['admin', ...FLAGS],
  set: (client, on) => {
    client.noEvict = on;
  },
});

export const clientNoTouch = declareSwitch({
  name: 'no-touch',
  since: '7.2.0',
  summary: 'Lets the connection use keys without leaving marks for LRU and LFU.',
  flags: ['noscript', 'loading', 'stale'],
  set: (client, on) => {
    client.noTouch = on;
  },
});
