// FUNCTION: libraries of functions.

import { ascii, type Bytes } from '../../bytes/bytes';
import { globMatch } from '../../bytes/glob';
import { redisError, shown, wrongSubcommandUse } from '../../protocol/errors';
import { MapReply, OK, type Reply, SetReply, Status } from '../../protocol/reply';
import { command, container } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { helpFor } from '../../spec/help';
import type { FunctionInfo, LibraryInfo, RestorePolicy } from '../../spec/scripting';
import { dumpLibraries, librariesIn } from '../../types/rdb/functions';
import { isPayload } from '../../types/rdb/payload';
import { RdbError } from '../../types/rdb/reader';
import { killOf } from './shared';

const BAD_MODE = redisError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
const LIBRARY_NOT_FOUND = redisError('ERR Library not found');
const NO_LIBRARY_NAME = redisError('ERR library name argument was not given');
const BAD_POLICY = redisError('ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.');
const BAD_PAYLOAD = redisError('ERR DUMP payload version or checksum are wrong');

const ALL_SHARDS = ['request_policy:all_shards', 'response_policy:all_succeeded'];
const ENGINE = ascii('LUA');
const POLICIES: Readonly<Record<string, RestorePolicy>> = { APPEND: 'append', REPLACE: 'replace', FLUSH: 'flush' };

const shared = { group: 'scripting', since: '7.0.0' } as const;

const remove = command({
  ...shared,
  name: 'function|delete',
  summary: 'Removes a library with its functions.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'noscript'],
  tips: ALL_SHARDS,
  syntax: 'library-name',
  sharding: { all: 'ok' },
  run(ctx, argv) {
    const name = argv[2] as Bytes;
    if (!ctx.scripts.functions.remove(name)) throw LIBRARY_NOT_FOUND;
    ctx.server.stats.dirty++;
    ctx.effect(ascii('FUNCTION'), ascii('DELETE'), name);
    return OK;
  },
});

const dump = command({
  ...shared,
  name: 'function|dump',
  summary: 'Returns all libraries in a form that FUNCTION RESTORE takes, here and in Redis.',
  complexity: 'O(N) where N is the number of functions',
  arity: 2,
  flags: ['noscript'],
  syntax: '',
  sharding: 'local',
  run: (ctx) => dumpLibraries(ctx.scripts.functions.list().map(({ source }) => source)),
});

const flush = command({
  ...shared,
  name: 'function|flush',
  summary: 'Removes all libraries.',
  complexity: 'O(N) where N is the number of functions deleted',
  arity: -2,
  flags: ['write', 'noscript'],
  tips: ALL_SHARDS,
  syntax: '[ASYNC | SYNC]',
  sharding: { all: 'ok' },
  run(ctx, argv) {
    if (argv.length > 3) throw wrongSubcommandUse(argv);
    const mode = argv[2]?.toUpperCase();
    if (mode !== undefined && mode !== 'ASYNC' && mode !== 'SYNC') throw BAD_MODE;
    ctx.scripts.functions.flush();
    ctx.server.stats.dirty++;
    ctx.effect(ascii('FUNCTION'), ascii('FLUSH'));
    return OK;
  },
});

const kill = killOf('function', shared.since);

const list = command({
  ...shared,
  name: 'function|list',
  summary: 'Returns the libraries with their functions.',
  complexity: 'O(N) where N is the number of functions',
  arity: -2,
  flags: ['noscript'],
  tips: ['nondeterministic_output_order'],
  syntax: '[LIBRARYNAME library-name-pattern] [WITHCODE]',
  sharding: 'local',
  run(ctx, argv) {
    let pattern: Bytes | undefined;
    let withCode = false;
    const args = new Cursor(argv, 2);
    while (!args.done) {
      if (!withCode && args.keyword('WITHCODE')) withCode = true;
      else if (pattern === undefined && args.keyword('LIBRARYNAME')) pattern = args.next(NO_LIBRARY_NAME);
      else throw redisError(`ERR Unknown argument ${shown(args.next())}`);
    }
    const libraries = ctx.scripts.functions.list();
    return libraries.filter(({ name }) => pattern === undefined || globMatch(pattern, name, true)).map((one) => described(one, withCode));
  },
});

function described({ name, source, functions }: LibraryInfo, withCode: boolean): Reply {
  const items: Reply[] = [ascii('library_name'), name, ascii('engine'), ENGINE, ascii('functions'), functions.map(describedFunction)];
  if (withCode) items.push(ascii('library_code'), source);
  return new MapReply(items);
}

function describedFunction({ name, description, flags }: FunctionInfo): Reply {
  const shownFlags = new SetReply(flags.map((flag) => new Status(flag)));
  return new MapReply([ascii('name'), name, ascii('description'), description ?? null, ascii('flags'), shownFlags]);
}

const load = command({
  ...shared,
  name: 'function|load',
  summary: 'Loads a library: its code is run, and registers its functions.',
  complexity: 'O(1) (considering compilation time is redundant)',
  arity: -3,
  flags: ['write', 'denyoom', 'noscript'],
  tips: ALL_SHARDS,
  syntax: '[REPLACE] function-code',
  sharding: { all: 'ok' },
  run(ctx, argv) {
    const source = argv.at(-1) as Bytes;
    const options = argv.slice(2, -1);
    for (const option of options) if (option.toUpperCase() !== 'REPLACE') throw redisError(`ERR Unknown option given: ${shown(option)}`);
    if (ctx.replaying) {
      ctx.scripts.functions.recall(source);
      return OK;
    }
    const name = ctx.scripts.functions.load(source, options.length > 0);
    ctx.server.stats.dirty++;
    return name;
  },
});

const restore = command({
  ...shared,
  name: 'function|restore',
  summary: 'Loads the libraries that FUNCTION DUMP gave, here or in Redis.',
  complexity: 'O(N) where N is the number of functions on the payload',
  arity: -3,
  flags: ['write', 'denyoom', 'noscript'],
  tips: ALL_SHARDS,
  syntax: 'serialized-value [FLUSH | APPEND | REPLACE]',
  sharding: { all: 'ok' },
  run(ctx, argv) {
    if (argv.length > 4) throw wrongSubcommandUse(argv);
    const [, , payload, word = 'APPEND'] = argv as [Bytes, Bytes, Bytes, Bytes?];
    const policy = POLICIES[word.toUpperCase()];
    if (!policy) throw BAD_POLICY;
    if (!isPayload(payload)) throw BAD_PAYLOAD;
    ctx.scripts.functions.restore(sourcesIn(payload), policy);
    ctx.server.stats.dirty++;
    return OK;
  },
});

function sourcesIn(payload: Bytes): Bytes[] {
  try {
    return librariesIn(payload);
  } catch (error) {
    if (error instanceof RdbError) throw redisError(`ERR ${error.message}`);
    throw error;
  }
}

const stats = command({
  ...shared,
  name: 'function|stats',
  summary: 'Tells how many libraries and functions there are; none ever runs when this does.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  syntax: '',
  sharding: 'local',
  run(ctx) {
    const { libraries, functions } = ctx.scripts.use;
    const counts = new MapReply([ascii('libraries_count'), libraries, ascii('functions_count'), functions]);
    return new MapReply([ascii('running_script'), null, ascii('engines'), new MapReply([ENGINE, counts])]);
  },
});

const subcommands = [remove, dump, flush, kill, list, load, restore, stats];

export const functionContainer = container({
  ...shared,
  name: 'function',
  summary: 'Holds the commands for libraries of functions.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [...subcommands, helpFor('function', 'scripting', '7.0.0', ['loading', 'stale'], subcommands)],
});
