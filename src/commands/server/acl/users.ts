// ACL GETUSER, LIST, USERS and WHOAMI.

import { ascii, type Bytes } from '../../../bytes/bytes';
import { redisError, shown } from '../../../protocol/errors';
import { MapReply, type Reply, SetReply } from '../../../protocol/reply';
import { type CommandSpec, command } from '../../../spec/command';
import type { Context } from '../../../spec/context';

const DEFAULT_USER = ascii('default');

export function requireDefaultUser(name: Bytes): void {
  if (name !== DEFAULT_USER) throw redisError(`ERR User '${shown(name)}' not found`);
}

function flagsOf({ server }: Context): string[] {
  return server.passwordRequired ? ['on'] : ['on', 'nopass'];
}

export const getUser = command({
  name: 'acl|getuser',
  group: 'server',
  summary: 'Describes a user.',
  since: '6.0.0',
  complexity: 'O(N). Where N is the number of password, command and pattern rules that the user has.',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  syntax: 'username',
  history: [
    ['6.2.0', 'Added the patterns of channels.'],
    ['7.0.0', 'Added selectors, and told patterns as a string.'],
  ],
  sharding: 'local',
  secrets: () => [2],
  difference: 'ACL GETUSER and ACL LIST show the user `default`, with all rights and without its passwords.',
  run(ctx, argv): Reply {
    if (argv[2] !== DEFAULT_USER) return null;
    return new MapReply([
      ascii('flags'),
      new SetReply(flagsOf(ctx).map(ascii)),
      ascii('passwords'),
      [],
      ...['commands', '+@all', 'keys', '~*', 'channels', '&*', 'selectors'].map(ascii),
      [],
    ]);
  },
});

interface Listing {
  readonly name: string;
  readonly summary: string;
  readonly complexity: string;
  readonly flags: CommandSpec['flags'];
  readonly run: (ctx: Context) => Reply;
}

function declareListing({ name, ...rest }: Listing): CommandSpec {
  return command({ ...rest, name: `acl|${name}`, group: 'server', since: '6.0.0', arity: 2, syntax: '', sharding: 'local' });
}

const COUNTED = 'O(N). Where N is the number of configured users.';

export const list = declareListing({
  name: 'list',
  summary: 'Lists the users with their rights.',
  complexity: COUNTED,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run: (ctx) => [ascii(`user default ${flagsOf(ctx).join(' ')} ~* &* +@all`)],
});

export const users = declareListing({
  name: 'users',
  summary: 'Lists the names of the users.',
  complexity: COUNTED,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run: () => [DEFAULT_USER],
});

export const whoAmI = declareListing({
  name: 'whoami',
  summary: 'Returns the name of the user of the connection.',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run: () => DEFAULT_USER,
});
