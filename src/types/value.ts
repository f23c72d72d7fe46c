// What a key can hold. A string that is only ever replaced is a plain binary string; everything else is a class of
// this folder, which is the API that command handlers call.

import type { Bytes } from '../bytes/bytes';
import type { ArrayValue } from './array';
import type { BloomFilter } from './bloom';
import type { CountMinSketch } from './count-min';
import type { CuckooFilter } from './cuckoo';
import type { HashValue } from './hash';
import type { JsonDocument } from './json/document';
import type { ListValue } from './list';
import type { SetValue } from './set';
import type { StreamValue } from './stream/value';
import { type StringBuffer, stringEncoding } from './string';
import type { TopK } from './top-k';
import type { ZSetValue } from './zset';

export type StringValue = Bytes | StringBuffer;
export type Collection = ListValue | SetValue | HashValue | ZSetValue | ArrayValue;
/** What Redis has in modules. None of them is ever empty. */
export type ModuleValue = JsonDocument | BloomFilter | CuckooFilter | CountMinSketch | TopK;
export type Value = StringValue | Collection | StreamValue | ModuleValue;

/** What TYPE answers. */
export type TypeName = 'string' | 'list' | 'set' | 'zset' | 'hash' | 'stream' | 'array' | ModuleValue['type'];

export function typeOf(value: Value): TypeName {
  return typeof value === 'string' ? 'string' : value.type;
}

/** What OBJECT ENCODING answers. */
export function encodingOf(value: Value): string {
  return typeof value === 'string' || value.type === 'string' ? stringEncoding(value) : value.encoding();
}

const MODULE_TYPES: ReadonlySet<TypeName> = new Set<ModuleValue['type']>(['ReJSON-RL', 'MBbloom--', 'MBbloomCF', 'CMSk-TYPE', 'TopK-TYPE']);

export function isModuleValue(value: Value): value is ModuleValue {
  return typeof value !== 'string' && MODULE_TYPES.has(value.type);
}

/** The earliest deadline of a field, where the value is a hash with such fields. */
export function fieldDeadlineOf(value: Value): number | undefined {
  return typeof value !== 'string' && value.type === 'hash' ? value.earliestDeadline : undefined;
}

/** A collection with no element left does not exist: the keyspace removes it. */
export function isEmptyCollection(value: Value): boolean {
  return typeof value !== 'string' && value.type !== 'string' && value.type !== 'stream' && !isModuleValue(value) && value.size === 0;
}
