// The table `redis` of scripts (script_lua.c, eval.c): what they reach of the server.

import { ascii, type Bytes, EMPTY } from '../../bytes/bytes';
import { formatDouble17g } from '../../bytes/double';
import { sha1, sha1Hex } from '../../bytes/sha1';
import { LuaError } from '../../lua/error';
import { asNumber, asString } from '../../lua/library/arguments';
import { LuaTable } from '../../lua/table';
import { type LuaHost, type LuaValue, type NativeCall, NativeFunction } from '../../lua/value';
import { ErrorReply, type Reply } from '../../protocol/reply';
import type { RespVersion } from '../../protocol/resp-writer';
import { REDIS_VERSION } from '../../spec/version';
import { errorReplyTable, errorTable, statusTable, toLua } from './conversions';

/** What the table needs of the one that runs scripts. */
export interface ScriptServer {
  /** Protocol whose types the running script has asked for; undefined while none runs. */
  readonly version: RespVersion | undefined;
  setVersion(version: RespVersion): void;
  /** Runs a command for the script. */
  call(argv: readonly Bytes[]): Reply;
  /** Whether the client that called the script may run a command; undefined when there is no such command. */
  mayRun(argv: readonly Bytes[]): boolean | undefined;
  log(level: LogLevel, message: string): void;
}

export type LogLevel = 0 | 1 | 2 | 3;

const LEVELS = { LOG_DEBUG: 0, LOG_VERBOSE: 1, LOG_NOTICE: 2, LOG_WARNING: 3 };
const REPLICATION = { REPL_NONE: 0, REPL_AOF: 1, REPL_SLAVE: 2, REPL_REPLICA: 2, REPL_ALL: 3 };

/** What a call of a command takes off the budget, beside what it does: about its time in steps. */
const CALL_STEPS = 30;
/** Of a reply with many elements each takes so much memory. */
const ELEMENT_BYTES = 16;

function fail(message: string): never {
  throw new LuaError(errorTable(`ERR ${message}`));
}

/** `redis` for code that runs. `server` has a script running, or every call says that it has none. */
export function redisTable(server: ScriptServer): LuaTable {
  const redis = loadingTable(server);
  define(redis, 'call', (args, host) => callCommand(server, args, host, true));
  define(redis, 'pcall', (args, host) => callCommand(server, args, host, false));
  define(redis, 'setresp', (args) => setVersion(server, args));
  define(redis, 'sha1hex', (args) => [digestOf(args.length === 1 ? args[0] : fail('wrong number of arguments'))]);
  define(redis, 'error_reply', (args) => [isText(args) ? errorReplyTable(args[0] as Bytes) : wrongArguments()]);
  define(redis, 'status_reply', (args) => [isText(args) ? statusTable(args[0] as Bytes) : wrongArguments()]);
  define(redis, 'set_repl', (args) => setReplication(server, args));
  define(redis, 'acl_check_cmd', (args) => [mayRun(server, args)]);
  for (const [name, value] of Object.entries(REPLICATION)) redis.set(ascii(name), value);
  return redis;
}

/** What only EVAL has. Its debugger is not here: there is nothing to stop at, as in Redis without one. */
export function addEvalCommands(redis: LuaTable): void {
  define(redis, 'breakpoint', () => [false]);
  define(redis, 'debug', () => []);
  define(redis, 'replicate_commands', () => [true]);
}

/** What `redis` has also while a library is loaded. */
export function loadingTable(server: ScriptServer): LuaTable {
  const redis = new LuaTable();
  define(redis, 'log', (args) => log(server, args));
  for (const [name, value] of Object.entries(LEVELS)) redis.set(ascii(name), value);
  redis.set(ascii('REDIS_VERSION'), ascii(REDIS_VERSION));
  redis.set(ascii('REDIS_VERSION_NUM'), versionNumber(REDIS_VERSION));
  return redis;
}

export function define(table: LuaTable, name: string, call: NativeCall): void {
  table.set(ascii(name), new NativeFunction(name, call));
}

/** 0x00MMmmpp */
function versionNumber(version: string): number {
  return version.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

// ---- commands

function callCommand(server: ScriptServer, args: readonly LuaValue[], host: LuaHost, raises: boolean): readonly LuaValue[] {
  const { version } = server;
  if (version === undefined) fail('redis.call/pcall can only be called inside a script invocation');
  const argv = commandLine(args);
  if (argv instanceof LuaTable) {
    if (raises) throw new LuaError(argv);
    return [argv];
  }
  host.spend(CALL_STEPS);
  const reply = server.call(argv);
  if (Array.isArray(reply)) host.allocate(reply.length * ELEMENT_BYTES);
  const value = toLua(reply, version as RespVersion);
  if (raises && reply instanceof ErrorReply) throw new LuaError(value);
  return [value];
}

/** The arguments of a command, or the error table for what cannot be one. */
function commandLine(args: readonly LuaValue[]): Bytes[] | LuaTable {
  if (args.length === 0) return errorTable('ERR Please specify at least one argument for this redis lib call');
  const argv: Bytes[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (typeof arg === 'string') argv.push(arg);
    else if (typeof arg === 'number') argv.push(numeral(arg));
    else return errorTable('ERR Lua redis lib command arguments must be strings or integers');
  }
  return argv;
}

/** `%.17g`, where NaN has the sign that x86-64 gives it. */
function numeral(value: number): Bytes {
  return Number.isNaN(value) ? ascii('-nan') : formatDouble17g(value);
}

function mayRun(server: ScriptServer, args: readonly LuaValue[]): boolean {
  if (server.version === undefined) fail('redis.acl_check_cmd can only be called inside a script invocation');
  const argv = commandLine(args);
  if (argv instanceof LuaTable) throw new LuaError(argv);
  return server.mayRun(argv) ?? fail('Invalid command passed to redis.acl_check_cmd()');
}

// ---- the rest

function isText(args: readonly LuaValue[]): boolean {
  return args.length === 1 && typeof args[0] === 'string';
}

/** Given back rather than thrown, as in Redis. */
function wrongArguments(): LuaTable {
  return errorTable('ERR wrong number or type of arguments');
}

function digestOf(value: LuaValue): Bytes {
  return sourceDigest(asString(value) ?? EMPTY);
}

/** The SHA-1 of a text in hexadecimal digits: what a script is called by. */
export function sourceDigest(text: Bytes): Bytes {
  const words = new Int32Array(5);
  sha1(text, words);
  return ascii(sha1Hex(words));
}

function setVersion(server: ScriptServer, args: readonly LuaValue[]): readonly LuaValue[] {
  if (server.version === undefined) fail('redis.setresp can only be called inside a script invocation');
  if (args.length !== 1) fail('redis.setresp() requires one argument.');
  const version = Math.trunc(asNumber(args[0]) ?? 0);
  if (version !== 2 && version !== 3) return fail('RESP version must be 2 or 3.');
  server.setVersion(version);
  return [];
}

/** Checked and without an effect: a write that is in memory and not in storage is none here. */
function setReplication(server: ScriptServer, args: readonly LuaValue[]): readonly LuaValue[] {
  if (server.version === undefined) fail('redis.set_repl can only be called inside a script invocation');
  if (args.length !== 1) fail('redis.set_repl() requires two arguments.');
  const flags = Math.trunc(asNumber(args[0]) ?? 0);
  if ((flags & ~REPLICATION.REPL_ALL) !== 0) {
    fail('Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.');
  }
  return [];
}

function log(server: ScriptServer, args: readonly LuaValue[]): readonly LuaValue[] {
  if (args.length < 2) fail('redis.log() requires two arguments or more.');
  const number = asNumber(args[0]);
  if (number === undefined) return fail('First argument must be a number (log level).');
  const level = Math.trunc(number);
  if (!(level >= LEVELS.LOG_DEBUG && level <= LEVELS.LOG_WARNING)) fail('Invalid debug level.');
  const words = args.slice(1).flatMap((arg) => asString(arg) ?? []);
  server.log(level as LogLevel, words.join(' '));
  return [];
}
