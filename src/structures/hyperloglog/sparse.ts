// The sparse form of a HyperLogLog: runs of registers with the same value, in one or two bytes each.
//
//   00nnnnnn            n + 1 registers that are 0                            up to 64
//   01nnnnnn nnnnnnnn   n + 1 registers that are 0                            up to 16,384
//   1vvvvvnn            n + 1 registers that are v + 1, which is up to 32     up to 4
//
// How runs are split and joined is part of the format here: the same elements must leave the same bytes as in Redis.

import { REGISTERS } from './hash';

/** Bytes that can be changed in place. What `view` gave is good until the length changes. */
export interface EditableBytes {
  view(): Uint8Array;
  splice(at: number, removed: number, inserted: ArrayLike<number>): void;
}

const LONG_ZEROS = 0x40;
const VALUES = 0x80;
const MAX_VALUE = 32;
const MAX_VALUE_RUN = 4;
const MAX_SHORT_ZERO_RUN = 64;
/** Runs that can be joined after one was split: it, its parts and its neighbours (hyperloglog.c hllSparseSet). */
const JOINED_RUNS = 5;

interface Run {
  /** 0 for registers that are 0. */
  readonly value: number;
  /** Registers. */
  readonly length: number;
  /** Bytes. */
  readonly size: 1 | 2;
}

function runAt(data: Uint8Array, at: number): Run {
  const byte = data[at] as number;
  if (byte & VALUES) return { value: ((byte >> 2) & 0x1f) + 1, length: (byte & 3) + 1, size: 1 };
  // A second byte that is missing is read as 0, as the end of a string is in Redis.
  if (byte & LONG_ZEROS) return { value: 0, length: (((byte & 0x3f) << 8) | (data[at + 1] ?? 0)) + 1, size: 2 };
  return { value: 0, length: byte + 1, size: 1 };
}

function zeros(length: number): number[] {
  return length > MAX_SHORT_ZERO_RUN ? [LONG_ZEROS | ((length - 1) >> 8), (length - 1) & 0xff] : [length - 1];
}

function values(value: number, length: number): number {
  return VALUES | ((value - 1) << 2) | (length - 1);
}

/** No registers but ones that are 0. */
export const ALL_ZEROS: readonly number[] = zeros(REGISTERS);

/** Visits the runs from `start` on, and returns how many registers they are. */
export function walkRuns(data: Uint8Array, start: number, visit: (value: number, length: number, first: number) => void): number {
  let first = 0;
  for (let at = start; at < data.length; ) {
    const { value, length, size } = runAt(data, at);
    visit(value, length, first);
    first += length;
    at += size;
  }
  return first;
}

/** As PFDEBUG DECODE prints the runs. */
export function printRuns(data: Uint8Array, start: number): string {
  const printed: string[] = [];
  for (let at = start; at < data.length; ) {
    const { value, length, size } = runAt(data, at);
    if (value > 0) printed.push(`v:${value},${length}`);
    else printed.push(`${size === 2 ? 'Z' : 'z'}:${length}`);
    at += size;
  }
  return printed.join(' ');
}

/** `dense`: the register cannot be raised in the sparse form, and nothing was changed. */
export type SparseOutcome = 'raised' | 'unchanged' | 'dense' | 'corrupt';

/**
 * Raises a register to `count` unless it is as high already.
 * @param start where the runs begin
 * @param maxBytes longer than this, with what is before `start`, it is not to become
 */
export function raiseSparse(target: EditableBytes, start: number, register: number, count: number, maxBytes: number): SparseOutcome {
  if (count > MAX_VALUE) return 'dense';
  const data = target.view();
  let at = start;
  let previous = start;
  let first = 0;
  let run: Run | undefined;
  while (at < data.length) {
    run = runAt(data, at);
    if (register < first + run.length) break;
    previous = at;
    at += run.size;
    first += run.length;
  }
  if (run === undefined || at >= data.length) return 'corrupt';
  if (run.value >= count) return 'unchanged';
  const split = splitRun(run, register - first, count);
  const growth = split.length - run.size;
  if (growth > 0 && data.length + growth > maxBytes) return 'dense';
  // A run without its second byte ends the string: then what replaces it ends one byte too early too, as in Redis.
  const missing = Math.max(at + run.size - data.length, 0);
  const replacement = missing > 0 ? split.slice(0, -missing) : split;
  if (growth === 0) data.set(replacement, at);
  else target.splice(at, run.size - missing, replacement);
  joinRuns(target, previous);
  return 'raised';
}

/** A run in which the register at `offset` has another value. */
function splitRun({ value, length }: Run, offset: number, count: number): number[] {
  const rest = length - offset - 1;
  const same = (registers: number): number[] => (value === 0 ? zeros(registers) : [values(value, registers)]);
  return [...(offset > 0 ? same(offset) : []), values(count, 1), ...(rest > 0 ? same(rest) : [])];
}

/** Joins runs of one value that are next to each other, at and after `start`. */
function joinRuns(target: EditableBytes, start: number): void {
  let data = target.view();
  let at = start;
  for (let left = JOINED_RUNS; left > 0 && at < data.length; left--) {
    const run = runAt(data, at);
    if (run.value > 0 && at + 1 < data.length) {
      const next = runAt(data, at + 1);
      const length = run.length + next.length;
      if (next.value === run.value && length <= MAX_VALUE_RUN) {
        target.splice(at, 2, [values(run.value, length)]);
        data = target.view();
        continue;
      }
    }
    at += run.size;
  }
}
