// Digests of values and of whole datasets, equal to those of redis-server for the same data (debug.c): two servers hold
// the same when their digests are equal. Parts without an order are mixed by exclusive or, parts with one by a chain.

import { ascii, type Bytes } from '../bytes/bytes';
import { formatDouble17g } from '../bytes/double';
import { sha1, sha1Hex, sha1OfWords } from '../bytes/sha1';
import { MAX_ID, MIN_ID, msOf, sequenceOf } from './stream/id';
import { bytesOf } from './string';
import { isModuleValue, type TypeName, typeOf, type Value } from './value';

/** 160 bits. */
type Digest = Int32Array;

const WORDS = 5;
/** To Redis all types of modules are one; what they add to the digest is theirs. Here it is their stored form. */
const MODULE_MARK = ascii('\0\0\0\x05');
/** Redis' numbers of its types, as four bytes in network order. */
const TYPE_MARKS: Readonly<Record<TypeName, Bytes>> = {
  string: ascii('\0\0\0\0'),
  list: ascii('\0\0\0\x01'),
  set: ascii('\0\0\0\x02'),
  zset: ascii('\0\0\0\x03'),
  hash: ascii('\0\0\0\x04'),
  stream: ascii('\0\0\0\x06'),
  array: ascii('\0\0\0\x08'),
  'ReJSON-RL': MODULE_MARK,
  'MBbloom--': MODULE_MARK,
  MBbloomCF: MODULE_MARK,
  'CMSk-TYPE': MODULE_MARK,
  'TopK-TYPE': MODULE_MARK,
};
const EXPIRE_MARK = ascii('!!expire!!');
/** Since 7.4: the field has a deadline, whichever. */
const FIELD_EXPIRE_MARK = ascii('!!hexpire!!');
const DATABASE_MARK = ascii('\0\0\0\0');

const scratch = new Int32Array(WORDS);
const element = new Int32Array(WORDS);

function xor(digest: Digest, words: Digest): void {
  for (let i = 0; i < WORDS; i++) (digest[i] as number) ^= words[i] as number;
}

/** Where order does not count. */
function blend(digest: Digest, data: Bytes): void {
  sha1(data, scratch);
  xor(digest, scratch);
}

/** Where order counts: the digest so far is part of the next one. */
function chain(digest: Digest, data: Bytes): void {
  blend(digest, data);
  sha1OfWords(digest, digest);
}

/** An element of two parts that belong together, among elements without an order. */
function blendCouple(digest: Digest, name: Bytes, value: Bytes, volatile = false): void {
  element.fill(0);
  chain(element, name);
  chain(element, value);
  if (volatile) blend(element, FIELD_EXPIRE_MARK);
  sha1OfWords(element, scratch);
  xor(digest, scratch);
}

function addValue(digest: Digest, value: Value, volatile: boolean): void {
  chain(digest, TYPE_MARKS[typeOf(value)]);
  if (typeof value === 'string' || value.type === 'string') chain(digest, bytesOf(value));
  else if (value.type === 'list') {
    value.ascend(0, (one) => {
      chain(digest, one);
      return true;
    });
  } else if (value.type === 'zset') {
    value.walk(0, value.size, false, (member, score) => blendCouple(digest, member, formatDouble17g(score)));
  } else if (value.type === 'set') {
    for (let place = 0; place < value.size; place++) blend(digest, value.memberAt(place));
  } else if (value.type === 'array') {
    chain(digest, ascii(`${value.cursor ?? ''}`));
    value.ascend(0, (index, one) => {
      blendCouple(digest, ascii(`${index}`), one);
      return true;
    });
  } else if (value.type === 'stream') {
    value.entries.ascend(MIN_ID, MAX_ID, (id, pairs) => {
      chain(digest, ascii(`${msOf(id)}.${sequenceOf(id)}`));
      for (const one of pairs) chain(digest, one);
      return true;
    });
  } else if (isModuleValue(value)) {
    chain(digest, value.type === 'MBbloom--' ? value.whole() : value.encode());
  } else {
    for (let place = 0; place < value.size; place++) {
      const field = value.fieldAt(place);
      blendCouple(digest, field, value.valueAt(place), value.deadlineOf(field) !== undefined);
    }
  }
  if (volatile) blend(digest, EXPIRE_MARK);
}

/** The digest of one value. `volatile`: its key has a deadline, whichever. */
export function valueDigest(value: Value, volatile: boolean): Digest {
  const digest = new Int32Array(WORDS);
  addValue(digest, value, volatile);
  return digest;
}

/** The digest of all keys of a database, in any order. */
export class DatasetDigest {
  private readonly total = new Int32Array(WORDS);
  private readonly entry = new Int32Array(WORDS);
  private empty = true;

  add(key: Bytes, value: Value, volatile: boolean): void {
    if (this.empty) chain(this.total, DATABASE_MARK);
    this.empty = false;
    this.entry.fill(0);
    chain(this.entry, key);
    addValue(this.entry, value, volatile);
    sha1OfWords(this.entry, scratch);
    xor(this.total, scratch);
  }

  hex(): string {
    return sha1Hex(this.total);
  }
}

/** The digest of a dataset that lies in parts: `digests` are those of the parts. */
export function joinDigests(digests: readonly string[]): string {
  const total = new Int32Array(WORDS);
  const mark = new Int32Array(WORDS);
  chain(mark, DATABASE_MARK);
  let empty = true;
  for (const digest of digests) {
    const words = Int32Array.from({ length: WORDS }, (_, i) => Number.parseInt(digest.slice(i * 8, i * 8 + 8), 16));
    if (words.every((word) => word === 0)) continue;
    // Each part that is not empty brings the mark of the database, the whole has it once.
    xor(total, words);
    xor(total, mark);
    empty = false;
  }
  if (!empty) xor(total, mark);
  return sha1Hex(total);
}
