// Values that are too large to be taken as a whole: read element by element, and given as lines that add them to a key.
// A member that is there twice is not noticed, as that would take all members: the last one counts.

import { type Bytes, EMPTY, fromBuffer } from '../../bytes/bytes';
import { formatDouble17g } from '../../bytes/double';
import { LzfStream } from '../../bytes/lzf-stream';
import type { EncodingLimits } from '../limits';
import type { Value } from '../value';
import { decodeRdbValue, earliestDeadline, fieldDeadline, OLD_EARLIEST, quicklistNode, textScore } from './decode';
import { arrayLines } from './large-array';
import { HashLines } from './large-hash';
import type { LargeInput, Steps } from './large-input';
import { LargeStream } from './large-stream';
import { RdbError, type RdbReader } from './reader';
import { type FillLine, FillLines, words } from './refill';
import { RDB } from './types';
import { ziplistElements } from './ziplist';

/** Of compressed data so much is taken at once: what comes out may be 88 times as much. */
const PACKED_SLICE_BYTES = 8192;
const SLICE_BYTES = 256 * 1024;

/** The lines of a value of the form that `type` is the number of. */
export function linesOf(type: number, input: LargeInput, limits: EncodingLimits): Steps<void> {
  switch (type) {
    case RDB.STRING:
      return stringLines(input);
    case RDB.LIST:
    case RDB.SET:
      return elementLines(input, type === RDB.LIST ? 'RPUSH' : 'SADD');
    case RDB.LIST_QUICKLIST:
      return nodeLines(input, (reader) => ziplistElements(reader.blob(), reader));
    case RDB.LIST_QUICKLIST_2:
      return nodeLines(input, quicklistNode);
    case RDB.ZSET:
    case RDB.ZSET_2:
      return sortedSetLines(input, type);
    case RDB.HASH:
    case RDB.HASH_METADATA:
    case RDB.OLD_HASH_METADATA:
      return hashLines(input, type);
    case RDB.STREAM_LISTPACKS:
    case RDB.STREAM_LISTPACKS_2:
    case RDB.STREAM_LISTPACKS_3:
      return new LargeStream(type, input).lines();
    case RDB.MODULE_2:
      return arrayLines(input);
    default:
      return packedLines(type, input, limits);
  }
}

function* stringLines(input: LargeInput): Steps<void> {
  const { length, stored, isPacked, text } = yield* input.read((reader) => reader.stringHead());
  if (length > input.maxBytes) {
    input.unfit = 'it is too long';
    return yield* input.pass(stored);
  }
  const append = (piece: Bytes): FillLine => ({ before: words('APPEND'), after: [piece] });
  if (text !== undefined || length === 0) yield append(text ?? EMPTY);
  const unpacked = isPacked ? new LzfStream(length) : undefined;
  for (let left = stored; left > 0; ) {
    const slice = yield* input.bytes(Math.min(left, unpacked ? PACKED_SLICE_BYTES : SLICE_BYTES));
    left -= slice.length;
    const pieces = unpacked ? unpacked.push(slice) : [slice];
    if (pieces === undefined) break;
    for (const piece of pieces) yield append(fromBuffer(piece));
  }
  if (unpacked && !unpacked.done) throw new RdbError('a compressed string is corrupt');
}

function* elementLines(input: LargeInput, command: string): Steps<void> {
  const lines = new FillLines(words(command));
  for (let left = yield* input.count(); left > 0; left--) {
    const element = yield* input.string();
    if (element !== undefined && lines.add(element)) yield lines.take();
  }
  if (!lines.isEmpty) yield lines.take();
}

function* nodeLines(input: LargeInput, parse: (reader: RdbReader) => Bytes[]): Steps<void> {
  const lines = new FillLines(words('RPUSH'));
  for (let left = yield* input.count(); left > 0; left--) {
    for (const element of yield* input.read(parse)) if (lines.add(element)) yield lines.take();
  }
  if (!lines.isEmpty) yield lines.take();
}

function* sortedSetLines(input: LargeInput, type: number): Steps<void> {
  const lines = new FillLines(words('ZADD'));
  for (let left = yield* input.count(); left > 0; left--) {
    const member = yield* input.string();
    const score = yield* input.read((reader) => (type === RDB.ZSET ? textScore(reader) : reader.double()));
    if (score === undefined || Number.isNaN(score)) throw new RdbError('a score that is not a number');
    if (member !== undefined && lines.add(formatDouble17g(score), member)) yield lines.take();
  }
  if (!lines.isEmpty) yield lines.take();
}

function* hashLines(input: LargeInput, type: number): Steps<void> {
  const lines = new HashLines();
  const isPlain = type === RDB.HASH;
  const earliest = type === RDB.HASH_METADATA ? yield* input.read(earliestDeadline) : OLD_EARLIEST;
  for (let left = yield* input.count(); left > 0; left--) {
    const deadline = isPlain ? 0 : yield* input.read((reader) => fieldDeadline(reader, earliest));
    const field = yield* input.string();
    const value = yield* input.string();
    if (field !== undefined && value !== undefined && lines.add(field, value, deadline)) yield* lines.take();
  }
  yield* lines.take();
}

/** One in whose bytes all elements are packed is decoded as a whole: nothing writes such values unless it is told to. */
function* packedLines(type: number, input: LargeInput, limits: EncodingLimits): Steps<void> {
  yield* valueLines(yield* input.read((reader) => decodeRdbValue(type, reader, limits)));
}

function* valueLines(value: Value): Steps<void> {
  if (typeof value === 'string') throw new RdbError('a string where a collection must be');
  if (value.type === 'hash') {
    const lines = new HashLines();
    for (let place = 0; place < value.size; place++) {
      const field = value.fieldAt(place);
      if (lines.add(field, value.valueAt(place), value.deadlineOf(field) ?? 0)) yield* lines.take();
    }
    yield* lines.take();
    return;
  }
  const elements: Bytes[] = [];
  let command = 'RPUSH';
  if (value.type === 'list') value.ascend(0, (element) => elements.push(element) > 0);
  else if (value.type === 'set') {
    command = 'SADD';
    for (let place = 0; place < value.size; place++) elements.push(value.memberAt(place));
  } else if (value.type === 'zset') {
    command = 'ZADD';
    value.walk(0, value.size, false, (member, score) => elements.push(formatDouble17g(score), member));
  } else throw new RdbError('a value that is not packed');
  const lines = new FillLines(words(command));
  const step = value.type === 'zset' ? 2 : 1;
  for (let i = 0; i < elements.length; i += step) if (lines.add(...elements.slice(i, i + step))) yield lines.take();
  if (!lines.isEmpty) yield lines.take();
}
