// Reads replies out of a RESP2 or RESP3 stream that may be cut anywhere. A reply can be taken as it was written, to be
// passed on untouched, or as a value, to be merged with others.
//
// Finding where a reply ends needs no recursion: an aggregate of n elements only means that n more elements must pass.
// What has been looked at is never looked at again, however small the pieces are that the network brings.

import { ascii, type Bytes, fromBuffer } from '../bytes/bytes';
import { formatDouble, parseDouble } from '../bytes/double';
import { type Int64, parseInt64, parseUint64 } from '../bytes/integer';
import {
  AttributeReply,
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  ErrorReply,
  MapReply,
  NULL_ARRAY,
  OK,
  PrefacedReply,
  PushReply,
  QUEUED,
  type Reply,
  SetReply,
  Status,
  VerbatimReply,
} from './reply';
import { ProtocolError } from './request-reader';

/** Longest line of a reply: status, error, number or length. */
const MAX_LINE_BYTES = 1024 * 1024;
/** Most elements that one aggregate may announce. */
const MAX_ELEMENTS = 2 ** 32;
/** Longest string that one reply may announce (Redis' own limit). */
const MAX_STRING_BYTES = 512 * 1024 * 1024;
/** Deepest nesting that is decoded. */
const MAX_DEPTH = 512;

const CRLF = '\r\n';

/** How many elements follow the header of an aggregate that announces `count`. */
const ELEMENTS_PER_COUNT: Partial<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2, '|': 2 };
/** Types whose body has the announced length and its own line end. */
const STRINGS = '$=!';
/** Types that are one line and announce nothing. */
const LINES = '+-,#_(';

export class ReplyReader {
  /** Parts of the reply that is being read which lie before `text`. */
  private pieces: string[] = [];
  private text = '';
  /** Where the current reply, or what `text` holds of it, begins. */
  private start = 0;
  /** How far `text` has been looked at. */
  private at = 0;
  /** Chars of a string's body that are still to come. */
  private bodyLeft = 0;
  /** Elements of the current reply that have not been seen; 0 between replies. */
  private remaining = 0;
  private failure: ProtocolError | undefined;

  /** Takes in what the network brought. */
  push(data: Uint8Array | ArrayBuffer | Bytes): void {
    const chunk = typeof data === 'string' ? data : fromBuffer(data);
    if (this.at > this.start) this.pieces.push(this.text.slice(this.start, this.at));
    this.text = this.at < this.text.length ? this.text.slice(this.at) + chunk : chunk;
    this.start = 0;
    this.at = 0;
  }

  /** True between replies: nothing is half read. */
  get idle(): boolean {
    return this.remaining === 0 && this.bodyLeft === 0 && this.at >= this.text.length;
  }

  /** The next whole reply as it was written, or undefined until more arrives. After a ProtocolError nothing more is read. */
  nextRaw(): Bytes | ProtocolError | undefined {
    if (this.failure) return this.failure;
    if (this.remaining === 0 && this.bodyLeft === 0) {
      if (this.at >= this.text.length) return undefined;
      this.remaining = 1;
      this.start = this.at;
    }
    while (this.remaining > 0 || this.bodyLeft > 0) {
      const step = this.bodyLeft > 0 ? this.body() : this.element();
      if (step === undefined) return undefined;
      if (step instanceof ProtocolError) {
        this.failure = step;
        return step;
      }
    }
    const rest = this.text.slice(this.start, this.at);
    this.start = this.at;
    if (this.pieces.length === 0) return rest as Bytes;
    const raw = this.pieces.join('') + rest;
    this.pieces = [];
    return raw as Bytes;
  }

  /** The next whole reply as a value, or undefined until more arrives. */
  next(): Reply | ProtocolError | undefined {
    const raw = this.nextRaw();
    return typeof raw === 'string' ? decodeReply(raw) : raw;
  }

  /** Passes over the body of a string, as much of it as there is. */
  private body(): true | undefined {
    const passed = Math.min(this.bodyLeft, this.text.length - this.at);
    this.at += passed;
    this.bodyLeft -= passed;
    return this.bodyLeft === 0 ? true : undefined;
  }

  /** Passes over one line and takes note of what it announces. */
  private element(): true | undefined | ProtocolError {
    const { text, at } = this;
    if (at >= text.length) return undefined;
    const end = text.indexOf(CRLF, at);
    if (end < 0) return text.length - at > MAX_LINE_BYTES ? new ProtocolError('too long a line in a reply') : undefined;
    const type = text[at] as string;
    if (!LINES.includes(type)) {
      const problem = this.announced(type, parseInteger(text.slice(at + 1, end)));
      if (problem) return problem;
    }
    this.remaining--;
    this.at = end + 2;
    return true;
  }

  private announced(type: string, count: Int64 | undefined): ProtocolError | undefined {
    if (type === ':') return count === undefined ? new ProtocolError('invalid integer in a reply') : undefined;
    const perCount = ELEMENTS_PER_COUNT[type];
    if (perCount === undefined && !STRINGS.includes(type)) return new ProtocolError(`unknown reply type ${JSON.stringify(type)}`);
    const limit = perCount === undefined ? MAX_STRING_BYTES : MAX_ELEMENTS;
    if (typeof count !== 'number' || count < -1 || count > limit) return new ProtocolError('invalid length in a reply');
    if (perCount === undefined) {
      if (count >= 0) this.bodyLeft = count + CRLF.length;
    } else if (count > 0) this.remaining += count * perCount;
    // An attribute is no reply by itself: the reply that it belongs to follows.
    if (type === '|') this.remaining++;
    return undefined;
  }
}

/** Indexes of arrays go up to the end of the unsigned range; every other integer is a signed one. */
function parseInteger(text: string): Int64 | undefined {
  return parseInt64(text) ?? parseUint64(text);
}

/** The value of one whole reply, as {@link ReplyReader.nextRaw} gives it. */
export function decodeReply(raw: Bytes): Reply {
  return new Decoder(raw).read(0);
}

class Decoder {
  private at = 0;

  constructor(private readonly text: string) {}

  read(depth: number): Reply {
    if (depth > MAX_DEPTH) throw new RangeError('a reply is nested too deeply');
    const end = this.text.indexOf(CRLF, this.at);
    const type = this.text[this.at];
    const line = this.text.slice(this.at + 1, end) as Bytes;
    this.at = end + 2;
    switch (type) {
      case '+':
        return line === 'OK' ? OK : line === 'QUEUED' ? QUEUED : new Status(line);
      case '-':
        return new ErrorReply(line);
      case ':':
        return parseInteger(line) as Int64;
      case '_':
        return null;
      case ',':
        return doubleOf(line);
      case '#':
        return new BooleanReply(line === 't');
      case '(':
        return new BigNumberReply(line);
      case '$':
      case '=':
      case '!':
        return this.string(type, Number(line));
      default:
        return this.aggregate(type, Number(line), depth);
    }
  }

  private string(type: '$' | '=' | '!', length: number): Reply {
    if (length < 0) return null;
    const text = this.text.slice(this.at, this.at + length) as Bytes;
    this.at += length + CRLF.length;
    if (type === '$') return text;
    if (type === '!') return new ErrorReply(text);
    return new VerbatimReply(text.startsWith('mkd') ? 'mkd' : 'txt', ascii(text.slice(4)));
  }

  private aggregate(type: string | undefined, count: number, depth: number): Reply {
    if (count < 0) return NULL_ARRAY;
    const elements: Reply[] = [];
    const length = count * (ELEMENTS_PER_COUNT[type ?? ''] ?? 1);
    for (let i = 0; i < length; i++) elements.push(this.read(depth + 1));
    if (type === '%') return new MapReply(elements);
    if (type === '~') return new SetReply(elements);
    if (type === '>') return new PushReply(elements);
    if (type === '|') return new PrefacedReply(new AttributeReply(elements), this.read(depth));
    return elements;
  }
}

function doubleOf(line: Bytes): DoubleReply {
  const value = line === 'nan' ? Number.NaN : (parseDouble(line) ?? Number(line));
  return line === formatDouble(value) ? new DoubleReply(value) : new DoubleReply(value, line);
}
