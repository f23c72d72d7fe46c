import { ascii, type Bytes } from '../../bytes/bytes';
import { NO_SUCH_KEY, wrongSubcommandUse } from '../../protocol/errors';
import { MapReply, type Reply } from '../../protocol/reply';
import { type CommandSpec, command, container } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { helpFor } from '../../spec/help';
import { keyAt } from '../../spec/keys';
import { asStream } from '../../spec/narrow';
import { type StreamGroup, UNKNOWN_READ } from '../../types/stream/group';
import { idText, MAX_ID, MIN_ID } from '../../types/stream/id';
import type { Consumer, PendingEntry } from '../../types/stream/pending';
import { radixNodes } from '../../types/stream/radix-nodes';
import type { StreamValue } from '../../types/stream/value';
import { consumerName, edgeReply, noGroupForKey, rangeReply } from './replies';

/** FULL shows so many entries of each list, unless told otherwise. */
const DEFAULT_COUNT = 10;

type Field = readonly [name: string, value: Reply];

function mapOf(fields: readonly Field[]): MapReply {
  return new MapReply(fields.flatMap(([name, value]) => [ascii(name), value]));
}

type Declared = Pick<CommandSpec, 'summary' | 'arity' | 'syntax' | 'run'> & Partial<CommandSpec>;

function declare(name: string, rest: Declared): CommandSpec {
  return command({
    name: `xinfo|${name}`,
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(1)',
    flags: ['readonly'],
    keys: [keyAt(2, 'RO', 'access')],
    ...rest,
  });
}

function requireStream(ctx: Context, key: Bytes): StreamValue {
  const stream = asStream(ctx.keys.read(key));
  if (!stream) throw NO_SUCH_KEY;
  return stream;
}

// ---- STREAM

function streamInfo(ctx: Context, argv: readonly Bytes[]): Reply {
  const stream = requireStream(ctx, argv[2] as Bytes);
  const cursor = new Cursor(argv, 3);
  if (cursor.done) return mapOf([...commonFields(ctx, stream), ...summaryFields(stream)]);
  if ((cursor.left !== 1 && cursor.left !== 3) || !cursor.keyword('FULL')) throw wrongSubcommandUse(argv);
  let count = DEFAULT_COUNT;
  if (!cursor.done) {
    if (!cursor.keyword('COUNT')) throw wrongSubcommandUse(argv);
    count = cursor.integer();
    if (count < 0) count = DEFAULT_COUNT;
  }
  const entries = rangeReply(stream.entries, MIN_ID, MAX_ID, count);
  const groups = stream.groups().map((group) => fullGroup(stream, group, count));
  return mapOf([...commonFields(ctx, stream), ['entries', entries], ['groups', groups]]);
}

function commonFields(ctx: Context, stream: StreamValue): Field[] {
  const nodes = stream.entries.nodeIds();
  return [
    ['length', stream.length],
    ['radix-tree-keys', nodes.length],
    ['radix-tree-nodes', radixNodes(nodes)],
    ['last-generated-id', idText(stream.lastId)],
    ['max-deleted-entry-id', idText(stream.maxDeletedId)],
    ['entries-added', stream.entriesAdded],
    ['recorded-first-entry-id', idText(stream.firstId)],
    ...producerFields(ctx, stream),
  ];
}

/** Since 8.6. */
function producerFields({ now }: Context, { producers }: StreamValue): Field[] {
  if (!producers) return [];
  const tracked = producers.tracked(now);
  return [
    ['idmp-duration', producers.durationSeconds],
    ['idmp-maxsize', producers.maxNames],
    ['pids-tracked', tracked.producers],
    ['iids-tracked', tracked.names],
    ['iids-added', producers.added],
    ['iids-duplicates', producers.duplicates],
  ];
}

function summaryFields(stream: StreamValue): Field[] {
  return [
    ['groups', stream.groupCount],
    ['first-entry', edgeReply(stream.entries, false)],
    ['last-entry', edgeReply(stream.entries, true)],
  ];
}

function positionFields(stream: StreamValue, group: StreamGroup): Field[] {
  return [
    ['last-delivered-id', idText(group.lastId)],
    ['entries-read', group.entriesRead === UNKNOWN_READ ? null : group.entriesRead],
    ['lag', stream.lagOf(group) ?? null],
  ];
}

function fullGroup(stream: StreamValue, group: StreamGroup, count: number): Reply {
  const { pending } = group;
  const entries: Reply[] = [];
  pending.ascend(MIN_ID, (entry) => entries.push(pendingReply(entry, [consumerName(entry.consumer)])) !== count);
  return mapOf([
    ['name', group.name],
    ...positionFields(stream, group),
    ['pel-count', pending.size],
    ['pending', entries],
    ['consumers', group.consumers().map((consumer) => fullConsumer(group, consumer, count))],
    // Since 8.8.
    ...(pending.released > 0 ? [['nacked-count', pending.released] as const] : []),
  ]);
}

function fullConsumer({ pending }: StreamGroup, consumer: Consumer, count: number): Reply {
  const entries: Reply[] = [];
  pending.ascendOf(consumer, MIN_ID, (entry) => entries.push(pendingReply(entry, [])) !== count);
  return mapOf([
    ['name', consumer.name],
    ['seen-time', consumer.seenTime],
    // Since 7.2.
    ['active-time', consumer.activeTime],
    ['pel-count', consumer.pending],
    ['pending', entries],
  ]);
}

function pendingReply({ id, deliveredAt, deliveries }: PendingEntry, owner: readonly Bytes[]): Reply {
  return [idText(id), ...owner, deliveredAt, deliveries];
}

// ---- GROUPS and CONSUMERS

function groupsInfo(ctx: Context, argv: readonly Bytes[]): Reply {
  const stream = requireStream(ctx, argv[2] as Bytes);
  return stream
    .groups()
    .map((group) =>
      mapOf([['name', group.name], ['consumers', group.consumerCount], ['pending', group.pending.size], ...positionFields(stream, group)]),
    );
}

function consumersInfo(ctx: Context, argv: readonly Bytes[]): Reply {
  const [, , key, name] = argv as [Bytes, Bytes, Bytes, Bytes];
  const group = requireStream(ctx, key).group(name);
  if (!group) throw noGroupForKey(key, name);
  return group.consumers().map((consumer) =>
    mapOf([
      ['name', consumer.name],
      ['pending', consumer.pending],
      ['idle', Math.max(ctx.now - consumer.seenTime, 0)],
      // Since 7.2.
      ['inactive', consumer.activeTime < 0 ? -1 : ctx.now - consumer.activeTime],
    ]),
  );
}

const subcommands = [
  declare('consumers', {
    summary: 'Returns the consumers of a consumer group.',
    arity: 4,
    tips: ['nondeterministic_output'],
    history: [['7.2.0', 'Returns for how long a consumer has been inactive.']],
    syntax: 'key group',
    run: consumersInfo,
  }),
  declare('groups', {
    summary: 'Returns the consumer groups of a stream.',
    arity: 3,
    history: [['7.0.0', 'Returns how many entries a group has read, and how many it has not.']],
    syntax: 'key',
    run: groupsInfo,
  }),
  declare('stream', {
    summary: 'Returns what there is to know about a stream.',
    arity: -3,
    history: [
      ['6.0.0', 'Option `FULL`.'],
      ['7.0.0', 'Returns what was added and deleted in the life of the stream.'],
      ['7.2.0', 'Returns when a consumer was last active.'],
    ],
    difference:
      'XINFO STREAM has the fields of Redis 8.6 and 8.8 (`idmp-…`, `iids-…`, `nacked-count`) where the stream makes use of what they are about.',
    syntax: 'key [FULL [COUNT count:integer]]',
    run: streamInfo,
  }),
];

export const xinfo = container({
  name: 'xinfo',
  group: 'stream',
  summary: 'Commands that look at a stream, its consumer groups and their consumers.',
  since: '5.0.0',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [...subcommands, helpFor('xinfo', 'stream', '5.0.0', ['loading', 'stale'], subcommands)],
});
