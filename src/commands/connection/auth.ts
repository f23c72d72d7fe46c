// AUTH and HELLO.

import { ascii, type Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX, shown, WRONG_PASS } from '../../protocol/errors';
import { MapReply, OK } from '../../protocol/reply';
import type { Access } from '../../spec/client';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor, requireInteger } from '../../spec/cursor';
import { REDIS_VERSION } from '../../spec/version';
import { requireName } from './names';

const DEFAULT_USER = ascii('default');
const NO_PASSWORD_SET = redisError(
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
);
const VERSION_NOT_AN_INTEGER = redisError('ERR Protocol version is not an integer or out of range');
const UNSUPPORTED_VERSION = redisError('NOPROTO unsupported protocol version');
const HELLO_NO_AUTH = redisError(
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
);

function requireAccess(ctx: Context, user: Bytes, password: Bytes): Access {
  const access = ctx.server.authenticate(user, password);
  if (access === undefined) throw WRONG_PASS;
  return access;
}

export const auth = command({
  name: 'auth',
  group: 'connection',
  summary: 'Authenticates the connection.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'sentinel', 'allow_busy'],
  syntax: '[username] password',
  history: [['6.0.0', 'Takes a user name.']],
  difference:
    'The only user is `default`; its password is the read-write or the read-only token. With the second one what changes data, what Redis calls dangerous (KEYS, INFO…) and SCAN are refused.',
  sharding: 'local',
  rest: 'refused',
  secrets: (argv) => argv.slice(1).map((_password, i) => i + 1),
  run(ctx, argv) {
    if (argv.length > 3) throw SYNTAX;
    if (argv.length === 2 && !ctx.server.passwordRequired) throw NO_PASSWORD_SET;
    const [user, password] = argv.length === 2 ? [DEFAULT_USER, argv[1]] : [argv[1], argv[2]];
    ctx.client.access = requireAccess(ctx, user as Bytes, password as Bytes);
    return OK;
  },
});

export const hello = command({
  name: 'hello',
  group: 'connection',
  summary: 'Agrees on the protocol version, and tells about the server.',
  since: '6.0.0',
  complexity: 'O(1)',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'sentinel', 'allow_busy'],
  syntax: '[protover:integer [AUTH username password] [SETNAME clientname]]',
  history: [['6.2.0', 'May be called without a version, and then only tells.']],
  difference: 'A HELLO that fails changes nothing, as in Redis 7.4; in 7.0 what it names before the mistake has its effect.',
  sharding: 'local',
  rest: 'refused',
  secrets(argv) {
    const at = argv.findIndex((arg) => arg.toLowerCase() === 'auth');
    return at < 0 ? [] : [at + 1, at + 2];
  },
  run(ctx, argv) {
    const version = argv.length > 1 ? requireInteger(argv[1], VERSION_NOT_AN_INTEGER) : undefined;
    if (version !== undefined && version !== 2 && version !== 3) throw UNSUPPORTED_VERSION;
    const { client } = ctx;
    let { access, name } = client;
    const args = new Cursor(argv, 2);
    while (!args.done) {
      if (args.option('AUTH', 2)) access = requireAccess(ctx, args.next(), args.next());
      else if (args.option('SETNAME')) name = requireName(args.next());
      else throw redisError(`ERR Syntax error in HELLO option '${shown(args.next())}'`);
    }
    if (access === undefined) throw HELLO_NO_AUTH;
    client.access = access;
    client.name = name;
    if (version !== undefined) client.protocol = version;
    return new MapReply([
      ascii('server'),
      ascii('redis'),
      ascii('version'),
      ascii(REDIS_VERSION),
      ascii('proto'),
      client.protocol,
      ascii('id'),
      client.id,
      ascii('mode'),
      ascii('standalone'),
      ascii('role'),
      ascii('master'),
      ascii('modules'),
      [],
    ]);
  },
});
