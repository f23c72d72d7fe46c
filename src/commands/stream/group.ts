import type { Bytes } from '../../bytes/bytes';
import type { Int64 } from '../../bytes/integer';
import { redisError, wrongSubcommandUse } from '../../protocol/errors';
import { OK, type Reply } from '../../protocol/reply';
import { type CommandSpec, command, container } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor, requireInt64 } from '../../spec/cursor';
import { helpFor } from '../../spec/help';
import { type KeyFlag, keyAt } from '../../spec/keys';
import { asStream } from '../../spec/narrow';
import { type StreamGroup, UNKNOWN_READ } from '../../types/stream/group';
import { MIN_ID, type StreamId } from '../../types/stream/id';
import { StreamValue } from '../../types/stream/value';
import { recordConsumer } from './effects';
import { requireId } from './ids';
import { noGroupForKey } from './replies';

const NO_KEY = redisError(
  'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.',
);
const GROUP_EXISTS = redisError('BUSYGROUP Consumer Group name already exists');
const WRONG_READ = redisError('ERR value for ENTRIESREAD must be positive or -1');

type Declared = Pick<CommandSpec, 'summary' | 'arity' | 'syntax' | 'run'> & Partial<CommandSpec> & { access: KeyFlag };

function declare(name: string, { access, ...rest }: Declared): CommandSpec {
  return command({
    name: `xgroup|${name}`,
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(1)',
    flags: ['write'],
    keys: [keyAt(2, 'RW', access)],
    ...rest,
  });
}

/** The stream, which must be there. */
function requireStream(ctx: Context, key: Bytes): StreamValue {
  const stream = asStream(ctx.keys.write(key));
  if (!stream) throw NO_KEY;
  return stream;
}

function requireGroup(ctx: Context, [, , key, name]: readonly Bytes[]): StreamGroup {
  const group = requireStream(ctx, key as Bytes).group(name as Bytes);
  if (!group) throw noGroupForKey(key as Bytes, name as Bytes);
  return group;
}

interface PositionOptions {
  makeStream: boolean;
  entriesRead: Int64;
}

function readOptions(argv: readonly Bytes[], mayMakeStream: boolean): PositionOptions {
  const cursor = new Cursor(argv, 5);
  const options: PositionOptions = { makeStream: false, entriesRead: UNKNOWN_READ };
  while (!cursor.done) {
    if (mayMakeStream && cursor.keyword('MKSTREAM')) options.makeStream = true;
    else if (cursor.option('ENTRIESREAD')) {
      options.entriesRead = requireInt64(cursor.next());
      if (options.entriesRead < UNKNOWN_READ) throw WRONG_READ;
    } else throw wrongSubcommandUse(argv);
  }
  return options;
}

function create(ctx: Context, argv: readonly Bytes[]): Reply {
  const [, , key, name, position] = argv as [Bytes, Bytes, Bytes, Bytes, Bytes];
  const { makeStream, entriesRead } = readOptions(argv, true);
  const existing = asStream(ctx.keys.write(key));
  if (!existing && !makeStream) throw NO_KEY;
  if (argv.length > 8) throw wrongSubcommandUse(argv);
  const lastId: StreamId = position === '$' ? (existing?.lastId ?? MIN_ID) : requireId(position);
  if (existing?.group(name)) throw GROUP_EXISTS;
  const stream = existing ?? new StreamValue(ctx.limits);
  stream.createGroup(name, lastId, entriesRead);
  if (existing) ctx.keys.changedAside(key, 'xgroup-create');
  else ctx.keys.set(key, stream, 'xgroup-create');
  return OK;
}

function setPosition(ctx: Context, argv: readonly Bytes[]): Reply {
  const [, , key, , position] = argv as [Bytes, Bytes, Bytes, Bytes, Bytes];
  const { entriesRead } = readOptions(argv, false);
  const group = requireGroup(ctx, argv);
  if (argv.length !== 5 && argv.length !== 7) throw wrongSubcommandUse(argv);
  group.lastId = position === '$' ? requireStream(ctx, key).lastId : requireId(position, { ends: true });
  group.entriesRead = entriesRead;
  ctx.keys.changedAside(key, 'xgroup-setid');
  return OK;
}

function destroy(ctx: Context, [, , key, name]: readonly Bytes[]): Reply {
  const stream = requireStream(ctx, key as Bytes);
  const group = stream.group(name as Bytes);
  if (!group) return 0;
  stream.deleteGroup(group);
  ctx.keys.changedAside(key as Bytes, 'xgroup-destroy');
  return 1;
}

function createConsumer(ctx: Context, argv: readonly Bytes[]): Reply {
  const [, , key, , name] = argv as [Bytes, Bytes, Bytes, Bytes, Bytes];
  const group = requireGroup(ctx, argv);
  if (group.consumer(name)) return 0;
  const consumer = group.createConsumer(name, ctx.now);
  ctx.keys.changedAside(key, 'xgroup-createconsumer');
  recordConsumer(ctx, key, group, consumer);
  return 1;
}

function deleteConsumer(ctx: Context, argv: readonly Bytes[]): Reply {
  const [, , key, , name] = argv as [Bytes, Bytes, Bytes, Bytes, Bytes];
  const group = requireGroup(ctx, argv);
  const consumer = group.consumer(name);
  if (!consumer) return 0;
  const pending = group.deleteConsumer(consumer);
  ctx.keys.changedAside(key, 'xgroup-delconsumer');
  return pending;
}

const subcommands = [
  declare('create', {
    access: 'insert',
    summary: 'Creates a consumer group that reads a stream from an id on, and the stream if asked to.',
    flags: ['write', 'denyoom'],
    arity: -5,
    history: [['7.0.0', 'Option `ENTRIESREAD`.']],
    syntax: 'key groupname <id | $> [MKSTREAM] [ENTRIESREAD entries_read:integer]',
    run: create,
  }),
  declare('createconsumer', {
    access: 'insert',
    summary: 'Creates a consumer in a consumer group.',
    since: '6.2.0',
    flags: ['write', 'denyoom'],
    arity: 5,
    syntax: 'key groupname consumername',
    run: createConsumer,
  }),
  declare('delconsumer', {
    access: 'delete',
    summary: 'Removes a consumer of a consumer group with what is pending for it, and says how much that was.',
    arity: 5,
    syntax: 'key groupname consumername',
    run: deleteConsumer,
  }),
  declare('destroy', {
    access: 'delete',
    summary: 'Removes a consumer group.',
    complexity: "O(N), N being the number of the group's pending entries",
    arity: 4,
    syntax: 'key groupname',
    run: destroy,
  }),
  declare('setid', {
    access: 'update',
    summary: 'Sets from which id on a consumer group reads.',
    arity: -5,
    history: [['7.0.0', 'Option `ENTRIESREAD`.']],
    syntax: 'key groupname <id | $> [ENTRIESREAD entries_read:integer]',
    run: setPosition,
  }),
];

export const xgroup = container({
  name: 'xgroup',
  group: 'stream',
  summary: 'Commands that manage consumer groups.',
  since: '5.0.0',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [...subcommands, helpFor('xgroup', 'stream', '5.0.0', ['loading', 'stale'], subcommands)],
});
