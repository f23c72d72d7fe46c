// LZF, the compression of strings in RDB files: runs of literal bytes, and references to what came before.
//
//   000LLLLL                    L+1 literal bytes follow
//   LLLooooo oooooooo           copy L+2 bytes (L from 1 to 6) from o+1 bytes back
//   111ooooo LLLLLLLL oooooooo  copy L+9 bytes
//
// Any reader of the format reads what this writes. It looks for references where liblzf does, so that mostly the result
// is the same as Redis'.

export const MAX_LITERALS = 32;
export const MAX_OFFSET = 1 << 13;
const MAX_COPY = 264;
export const LONG_COPY = 7;
/** Shorter copies would not save anything. */
const MIN_COPY = 3;

const HASH_SIZE = 1 << 16;
/** By the hash of three bytes: where they were last seen. Positions of former calls are below those of the running one. */
const seen = new Int32Array(HASH_SIZE);
let seenBase = 1;
/** Positions start again before they leave 31 bits. */
const MAX_BASE = 2 ** 30;

/** Where the three bytes at `at` are looked for. */
function slotOf(data: Uint8Array, at: number): number {
  const three = ((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number);
  return ((three >>> 8) - three * 5) & (HASH_SIZE - 1);
}

/** How many bytes from two places on are the same, up to `most`. */
function matchLength(data: Uint8Array, a: number, b: number, most: number): number {
  let length = MIN_COPY;
  while (length < most && data[a + length] === data[b + length]) length++;
  return length;
}

/** The compressed form of `data`, or undefined when that would be longer than `limit` bytes. */
export function lzfCompress(data: Uint8Array, limit: number): Uint8Array | undefined {
  if (data.length === 0 || limit <= 0) return undefined;
  if (seenBase + data.length > MAX_BASE) {
    seen.fill(0);
    seenBase = 1;
  }
  const base = seenBase;
  seenBase += data.length;
  return new Compression(data, new Uint8Array(limit), base).run();
}

class Compression {
  private at = 0;
  /** The next byte to write; the one before the current run of literals is kept for its length. */
  private to = 1;
  private literals = 0;

  constructor(
    private readonly data: Uint8Array,
    private readonly target: Uint8Array,
    private readonly base: number,
  ) {}

  run(): Uint8Array | undefined {
    const { data, target } = this;
    /** From here on there are no three bytes. */
    const end = data.length - 2;
    while (this.at < end) {
      const from = this.reference();
      if (from < 0) {
        if (this.to >= target.length) return undefined;
        this.literal();
      } else if (!this.copy(from)) return undefined;
    }
    if (this.to + 3 > target.length) return undefined;
    while (this.at < data.length) this.literal();
    this.endLiterals();
    return target.slice(0, this.to);
  }

  /** Where the next three bytes were before, near enough; -1 when nowhere. */
  private reference(): number {
    const { data, at, base } = this;
    const slot = slotOf(data, at);
    const from = (seen[slot] as number) - base;
    seen[slot] = base + at;
    if (from <= 0 || at - from > MAX_OFFSET) return -1;
    return data[from] === data[at] && data[from + 1] === data[at + 1] && data[from + 2] === data[at + 2] ? from : -1;
  }

  private literal(): void {
    this.target[this.to++] = this.data[this.at++] as number;
    if (++this.literals === MAX_LITERALS) {
      this.target[this.to - MAX_LITERALS - 1] = MAX_LITERALS - 1;
      this.literals = 0;
      this.to++;
    }
  }

  private endLiterals(): void {
    if (this.literals === 0) this.to--;
    else this.target[this.to - this.literals - 1] = this.literals - 1;
    this.literals = 0;
  }

  /** False when there is no room. */
  private copy(from: number): boolean {
    const { data, target, base } = this;
    if (this.to - (this.literals === 0 ? 1 : 0) + 4 >= target.length) return false;
    this.endLiterals();
    const offset = this.at - from - 1;
    const length = matchLength(data, from, this.at, Math.min(MAX_COPY, data.length - this.at - 2));
    const code = length - 2;
    if (code < LONG_COPY) target[this.to++] = (offset >> 8) | (code << 5);
    else {
      target[this.to++] = (offset >> 8) | (LONG_COPY << 5);
      target[this.to++] = code - LONG_COPY;
    }
    target[this.to++] = offset & 0xff;
    this.to++;
    this.at += length;
    // Of the bytes that were copied, only the last two places are found again.
    if (this.at < data.length - 2) for (let at = this.at - 2; at < this.at; at++) seen[slotOf(data, at)] = base + at;
    return true;
  }
}

/** Undefined when the data is corrupt or makes another number of bytes than `length`. */
export function lzfDecompress(data: Uint8Array, length: number): Uint8Array | undefined {
  const target = new Uint8Array(length);
  let to = 0;
  for (let at = 0; at < data.length; ) {
    const control = data[at++] as number;
    if (control < MAX_LITERALS) {
      const end = at + control + 1;
      if (end > data.length || to + control + 1 > length) return undefined;
      while (at < end) target[to++] = data[at++] as number;
      continue;
    }
    let count = (control >> 5) + 2;
    if (control >> 5 === LONG_COPY) count += data[at++] ?? Number.NaN;
    const from = to - ((control & 0x1f) << 8) - (data[at++] ?? Number.NaN) - 1;
    // What the data lacks is not a number, and fails both.
    if (!(from >= 0 && to + count <= length)) return undefined;
    // Byte by byte: a copy may reach into itself.
    for (let i = 0; i < count; i++) target[to++] = target[from + i] as number;
  }
  return to === length ? target : undefined;
}

/** No data of this many bytes makes more than that. */
export function lzfMaxDecompressed(length: number): number {
  return length * Math.ceil(MAX_COPY / 3);
}
