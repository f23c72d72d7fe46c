// Words that messages and reports share.

import { type Bytes, isUtf8, toText } from '../bytes/bytes';
import { grouped } from './progress';

/** Why a key was left out that was to be. */
export const CONFLICT = 'was at the target already';

/** Errors of the target that every other key would meet too. */
export const FATAL_CODES: readonly string[] = ['OOM', 'NOPERM', 'NOAUTH', 'READONLY', 'MISCONF', 'LOADING', 'CLUSTERDOWN'];

/** A key as one can read it. */
export function nameOf(key: Bytes): string {
  return JSON.stringify(isUtf8(key) ? toText(key) : key);
}

/** 1 key, 1,234 keys */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** A line for each type of which there are keys, by its name. */
export function typeLines(counts: Iterable<readonly [type: string, count: number]>): string[] {
  return byName(counts).map(([type, count]) => `  ${type.padEnd(12)} ${grouped(count)}`);
}

export function byName(counts: Iterable<readonly [name: string, count: number]>): (readonly [name: string, count: number])[] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
