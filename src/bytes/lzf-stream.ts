// Decompression of LZF piece by piece, for strings that are too long to be in memory as a whole.

import { LONG_COPY, MAX_LITERALS, MAX_OFFSET } from './lzf';

/** How much is handed out at once, at most. */
const PIECE_BYTES = 256 * 1024;

export class LzfStream {
  /** What a copy may reach back to, then what has not been handed out yet. */
  private readonly target = new Uint8Array(MAX_OFFSET + PIECE_BYTES);
  private to = 0;
  /** Where what has not been handed out begins. */
  private from = 0;
  /** Bytes that are still to come out. */
  private left: number;
  /** Of the running instruction: literal bytes that are missing, or the bytes of it that are there. */
  private literals = 0;
  private readonly instruction: number[] = [];

  constructor(length: number) {
    this.left = length;
  }

  /** All has come out, and nothing is begun. */
  get done(): boolean {
    return this.left === 0 && this.literals === 0 && this.instruction.length === 0;
  }

  /** Takes more of the data; returns what comes out, undefined when the data is corrupt or makes more bytes than were said. */
  push(data: Uint8Array): Uint8Array[] | undefined {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < data.length; ) {
      if (this.literals > 0) {
        const count = Math.min(this.literals, data.length - at);
        this.makeRoom(count, pieces);
        this.target.set(data.subarray(at, at + count), this.to);
        this.to += count;
        this.literals -= count;
        at += count;
      } else if (!this.take(data[at++] as number, pieces)) return undefined;
    }
    this.handOut(pieces);
    return pieces;
  }

  /** Takes a byte of an instruction. */
  private take(byte: number, pieces: Uint8Array[]): boolean {
    const { instruction } = this;
    if (instruction.length === 0 && byte < MAX_LITERALS) {
      this.literals = byte + 1;
      this.left -= byte + 1;
      return this.left >= 0;
    }
    instruction.push(byte);
    const control = instruction[0] as number;
    const isLong = control >> 5 === LONG_COPY;
    if (instruction.length < (isLong ? 3 : 2)) return true;
    const count = (control >> 5) + 2 + (isLong ? (instruction[1] as number) : 0);
    const back = ((control & 0x1f) << 8) + byte + 1;
    instruction.length = 0;
    this.left -= count;
    return this.left >= 0 && this.copy(back, count, pieces);
  }

  private copy(back: number, count: number, pieces: Uint8Array[]): boolean {
    this.makeRoom(count, pieces);
    const { target } = this;
    const from = this.to - back;
    if (from < 0) return false;
    for (let i = 0; i < count; i++) target[this.to++] = target[from + i] as number;
    return true;
  }

  private makeRoom(count: number, pieces: Uint8Array[]): void {
    if (this.to + count <= this.target.length) return;
    this.handOut(pieces);
    const kept = Math.min(this.to, MAX_OFFSET);
    this.target.copyWithin(0, this.to - kept, this.to);
    this.to = kept;
    this.from = kept;
  }

  private handOut(pieces: Uint8Array[]): void {
    if (this.to > this.from) pieces.push(this.target.slice(this.from, this.to));
    this.from = this.to;
  }
}
