import { ascii, type Bytes } from '../../bytes/bytes';
import { addInt64, type Int64, UINT64_MAX } from '../../bytes/integer';
import { sha1, sha1Hex } from '../../bytes/sha1';
import { redisError, wrongArity } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asStream } from '../../spec/narrow';
import { idText, MAX_ID, MIN_ID, msOf, nextId, parseOpenId, type StreamId, sequenceOf, streamId } from '../../types/stream/id';
import { Producers } from '../../types/stream/producers';
import { StreamValue } from '../../types/stream/value';
import { requireId } from './ids';
import { TrimOptions } from './trim-options';

const ZERO_ID = redisError('ERR The ID specified in XADD must be greater than 0-0');
const SMALL_ID = redisError('ERR The ID specified in XADD is equal or smaller than the target stream top item');
const NO_ID_LEFT = redisError('ERR The stream has exhausted the last possible ID, unable to add more items');
const TWO_NAMES = redisError('ERR IDMP/IDMPAUTO specified multiple times');
const NAME_WITH_ID = redisError('ERR IDMP/IDMPAUTO can be used only with auto-generated IDs');
const NO_PRODUCER = redisError('ERR IDMP requires a non-empty producer ID');
const NO_NAME = redisError('ERR IDMP requires a non-empty idempotent ID');
const NO_AUTO_PRODUCER = redisError('ERR IDMPAUTO requires a non-empty producer ID');

/** An id as it is, a time whose sequence number the stream chooses, or nothing: the stream chooses it all. */
type WantedId = { readonly id: StreamId } | { readonly ms: Int64 } | undefined;

interface AddOptions {
  readonly trim: TrimOptions;
  mayCreate: boolean;
  id: WantedId;
  /** Who adds the entry, and by which name it is known if it is sent again; without a name by its content. */
  producer: Bytes | undefined;
  name: Bytes | undefined;
}

export const xadd = command({
  name: 'xadd',
  group: 'stream',
  summary: 'Appends an entry to a stream, and trims the stream if asked to. Creates the key when it is missing.',
  since: '5.0.0',
  complexity: 'O(1) for the entry, O(N) when trimming, N being the number of entries removed',
  arity: -5,
  flags: ['write', 'denyoom', 'fast'],
  keys: [{ ...keyAt(1, 'RW', 'update'), notes: 'UPDATE instead of INSERT because of the optional trimming feature' }],
  tips: ['nondeterministic_output'],
  history: [
    ['6.2.0', 'Options `NOMKSTREAM`, `MINID` and `LIMIT`.'],
    ['7.0.0', 'The form `<ms>-*` of an id.'],
    ['8.2.0', 'Options `KEEPREF`, `DELREF` and `ACKED`.'],
    ['8.6.0', 'Options `IDMP` and `IDMPAUTO`.'],
  ],
  difference: 'What `IDMP` remembers of an entry is forgotten by the time in the entry’s id, which may be ahead of the clock.',
  syntax:
    'key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] [IDMPAUTO producer-id | IDMP producer-id idempotent-id] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count:integer]] <* | id> field value [field value ...]',
  run(ctx, argv) {
    const cursor = new Cursor(argv, 2);
    const options = readOptions(cursor);
    if (cursor.left < 2 || cursor.left % 2 !== 0) throw wrongArity('xadd');
    if (options.id && 'id' in options.id && options.id.id === MIN_ID) throw ZERO_ID;
    return add(ctx, argv[1] as Bytes, options, cursor.rest());
  },
});

function readOptions(cursor: Cursor): AddOptions {
  const options: AddOptions = { trim: new TrimOptions(), mayCreate: true, id: undefined, producer: undefined, name: undefined };
  while (!cursor.done && !cursor.keyword('*')) {
    if (options.trim.take(cursor)) continue;
    if (cursor.keyword('NOMKSTREAM')) options.mayCreate = false;
    else if (cursor.option('IDMP', 2)) readName(options, cursor, true);
    else if (cursor.option('IDMPAUTO')) readName(options, cursor, false);
    else {
      const arg = cursor.next();
      const ms = parseOpenId(arg);
      options.id = ms === undefined ? { id: requireId(arg) } : { ms };
      break;
    }
  }
  options.trim.check(false);
  if (options.producer !== undefined && options.id) throw NAME_WITH_ID;
  return options;
}

function readName(options: AddOptions, cursor: Cursor, named: boolean): void {
  if (options.producer !== undefined) throw TWO_NAMES;
  options.producer = cursor.next();
  if (options.producer === '') throw named ? NO_PRODUCER : NO_AUTO_PRODUCER;
  if (!named) return;
  options.name = cursor.next();
  if (options.name === '') throw NO_NAME;
}

function add(ctx: Context, key: Bytes, options: AddOptions, pairs: readonly Bytes[]): Reply {
  const existing = asStream(ctx.keys.write(key));
  if (!existing && !options.mayCreate) return null;
  const stream = existing ?? new StreamValue(ctx.limits);
  if (stream.lastId === MAX_ID) throw NO_ID_LEFT;
  const { producer, trim } = options;
  const name = producer === undefined ? undefined : (options.name ?? contentName(pairs));
  if (producer !== undefined && name !== undefined) {
    const known = stream.producers?.find(producer, name, ctx.now);
    if (known !== undefined) {
      (stream.producers as Producers).duplicates++;
      return idText(known);
    }
  }
  const id = chooseId(stream.lastId, options.id, ctx.now);
  stream.append(id, pairs);
  if (producer !== undefined && name !== undefined) {
    stream.producers ??= new Producers();
    stream.producers.add(producer, name, id, ctx.now);
  }
  const trimmed = trim.apply(stream);
  if (existing) ctx.keys.changed(key, 'xadd');
  else ctx.keys.set(key, stream, 'xadd');
  if (trimmed > 0) ctx.keys.changed(key, 'xtrim');
  const text = idText(id);
  if (!options.id || 'ms' in options.id || trim.approximate) {
    ctx.effect(ascii('XADD'), key, ...trim.outcome(stream), text, ...pairs);
    if (producer !== undefined && name !== undefined) ctx.effect(ascii('XIDMPRECORD'), key, producer, name, text);
  }
  return text;
}

function chooseId(lastId: StreamId, wanted: WantedId, now: number): StreamId {
  let id: StreamId | undefined;
  if (!wanted) {
    const fresh = streamId(now, 0);
    id = fresh > lastId ? fresh : nextId(lastId);
  } else if ('id' in wanted) id = wanted.id;
  else if (wanted.ms !== msOf(lastId)) id = streamId(wanted.ms, 0);
  else if (sequenceOf(lastId) !== UINT64_MAX) id = streamId(wanted.ms, next(sequenceOf(lastId)));
  if (id === undefined || id <= lastId) throw SMALL_ID;
  return id;
}

/** The next sequence number, which may be beyond the signed 64 bits. */
function next(sequence: Int64): Int64 {
  return typeof sequence === 'number' ? (addInt64(sequence, 1) as Int64) : sequence + 1n;
}

/** The same for the same fields and values, in whichever order. */
function contentName(pairs: readonly Bytes[]): Bytes {
  const parts: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const field = pairs[i] as Bytes;
    parts.push(`${field.length}:${field}${(pairs[i + 1] as Bytes).length}:${pairs[i + 1]}`);
  }
  const digest = new Int32Array(5);
  sha1(ascii(parts.sort().join('')), digest);
  return ascii(sha1Hex(digest));
}
