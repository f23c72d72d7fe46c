// HyperLogLogs as Redis keeps them in a string, byte for byte (hyperloglog.c): a header, and 16,384 registers of 6 bits,
// either all of them (dense) or as runs (sparse, sparse.ts).
//
//   "HYLL"  encoding (0 dense, 1 sparse)  3 unused bytes  cardinality (8 bytes, little endian)  registers
//
// The cardinality is what was counted last. Its highest bit says that it does not hold any more.

import type { Bytes } from '../../bytes/bytes';
import { estimate, newHistogram } from './estimate';
import { placeOf, REGISTERS } from './hash';
import { ALL_ZEROS, type EditableBytes, printRuns, raiseSparse, walkRuns } from './sparse';

export { REGISTERS } from './hash';

const MAGIC = [0x48, 0x59, 0x4c, 0x4c];
const ENCODING_AT = 4;
const DENSE = 0;
const SPARSE = 1;
const CARDINALITY_AT = 8;
const STALE_AT = 15;
const STALE = 0x80;
export const HEADER_BYTES = 16;
const REGISTER_BITS = 6;
const REGISTER_MAX = (1 << REGISTER_BITS) - 1;
const DENSE_BYTES = HEADER_BYTES + (REGISTERS * REGISTER_BITS) / 8;

/** One without elements. */
export function newHyperLogLog(): number[] {
  return [...MAGIC, SPARSE, ...new Array<number>(HEADER_BYTES - ENCODING_AT - 1).fill(0), ...ALL_ZEROS];
}

/** Whether a string of `length` bytes that begins with `header` can be one. The runs of a sparse one are not looked at. */
export function isHyperLogLog(header: Uint8Array, length: number): boolean {
  if (length < HEADER_BYTES || MAGIC.some((byte, i) => header[i] !== byte)) return false;
  return header[ENCODING_AT] === SPARSE || (header[ENCODING_AT] === DENSE && length === DENSE_BYTES);
}

export function isSparse(data: Uint8Array): boolean {
  return data[ENCODING_AT] === SPARSE;
}

// ---- the dense form

function denseRegister(data: Uint8Array, register: number): number {
  const bit = register * REGISTER_BITS;
  const at = HEADER_BYTES + (bit >> 3);
  return (((data[at] as number) | ((data[at + 1] ?? 0) << 8)) >> (bit & 7)) & REGISTER_MAX;
}

/** All registers, one a byte: four of them are three bytes of the dense form. */
function unpack(data: Uint8Array): Uint8Array {
  const registers = new Uint8Array(REGISTERS);
  for (let register = 0, at = HEADER_BYTES; register < REGISTERS; register += 4, at += 3) {
    const four = (data[at] as number) | ((data[at + 1] as number) << 8) | ((data[at + 2] as number) << 16);
    registers[register] = four & REGISTER_MAX;
    registers[register + 1] = (four >> 6) & REGISTER_MAX;
    registers[register + 2] = (four >> 12) & REGISTER_MAX;
    registers[register + 3] = four >> 18;
  }
  return registers;
}

function setDenseRegister(data: Uint8Array, register: number, value: number): void {
  const bit = register * REGISTER_BITS;
  const at = HEADER_BYTES + (bit >> 3);
  const shift = bit & 7;
  const both = (((data[at] as number) | ((data[at + 1] ?? 0) << 8)) & ~(REGISTER_MAX << shift)) | (value << shift);
  data[at] = both & 0xff;
  // The last register ends with the last byte.
  if (at + 1 < data.length) data[at + 1] = both >> 8;
}

/** Makes a sparse one dense. False when its runs are not those of 16,384 registers. */
export function toDense(target: EditableBytes): boolean {
  const data = target.view();
  const dense = new Uint8Array(DENSE_BYTES);
  dense.set(data.subarray(0, HEADER_BYTES));
  dense[ENCODING_AT] = DENSE;
  const fits = eachValue(data, (register, value) => setDenseRegister(dense, register, value));
  if (fits) target.splice(0, data.length, dense);
  return fits;
}

/** Visits the registers of a sparse one that are not 0. False when there are not 16,384 in all. */
function eachValue(data: Uint8Array, visit: (register: number, value: number) => void): boolean {
  const total = walkRuns(data, HEADER_BYTES, (value, length, first) => {
    if (value === 0 || first + length > REGISTERS) return;
    for (let register = first; register < first + length; register++) visit(register, value);
  });
  return total === REGISTERS;
}

// ---- adding and merging

/**
 * Adds an element. True when that changed a register, undefined when the sparse form is corrupt.
 * @param sparseMaxBytes what would become longer in the sparse form is made dense
 */
export function add(target: EditableBytes, element: Bytes, sparseMaxBytes: number): boolean | undefined {
  const { register, count } = placeOf(element);
  return raise(target, register, count, sparseMaxBytes);
}

/** Raises a register to `count` unless it is as high already. Answers as {@link add}. */
export function raise(target: EditableBytes, register: number, count: number, sparseMaxBytes: number): boolean | undefined {
  if (isSparse(target.view())) {
    const outcome = raiseSparse(target, HEADER_BYTES, register, count, sparseMaxBytes);
    if (outcome === 'corrupt') return undefined;
    if (outcome === 'raised') markStale(target.view());
    if (outcome !== 'dense') return outcome === 'raised';
    if (!toDense(target)) return undefined;
  }
  const data = target.view();
  if (denseRegister(data, register) >= count) return false;
  setDenseRegister(data, register, count);
  return true;
}

/** Raises each of `registers` to what it is in `data`. False when `data` is corrupt. */
export function mergeInto(registers: Uint8Array, data: Uint8Array): boolean {
  const merge = (register: number, value: number): void => {
    if (value > (registers[register] as number)) registers[register] = value;
  };
  if (isSparse(data)) return eachValue(data, merge);
  unpack(data).forEach((value, register) => {
    merge(register, value);
  });
  return true;
}

// ---- reading

/** All registers of a dense one. */
export function registersOf(data: Uint8Array): number[] {
  return [...unpack(data)];
}

/** The runs of a sparse one, for people. */
export function printSparse(data: Uint8Array): string {
  return printRuns(data, HEADER_BYTES);
}

/** Counts the elements anew, from the registers. Undefined when the sparse form is corrupt. */
export function countElements(data: Uint8Array): number | bigint | undefined {
  if (!isSparse(data)) return countRegisters(unpack(data));
  const histogram = newHistogram();
  const total = walkRuns(data, HEADER_BYTES, (value, length) => {
    histogram[value] = (histogram[value] as number) + length;
  });
  return total === REGISTERS ? estimate(histogram) : undefined;
}

/** Counts the elements that registers, one a byte, tell of. */
export function countRegisters(registers: Uint8Array): number | bigint {
  const histogram = newHistogram();
  for (const value of registers) (histogram[value] as number)++;
  return estimate(histogram);
}

// ---- the cardinality in the header

export function markStale(data: Uint8Array): void {
  data[STALE_AT] = (data[STALE_AT] as number) | STALE;
}

/** What was counted last, or undefined when that does not hold any more. */
export function keptCount(data: Uint8Array): number | bigint | undefined {
  if ((data[STALE_AT] as number) & STALE) return undefined;
  const count = new DataView(data.buffer, data.byteOffset).getBigInt64(CARDINALITY_AT, true);
  return Number.isSafeInteger(Number(count)) ? Number(count) : count;
}

export function keepCount(data: Uint8Array, count: number | bigint): void {
  new DataView(data.buffer, data.byteOffset).setBigInt64(CARDINALITY_AT, BigInt(count), true);
}
