// Every error text that Redis has, in one catalogue, byte for byte. A handler throws or returns these values.

import { ErrorReply } from './reply';

const error = (text: string): ErrorReply => new ErrorReply(text);

export const WRONG_TYPE = error('WRONGTYPE Operation against a key holding the wrong kind of value');
export const SYNTAX = error('ERR syntax error');
export const NOT_AN_INTEGER = error('ERR value is not an integer or out of range');
export const NOT_A_FLOAT = error('ERR value is not a valid float');
export const OUT_OF_RANGE = error('ERR index out of range');
export const NO_SUCH_KEY = error('ERR no such key');
export const MUST_BE_POSITIVE = error('ERR value is out of range, must be positive');
export const NO_AUTH = error('NOAUTH Authentication required.');
export const WRONG_PASS = error('WRONGPASS invalid username-password pair or user is disabled.');
export const CROSS_SLOT = error("CROSSSLOT Keys in request don't hash to the same slot");
export const EXEC_ABORT = error('EXECABORT Transaction discarded because of previous errors.');
export const MULTI_FORBIDDEN = error('ERR Command not allowed inside a transaction');
export const QUEUE_FULL = error('ERR transaction is too large');
export const RIGHTS_CHANGED = error(
  'NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: no permission to execute the command or subcommand',
);
export const OUT_OF_MEMORY = error("OOM command not allowed when used memory > 'maxmemory'.");
/** In the words of Redis' own MISCONF, which refuses writes that could not be made durable. */
export const STORAGE_FULL = error(
  'MISCONF Storage is full. Commands that may enlarge the data set are refused until there is room again; reads and deletions go on. Delete keys, or set maxmemory with a policy that evicts some, or raise KEDGE_STORAGE_LIMIT if that is what is reached. See stored_bytes and storage_limit in INFO persistence.',
);
/** As above, where nothing can be written. */
export const DISK_FULL = error(
  'MISCONF Errors writing to storage: there is no space left on the disk. Commands that change something are refused until there is some, which is looked for every second; reads go on.',
);
/** Why a shard of this release does not start, where one of a later release has changed the form of its storage. */
export const NEWER_SCHEMA = 'the data was written by a newer release of Kedge';
export const INTERNAL = error('ERR internal error');
/** The command has run; only its reply cannot be sent. */
export const REPLY_TOO_LARGE = error('ERR the reply is too large, ask for less at a time');
/** In the place of the first reply that is missing. */
export const REPLIES_TOO_LARGE = error('ERR the replies to what was sent at once are too large, ask for less at a time');

/** The answer to an EXEC that was refused for the reason that `error` gives. */
export function execAbort({ text }: ErrorReply): ErrorReply {
  return error(`EXECABORT Transaction discarded because of: ${text.startsWith('ERR ') ? text.slice(4) : text}`);
}

/** `name` as the client would see it: `get`, or `config|get` for a subcommand. */
export function wrongArity(name: string): ErrorReply {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

export function invalidExpire(name: string): ErrorReply {
  return error(`ERR invalid expire time in '${name}' command`);
}

export function noPermission(name: string): ErrorReply {
  return error(`NOPERM this user has no permissions to run the '${name}' command`);
}

/** Most chars of each quoted part in the two errors below (server.c). */
const QUOTE_LIMIT = 128;

export function unknownCommand(argv: readonly string[]): ErrorReply {
  let quoted = '';
  for (let i = 1; i < argv.length && quoted.length < QUOTE_LIMIT; i++) {
    quoted += `'${shown(argv[i] as string).slice(0, QUOTE_LIMIT - quoted.length)}' `;
  }
  return error(`ERR unknown command '${shown(argv[0] as string).slice(0, QUOTE_LIMIT)}', with args beginning with: ${quoted}`);
}

export function unknownSubcommand(container: string, subcommand: string): ErrorReply {
  return error(`ERR unknown subcommand '${shown(subcommand).slice(0, QUOTE_LIMIT)}'. Try ${container.toUpperCase()} HELP.`);
}

/** The error of a subcommand that finds something wrong with the number of its arguments, or with the options among them. */
export function wrongSubcommandUse([container = '', subcommand = '']: readonly string[]): ErrorReply {
  const quoted = shown(subcommand).slice(0, QUOTE_LIMIT);
  return error(`ERR unknown subcommand or wrong number of arguments for '${quoted}'. Try ${container.toUpperCase()} HELP.`);
}

/** An argument as an error text shows it. Redis prints it as a C string, which a zero byte ends. */
export function shown(arg: string): string {
  const zero = arg.indexOf('\0');
  return oneLine(zero < 0 ? arg : arg.slice(0, zero));
}

/** An error reply is one line: Redis turns line breaks inside it into spaces. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}

/** A one-off error, for the texts that belong to a single command. */
export { error as redisError };
