import { ascii, type Bytes } from '../../bytes/bytes';
import { SYNTAX } from '../../protocol/errors';
import { NULL_ARRAY, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor, requireInteger } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asStream } from '../../spec/narrow';
import type { StreamGroup } from '../../types/stream/group';
import { idText, MIN_ID, type StreamId } from '../../types/stream/id';
import type { PendingEntry } from '../../types/stream/pending';
import { requireEnd, requireStart } from './ids';
import { consumerName, noGroup } from './replies';

interface Filter {
  readonly minIdle: number;
  readonly start: StreamId;
  readonly end: StreamId;
  readonly count: number;
  readonly consumer: Bytes | undefined;
}

export const xpending = command({
  name: 'xpending',
  group: 'stream',
  summary: 'Returns which entries are pending in a consumer group, for whom and since when, or how many there are.',
  since: '5.0.0',
  complexity:
    'O(N), N being the number of entries returned, and with IDLE of those looked at; O(M) without a range, M being the number of consumers',
  arity: -3,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  history: [['6.2.0', 'Option `IDLE`, and ends that are not in the range.']],
  syntax: 'key group [[IDLE min-idle-time:integer] start end count:integer [consumer]]',
  run(ctx, argv) {
    const filter = readFilter(argv);
    const [, key, groupName] = argv as [Bytes, Bytes, Bytes];
    const group = asStream(ctx.keys.read(key))?.group(groupName);
    if (!group) throw noGroup(key, groupName);
    return filter ? list(ctx, group, filter) : summary(group);
  },
});

/** Undefined: only the summary is asked for. */
function readFilter(argv: readonly Bytes[]): Filter | undefined {
  if (argv.length === 3) return undefined;
  if (argv.length < 6 || argv.length > 9) throw SYNTAX;
  let at = 3;
  let minIdle = 0;
  if (new Cursor(argv, at).keyword('IDLE')) {
    minIdle = requireInteger(argv[4]);
    if (argv.length < 8) throw SYNTAX;
    at += 2;
  }
  const count = Math.max(requireInteger(argv[at + 2]), 0);
  const start = requireStart(argv[at]);
  const end = requireEnd(argv[at + 1]);
  return { minIdle, start, end, count, consumer: argv[at + 3] };
}

function summary(group: StreamGroup): Reply {
  const { pending } = group;
  const first = pending.atOrAfter(MIN_ID);
  const { last } = pending;
  if (!first || !last) return [0, null, null, NULL_ARRAY];
  const consumers = group.consumers().filter((consumer) => consumer.pending > 0);
  return [pending.size, idText(first.id), idText(last.id), consumers.map(({ name, pending: held }) => [name, ascii(`${held}`)])];
}

function list({ now }: Context, group: StreamGroup, { minIdle, start, end, count, consumer: name }: Filter): Reply {
  const found: Reply[] = [];
  const visit = (entry: PendingEntry): boolean => {
    if (entry.id > end || found.length >= count) return false;
    // Since 8.8: what was released has been delivered to nobody.
    const idle = entry.consumer ? Math.max(now - entry.time, 0) : -1;
    if (minIdle === 0 || now - entry.deliveredAt >= minIdle) {
      found.push([idText(entry.id), consumerName(entry.consumer), idle, entry.deliveries]);
    }
    return true;
  };
  if (name === undefined) group.pending.ascend(start, visit);
  else {
    const consumer = group.consumer(name);
    if (consumer) group.pending.ascendOf(consumer, start, visit);
  }
  return found;
}
