// JSON nodes as text, byte for byte as serde_json and RedisJSON's formatter write it.

import { ascii, type Bytes } from '../../bytes/bytes';
import { forEachChild, isJsonArray, isJsonObject, JsonDouble, type JsonNode } from './node';

/** What JSON.GET puts between the parts. */
export interface JsonLayout {
  readonly indent: Bytes;
  readonly newline: Bytes;
  readonly space: Bytes;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be escaped
const SPECIAL = /["\\\x00-\x1f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const EVERY_SPECIAL = /["\\\x00-\x1f]/g;
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

export function writeJson(node: JsonNode, layout?: JsonLayout): Bytes {
  return ascii(layout === undefined ? compact(node) : laidOut(node, layout, ''));
}

function writeJsonString(text: Bytes): Bytes {
  if (!SPECIAL.test(text)) return ascii(`"${text}"`);
  return ascii(`"${text.replace(EVERY_SPECIAL, escaped)}"`);
}

function escaped(char: string): string {
  return SHORT_ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function scalar(node: JsonNode): string {
  if (typeof node === 'string') return writeJsonString(node);
  return node instanceof JsonDouble ? formatJsonDouble(node.value) : String(node);
}

function compact(node: JsonNode): string {
  if (isJsonArray(node)) {
    let text = '[';
    for (let i = 0; i < node.length; i++) text += i === 0 ? compact(node[i] as JsonNode) : `,${compact(node[i] as JsonNode)}`;
    return `${text}]`;
  }
  if (isJsonObject(node)) {
    let text = '{';
    for (let place = 0; place < node.size; place++) {
      if (place > 0) text += ',';
      text += `${writeJsonString(node.keyAt(place))}:${compact(node.valueAt(place))}`;
    }
    return `${text}}`;
  }
  return scalar(node);
}

function laidOut(node: JsonNode, layout: JsonLayout, margin: string): string {
  if (!isJsonArray(node) && !isJsonObject(node)) return scalar(node);
  const inner = margin + layout.indent;
  const parts: string[] = [];
  forEachChild(node, (part, child) => {
    const name = typeof part === 'number' ? '' : `${writeJsonString(part)}:${layout.space}`;
    parts.push(`${layout.newline}${inner}${name}${laidOut(child, layout, inner)}`);
  });
  const content = parts.length === 0 ? '' : `${parts.join(',')}${layout.newline}${margin}`;
  return isJsonArray(node) ? `[${content}]` : `{${content}}`;
}

/** Most digits before the point that are written without an exponent, and most zeros after it (the ryu crate's layout). */
const LONGEST_INTEGRAL = 16;
const MOST_LEADING_ZEROS = 5;

/** The shortest decimal that reads back as the same double, laid out as Rust's ryu lays it out: always told from an integer. */
function formatJsonDouble(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const sign = value < 0 ? '-' : '';
  const [mantissa = '', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  /** Digits before the point. */
  const point = Number(exponentText) + 1;
  if (point >= digits.length && point <= LONGEST_INTEGRAL) return `${sign}${digits.padEnd(point, '0')}.0`;
  if (point > 0 && point <= LONGEST_INTEGRAL) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point > -MOST_LEADING_ZEROS && point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${sign}${digits[0]}${fraction}e${point - 1}`;
}
