// Values of modules in RDB: the name of the type with the version of its form, in one number, then the elements of the
// form, each behind a mark that says what it is. The forms are those of RedisJSON and RedisBloom. An array, which Redis
// has without a module and in a form that is not published, goes under a name of our own.

import { ascii, type Bytes, copyInto, EMPTY, fromBuffer, isUtf8 } from '../../bytes/bytes';
import { type Int64, narrow, parseUint64 } from '../../bytes/integer';
import { ArrayValue, INDEX_END, type Index } from '../array';
import { BloomFilter } from '../bloom';
import { CountMinSketch, fromCounters, toCounters } from '../count-min';
import { CUCKOO_HEADER_BYTES, CuckooFilter } from '../cuckoo';
import { JsonDocument } from '../json/document';
import { JsonFault } from '../json/parse';
import type { EncodingLimits } from '../limits';
import { TopK } from '../top-k';
import type { ModuleValue } from '../value';
import { ModuleReader, ModuleWriter } from './module-elements';
import { RdbError, type RdbReader } from './reader';
import type { RdbWriter } from './writer';

interface Form<V> {
  /** Nine chars. */
  readonly name: string;
  /** The one that is written, and the only one that is read. */
  readonly version: number;
  write(out: ModuleWriter, value: V): void;
  /** Undefined where what was read is no such value. */
  read(elements: ModuleReader, limits: EncodingLimits): V | undefined;
}

/** A document as text. */
const JSON_FORM: Form<JsonDocument> = {
  name: 'ReJSON-RL',
  version: 3,
  write: (out, document) => out.string(document.encode()),
  read(elements) {
    const text = elements.string();
    if (!isUtf8(text)) return undefined;
    // A few chars make a node of many bytes.
    elements.charge(text.length * 8);
    return JsonDocument.decode(text);
  },
};

const BLOOM_HEADER_BYTES = 20;
const BLOOM_LINK_BYTES = 53;

/** The chain, and each of its filters with its bits. */
const BLOOM_FORM: Form<BloomFilter> = {
  name: 'MBbloom--',
  version: 4,
  write(out, filter) {
    const header = viewOf(filter.header());
    const count = header.getUint32(8, true);
    out.unsigned(header.getBigUint64(0, true));
    for (const at of [8, 12, 16]) out.unsigned(header.getUint32(at, true));
    let place = 0;
    for (let i = 0; i < count; i++) {
      const at = BLOOM_HEADER_BYTES + BLOOM_LINK_BYTES * i;
      const bytes = Number(header.getBigUint64(at, true));
      out.unsigned(header.getBigUint64(at + 44, true));
      out.double(header.getFloat64(at + 24, true));
      out.unsigned(header.getUint32(at + 40, true));
      out.double(header.getFloat64(at + 32, true));
      out.unsigned(header.getBigUint64(at + 8, true));
      out.unsigned(header.getUint8(at + 52));
      out.string(filter.chunk(place, bytes) as Bytes);
      out.unsigned(header.getBigUint64(at + 16, true));
      place += bytes;
    }
  },
  read(elements) {
    const items = elements.unsigned();
    const count = elements.unsigned();
    if (count > elements.left) return undefined;
    const header = new DataView(new ArrayBuffer(BLOOM_HEADER_BYTES + BLOOM_LINK_BYTES * count));
    header.setBigUint64(0, BigInt(items), true);
    header.setUint32(8, count, true);
    for (const at of [12, 16]) header.setUint32(at, elements.unsigned(), true);
    const bits: Bytes[] = [];
    for (let i = 0; i < count; i++) {
      const at = BLOOM_HEADER_BYTES + BLOOM_LINK_BYTES * i;
      header.setBigUint64(at + 44, BigInt(elements.unsigned()), true);
      header.setFloat64(at + 24, elements.double(), true);
      header.setUint32(at + 40, elements.unsigned(), true);
      header.setFloat64(at + 32, elements.double(), true);
      header.setBigUint64(at + 8, BigInt(elements.unsigned()), true);
      header.setUint8(at + 52, elements.unsigned());
      bits.push(elements.string());
      header.setBigUint64(at, BigInt((bits.at(-1) as Bytes).length), true);
      header.setBigUint64(at + 16, BigInt(elements.unsigned()), true);
    }
    return loaded(BloomFilter.fromHeader(fromBuffer(header.buffer)), bits);
  },
};

const CUCKOO_FORM: Form<CuckooFilter> = {
  name: 'MBbloomCF',
  version: 4,
  write(out, filter) {
    const header = viewOf(filter.header());
    const [items, buckets, deleted, count] = [0, 8, 16, 24].map((at) => Number(header.getBigUint64(at, true))) as [
      number,
      number,
      number,
      number,
    ];
    const [bucketSize, maxIterations, expansion] = [32, 34, 36].map((at) => header.getUint16(at, true)) as [number, number, number];
    for (const one of [count, buckets, items, deleted, bucketSize, maxIterations, expansion]) out.unsigned(one);
    let place = 0;
    for (let i = 0, size = buckets; i < count; i++, size *= expansion) {
      out.unsigned(size);
      out.string(filter.chunk(place, size * bucketSize) as Bytes);
      place += size * bucketSize;
    }
  },
  read(elements) {
    const header = new DataView(new ArrayBuffer(CUCKOO_HEADER_BYTES));
    const count = elements.unsigned();
    for (const at of [8, 0, 16]) header.setBigUint64(at, BigInt(elements.unsigned()), true);
    header.setBigUint64(24, BigInt(count), true);
    for (const at of [32, 34, 36]) {
      const value = elements.unsigned();
      if (value > 0xffff) return undefined;
      header.setUint16(at, value, true);
    }
    const buckets: Bytes[] = [];
    for (let i = 0; i < count; i++) {
      elements.unsigned();
      buckets.push(elements.string());
    }
    return loaded(CuckooFilter.fromHeader(fromBuffer(header.buffer)), buckets);
  },
};

/** Fills a filter, of which the header was read, with its parts, which must be as many bytes as it has. */
function loaded<F extends { loadChunk(from: number, data: Bytes): boolean; readonly bytes: number }>(
  filter: F | undefined,
  parts: readonly Bytes[],
): F | undefined {
  let place = 0;
  for (const part of parts) {
    if (!filter?.loadChunk(place, part)) return undefined;
    place += part.length;
  }
  return filter?.bytes === place ? filter : undefined;
}

const SKETCH_FORM: Form<CountMinSketch> = {
  name: 'CMSk-TYPE',
  version: 0,
  write(out, sketch) {
    out.unsigned(sketch.width);
    out.unsigned(sketch.depth);
    out.unsigned(sketch.count);
    out.string(sketch.counterBytes());
  },
  read(elements) {
    const [width, depth] = [elements.unsigned(), elements.unsigned()];
    const sum = BigInt.asIntN(64, BigInt(elements.unsigned64()));
    return CountMinSketch.fromCounters(width, depth, sum, elements.string());
  },
};

const COUNTER_BYTES = 4;
/** Of RedisBloom's struct for a place of the heap: fingerprint, length of the item, a pointer, count, padding. */
const PLACE_BYTES = 24;

const TOP_K_FORM: Form<TopK> = {
  name: 'TopK-TYPE',
  version: 0,
  write(out, { options: { k, width, depth, decay }, parts }) {
    for (const one of [k, width, depth]) out.unsigned(one);
    out.double(decay);
    const { fingerprints, counts, heap } = parts;
    const buckets = new Uint32Array(counts.length * 2);
    for (let i = 0; i < counts.length; i++) {
      buckets[i * 2] = fingerprints[i] as number;
      buckets[i * 2 + 1] = counts[i] as number;
    }
    out.string(fromCounters(buckets));
    const places = new DataView(new ArrayBuffer(PLACE_BYTES * k));
    for (const [i, { item, count }] of heap.entries()) {
      if (item !== undefined) places.setUint32(i * PLACE_BYTES, TopK.fingerprintOf(item), true);
      places.setUint32(i * PLACE_BYTES + 4, item?.length ?? 0, true);
      places.setUint32(i * PLACE_BYTES + 16, count, true);
    }
    out.string(fromBuffer(places.buffer));
    // With the zero byte at the end of a C string.
    for (const { item } of heap) out.string(ascii(`${item ?? EMPTY}\0`));
  },
  read(elements) {
    const [k, width, depth] = [elements.unsigned(), elements.unsigned(), elements.unsigned()];
    const decay = elements.double();
    const buckets = counters(elements.string(), width * depth * 2);
    const places = viewOf(elements.string());
    if (!buckets || places.byteLength !== k * PLACE_BYTES || !(decay >= 0 && decay <= 1)) return undefined;
    const heap: { item: Bytes | undefined; count: number }[] = [];
    for (let i = 0; i < k; i++) {
      const item = elements.string().slice(0, -1) as Bytes;
      const count = places.getUint32(i * PLACE_BYTES + 16, true);
      heap.push({ item: count === 0 && item === '' ? undefined : item, count });
    }
    const fingerprints = buckets.filter((_, i) => i % 2 === 0);
    return TopK.fromParts({ k, width, depth, decay }, { fingerprints, counts: buckets.filter((_, i) => i % 2 === 1), heap });
  },
};

function counters(data: Bytes, count: number): Uint32Array | undefined {
  return data.length === count * COUNTER_BYTES ? toCounters(data, count) : undefined;
}

const ARRAY_VERSION = 1;

/** The cursor as a text, which may be empty; how many elements there are; and each with its index. */
const ARRAY_FORM: Form<ArrayValue> = {
  name: 'Kedge-Arr',
  version: ARRAY_VERSION,
  write(out, array) {
    out.string(ascii(array.cursor === undefined ? '' : `${array.cursor}`));
    out.unsigned(array.size);
    array.ascend(0, (index, value) => {
      out.unsigned(index);
      out.string(value);
      return true;
    });
  },
  read(elements, limits) {
    const array = new ArrayValue(limits);
    const cursor = arrayCursor(elements);
    let before = -1n;
    for (let left = elements.unsigned(); left > 0; left--) {
      const index = elements.unsigned64();
      if (BigInt(index) <= before || BigInt(index) >= INDEX_END) return undefined;
      before = BigInt(index);
      array.set(index, elements.string());
    }
    array.cursor = cursor;
    return array.size === 0 ? undefined : array;
  },
};

function viewOf(bytes: Bytes): DataView {
  const view = new DataView(new ArrayBuffer(bytes.length));
  copyInto(bytes, new Uint8Array(view.buffer), 0);
  return view;
}

/** What an array begins with. */
export function arrayCursor(elements: ModuleReader): Index | undefined {
  const text = elements.string();
  if (text === '') return undefined;
  const index = parseUint64(text);
  if (index === undefined || index >= INDEX_END) throw new RdbError('a cursor of an array that is no index');
  return narrow(index);
}

type Framed = ModuleValue | ArrayValue;

/** By the type of a value. */
const FORMS: { readonly [Type in Framed['type']]: Form<Extract<Framed, { readonly type: Type }>> } = {
  'ReJSON-RL': JSON_FORM,
  'MBbloom--': BLOOM_FORM,
  MBbloomCF: CUCKOO_FORM,
  'CMSk-TYPE': SKETCH_FORM,
  'TopK-TYPE': TOP_K_FORM,
  array: ARRAY_FORM,
};

const NAME_CHARS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const NAME_LENGTH = 9;
const CHAR_BITS = 6n;
const VERSION_BITS = 10n;

/** Nine chars of six bits, then ten bits of version. */
function numberOf({ name, version }: Pick<Form<never>, 'name' | 'version'>): bigint {
  let number = 0n;
  for (const char of name) number = (number << CHAR_BITS) | BigInt(NAME_CHARS.indexOf(char));
  return (number << VERSION_BITS) | BigInt(version);
}

export function encodeModule(writer: RdbWriter, value: Framed): void {
  const form = FORMS[value.type] as unknown as Form<Framed>;
  writer.count(numberOf(form));
  const out = new ModuleWriter(writer);
  form.write(out, value);
  out.end();
}

const FORMS_BY_NUMBER = new Map(Object.values(FORMS).map((form) => [numberOf(form), form as unknown as Form<Framed>]));
const ARRAY_NUMBER = numberOf(ARRAY_FORM);

/** What TYPE answers of a value that begins with this number. */
export function moduleTypeName(number: Int64): string {
  const form = FORMS_BY_NUMBER.get(BigInt(number));
  return Object.entries(FORMS).find(([, one]) => (one as unknown) === form)?.[0] ?? 'module';
}

/** What is to be made of a value that begins with this number. */
export function moduleKind(number: Int64): 'array' | 'whole' | 'unknown' {
  if (BigInt(number) === ARRAY_NUMBER) return 'array';
  return FORMS_BY_NUMBER.has(BigInt(number)) ? 'whole' : 'unknown';
}

/** A name for people of the form that a number stands for. */
export function moduleName(number: Int64): string {
  let rest = BigInt.asUintN(64, BigInt(number));
  const version = rest & ((1n << VERSION_BITS) - 1n);
  rest >>= VERSION_BITS;
  let name = '';
  for (let i = 0; i < NAME_LENGTH; i++, rest >>= CHAR_BITS) name = NAME_CHARS[Number(rest & ((1n << CHAR_BITS) - 1n))] + name;
  return `${name} of version ${version}`;
}

export function decodeModule(reader: RdbReader, limits: EncodingLimits): Framed {
  const form = FORMS_BY_NUMBER.get(BigInt(reader.unsigned()));
  if (form === undefined) throw new RdbError('a value of a module that is not known here');
  const elements = new ModuleReader(reader);
  const value = read(form, elements, limits);
  elements.end();
  return value;
}

function read(form: Form<Framed>, elements: ModuleReader, limits: EncodingLimits): Framed {
  let value: Framed | undefined;
  try {
    value = form.read(elements, limits);
  } catch (fault) {
    // A text that is no JSON.
    if (fault instanceof JsonFault) throw new RdbError(`a corrupt value of ${form.name}`);
    throw fault;
  }
  if (value === undefined) throw new RdbError(`a corrupt value of ${form.name}`);
  return value;
}
