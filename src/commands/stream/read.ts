import { type Bytes, own } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import { NULL_ARRAY, PairedMapReply, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { asStream } from '../../spec/narrow';
import { MAX_ID, MIN_ID, nextId, previousId, type StreamId } from '../../types/stream/id';
import { StreamValue } from '../../types/stream/value';
import { requireId } from './ids';
import { Budget, type ReadOptions, readOptions } from './read-options';
import { entryReply } from './replies';

const ONLY_GROUPS = redisError('ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.');

/** Who has waited, and did not say how much it wants, gets no more at once. */
export const BLOCKED_COUNT = 1000;

interface Source {
  readonly key: Bytes;
  readonly stream: StreamValue | undefined;
  /** Only entries after this one are read. */
  readonly after: StreamId;
}

export const xread = command({
  name: 'xread',
  group: 'stream',
  summary: 'Returns the entries of several streams that come after given ids, or waits for some.',
  since: '5.0.0',
  complexity: 'O(N) for each stream, N being the number of entries returned',
  arity: -4,
  flags: ['blocking', 'readonly'],
  keys: [{ flags: ['RO', 'access'], begin: { keyword: 'STREAMS', from: 1 }, find: { last: -1, step: 1, limit: 2 } }],
  history: [
    ['7.4.0', 'The id `+` of the last entry.'],
    ['8.10.0', 'Options `MAXCOUNT` and `MAXSIZE`.'],
  ],
  syntax:
    '[COUNT count:integer] [MAXCOUNT maxcount:integer] [MAXSIZE maxsize:integer] [BLOCK milliseconds:integer] STREAMS key [key ...] id [id ...]',
  sharding: 'each',
  run(ctx, argv) {
    const options = readOptions(ctx, argv, false);
    const sources = options.keys.map((key, i) => sourceOf(ctx, key, options.ids[i] as Bytes));
    const budget = new Budget(options);
    const items: Reply[] = [];
    for (const { key, stream, after } of sources) {
      // Redis looks for each a second time, which counts.
      ctx.keys.read(key);
      const entries = stream && readAfter(stream, after, options.count, budget, items.length === 0);
      if (entries) items.push(key, entries);
    }
    if (items.length > 0) return new PairedMapReply(items);
    return options.deadline === undefined ? NULL_ARRAY : wait(ctx, options, options.deadline, sources);
  },
});

function sourceOf(ctx: Context, key: Bytes, id: Bytes): Source {
  const stream = asStream(ctx.keys.read(key));
  return { key, stream, after: positionOf(stream, id) };
}

function positionOf(stream: StreamValue | undefined, id: Bytes): StreamId {
  if (id === '>') throw ONLY_GROUPS;
  if (id === '$') return stream?.lastId ?? MIN_ID;
  if (id !== '+') return requireId(id);
  // The last entry itself is to be read; without one, the next that comes.
  const last = stream?.entries.last;
  return (last && previousId(last)) ?? stream?.lastId ?? MIN_ID;
}

/** Up to `count` entries after an id; undefined when there are none. */
function readAfter(
  { entries, lastId }: StreamValue,
  after: StreamId,
  count: number,
  budget: Budget,
  isFirst: boolean,
): Reply[] | undefined {
  const start = nextId(after);
  if (start === undefined || lastId < start) return undefined;
  const found: Reply[] = [];
  entries.ascend(start, MAX_ID, (id, pairs) => {
    if (!budget.take(pairs, isFirst && found.length === 0)) return false;
    return found.push(entryReply(id, pairs)) !== count;
  });
  return found.length > 0 ? found : undefined;
}

function wait(ctx: Context, options: ReadOptions, deadline: number, sources: readonly Source[]): Reply {
  const positions = new Map<Bytes, StreamId>();
  // Of a stream that is named more than once the first position counts, as in Redis.
  for (const { key, after } of sources) if (!positions.has(key)) positions.set(own(key), after);
  const { count, maxCount, maxSize } = options;
  return ctx.block({
    keys: [...positions.keys()],
    deadline,
    nothing: NULL_ARRAY,
    serve(later, key) {
      const stream = later.keys.read(key);
      if (!(stream instanceof StreamValue)) return undefined;
      const budget = new Budget({ maxCount, maxSize });
      const entries = readAfter(stream, positions.get(key) as StreamId, count || BLOCKED_COUNT, budget, true);
      return entries && new PairedMapReply([own(key), entries]);
    },
  });
}
