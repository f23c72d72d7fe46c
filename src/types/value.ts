// What a key can hold. A string that is only ever replaced is a plain binary string; everything else is a class of
// this folder, which is the API that command handlers call.

import type { Bytes } from '../bytes/bytes';
import type { HashValue } from './hash';
import type { JsonDocument } from './json/document';
import type { ListValue } from './list';
import type { SetValue } from './set';
import { type StringBuffer, stringEncoding } from './string';
import type { ZSetValue } from './zset';

export type StringValue = Bytes | StringBuffer;
export type Collection = ListValue | SetValue | HashValue | ZSetValue;
export type Value = StringValue | Collection | JsonDocument;

/** What TYPE answers. */
export type TypeName = 'string' | 'list' | 'set' | 'zset' | 'hash' | 'ReJSON-RL';

export function typeOf(value: Value): TypeName {
  return typeof value === 'string' ? 'string' : value.type;
}

/** What OBJECT ENCODING answers. */
export function encodingOf(value: Value): string {
  return typeof value === 'string' || value.type === 'string' ? stringEncoding(value) : value.encoding();
}

/** A collection with no element left does not exist: the keyspace removes it. */
export function isEmptyCollection(value: Value): boolean {
  return typeof value !== 'string' && value.type !== 'string' && value.type !== 'ReJSON-RL' && value.size === 0;
}
