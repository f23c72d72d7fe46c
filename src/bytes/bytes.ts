// Binary strings: the one representation of keys, fields, members and values inside Kedge.
// A `Bytes` is a JavaScript string whose chars are the bytes (0 to 255). V8 keeps it at one byte per char, it works as
// a Map key by value, `<` on two of them is memcmp order, and it is the cheapest thing to send over RPC. Text becomes
// `Bytes` and back only here.

declare const brand: unique symbol;

/** A binary string: one char per byte, 0 to 255. */
export type Bytes = string & { readonly [brand]: 'Bytes' };

/** Buffer methods that Node and workerd share and neither's types declare. workerd needs all arguments. */
interface Latin1Buffer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
}

function latin1(buffer: Buffer, start: number, end: number): Bytes {
  return (buffer as unknown as Latin1Buffer).latin1Slice(start, end) as Bytes;
}

export const EMPTY = '' as Bytes;

/** A literal that is ASCII by construction. Text from outside goes through {@link fromText}. */
export function ascii(literal: string): Bytes {
  return literal as Bytes;
}

/** UTF-16 text to its UTF-8 bytes. */
export function fromText(text: string): Bytes {
  // The length test is the cheapest test for pure ASCII, where text and bytes are the same string.
  if (Buffer.byteLength(text) === text.length) return text as Bytes;
  const buffer = Buffer.from(text, 'utf8');
  return latin1(buffer, 0, buffer.length);
}

/** UTF-8 bytes to text; bytes that are not UTF-8 become U+FFFD. */
export function toText(bytes: Bytes): string {
  if (isAscii(bytes)) return bytes;
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** True when no byte is above 0x7f. */
export function isAscii(bytes: Bytes): boolean {
  return Buffer.byteLength(bytes) === bytes.length;
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** True when the bytes are text in UTF-8: no surrogates, nothing overlong. */
export function isUtf8(bytes: Bytes): boolean {
  if (isAscii(bytes)) return true;
  try {
    STRICT_UTF8.decode(Buffer.from(bytes, 'latin1'));
    return true;
  } catch {
    return false;
  }
}

/** Raw bytes to a binary string (copies). */
export function fromBuffer(data: Uint8Array | ArrayBuffer, start = 0, end?: number): Bytes {
  const buffer = data instanceof Uint8Array ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
  return latin1(buffer, start, end ?? buffer.length);
}

/** Up to here a loop over the chars beats a call into the runtime. */
const SHORT = 64;

/** A binary string to raw bytes (copies). */
export function toBuffer(bytes: Bytes): Uint8Array<ArrayBuffer> {
  const { length } = bytes;
  if (length > SHORT) return Buffer.from(bytes, 'latin1');
  const data = new Uint8Array(length);
  for (let i = 0; i < length; i++) data[i] = bytes.charCodeAt(i);
  return data;
}

/** Writes a binary string into raw bytes from `at` on. */
export function copyInto(bytes: Bytes, target: Uint8Array, at: number): void {
  const buffer = Buffer.from(target.buffer, target.byteOffset, target.byteLength);
  (buffer as unknown as Latin1Buffer).latin1Write(bytes, at, bytes.length);
}

/** Shortest substring that V8 represents as a view of its parent instead of a copy. */
const SLICED_STRING_MIN_LENGTH = 13;

/** Through here short strings are copied, without a buffer of their own each. Used within one call only. */
const SCRATCH = Buffer.alloc(4096);

/**
 * A copy that shares no memory with a larger string. A kept substring of 13 or more chars keeps its whole parent (a
 * network frame, say) alive, so whatever enters the keyspace is owned first.
 */
export function own(bytes: Bytes): Bytes {
  const { length } = bytes;
  if (length < SLICED_STRING_MIN_LENGTH) return bytes;
  if (length <= SCRATCH.length) {
    (SCRATCH as unknown as Latin1Buffer).latin1Write(bytes, 0, length);
    return latin1(SCRATCH, 0, length);
  }
  return latin1(Buffer.from(bytes, 'latin1'), 0, bytes.length);
}
