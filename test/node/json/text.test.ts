// JSON text in and out: random documents come back as they were, and what is no JSON is refused with serde_json's words.

import { describe, expect, test } from 'vitest';
import { type Bytes, fromText, toText } from '../../../src/bytes/bytes';
import { JsonDocument } from '../../../src/types/json/document';
import { copyNode, forEachChild, JsonDouble, type JsonNode, jsonTypeOf, memoryOf } from '../../../src/types/json/node';
import { JsonFault, parseJson } from '../../../src/types/json/parse';
import { writeJson } from '../../../src/types/json/write';
import { seededRandom } from '../../support/engine';

const parse = (text: string): JsonNode => parseJson(fromText(text));

function faultOf(text: string): string | undefined {
  try {
    parse(text);
    return undefined;
  } catch (fault) {
    if (fault instanceof JsonFault) return fault.text;
    throw fault;
  }
}

/** Random JSON as text with random blanks, from pieces whose canonical form is known. */
class Texts {
  private readonly random;
  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** The text as it may be written, and as it is written back. */
  next(depth: number): readonly [string, string] {
    const kind = depth === 0 ? 0 : this.random.below(4);
    if (kind <= 1) return this.scalar();
    const parts = Array.from({ length: this.random.below(5) }, (_, i) => {
      const [text, back] = this.next(depth - 1);
      if (kind === 2) return [text, back] as const;
      const name = JSON.stringify(`${i}${this.pick(['', 'é', '\n', '"'])}`);
      return [`${name}${this.blank()}:${this.blank()}${text}`, `${name}:${back}`] as const;
    });
    const [open, close] = kind === 2 ? '[]' : '{}';
    const text = parts.map(([one]) => `${this.blank()}${one}${this.blank()}`).join(',');
    return [`${open}${parts.length === 0 ? this.blank() : text}${close}`, `${open}${parts.map(([, back]) => back).join(',')}${close}`];
  }

  private scalar(): readonly [string, string] {
    return this.pick([
      ['null', 'null'],
      ['true', 'true'],
      ['false', 'false'],
      ['0', '0'],
      ['-17', '-17'],
      ['1.0', '1.0'],
      ['1E2', '100.0'],
      ['-2.5e-7', '-2.5e-7'],
      ['9007199254740993', '9007199254740993'],
      ['18446744073709551615', '18446744073709551615'],
      ['18446744073709551616', '1.8446744073709552e19'],
      ['""', '""'],
      ['"\\u00e9\\ud83d\\ude00\\/\\u0007"', '"é😀/\\u0007"'],
      ['"a \\"quoted\\" \\\\ text\\n"', '"a \\"quoted\\" \\\\ text\\n"'],
    ] as const);
  }

  private blank(): string {
    return this.pick(['', '', ' ', '\n', '\t ', '\r\n']);
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }
}

/** Shape only: what JSON.parse, which knows no integers, must agree with. */
function loose(node: JsonNode): unknown {
  if (typeof node === 'string') return toText(node);
  if (node instanceof JsonDouble) return node.value;
  if (typeof node === 'bigint') return Number(node);
  if (Array.isArray(node)) return node.map(loose);
  if (node === null || typeof node !== 'object') return node;
  const members: Record<string, unknown> = {};
  forEachChild(node, (part, child) => {
    members[toText(part as Bytes)] = loose(child);
  });
  return members;
}

describe('random documents', () => {
  test.each([1, 2, 3])('are written as they were read (seed %i)', (seed) => {
    const texts = new Texts(seed);
    let longest = 0;
    for (let i = 0; i < 400; i++) {
      const [text, back] = texts.next(5);
      longest = Math.max(longest, text.length);
      const node = parse(text);
      expect(toText(writeJson(node))).toBe(back);
      expect(loose(node)).toEqual(JSON.parse(text));
      const document = new JsonDocument(node);
      const decoded = JsonDocument.decode(document.encode());
      expect([decoded.encode(), decoded.memory]).toEqual([document.encode(), document.memory]);
      expect([writeJson(copyNode(node)), memoryOf(copyNode(node))]).toEqual([writeJson(node), memoryOf(node)]);
      const layout = { indent: fromText('  '), newline: fromText('\n'), space: fromText(' ') };
      expect(writeJson(parseJson(writeJson(node, layout)))).toBe(writeJson(node));
    }
    expect(longest).toBeGreaterThan(300);
  });

  test('floats are written as Rust writes them, and read back as the same', () => {
    const random = seededRandom(9);
    const view = new DataView(new ArrayBuffer(8));
    for (let i = 0; i < 5000; i++) {
      for (let byte = 0; byte < 8; byte++) view.setUint8(byte, random.below(256));
      const value = i % 2 === 0 ? view.getFloat64(0) : (random.float() - 0.5) * 10 ** (random.below(40) - 20);
      if (!Number.isFinite(value)) continue;
      const text = writeJson(new JsonDouble(value));
      expect(text).toMatch(/^-?\d+(\.\d+)?(e-?\d+)?$/);
      const read = parseJson(text);
      expect([jsonTypeOf(read), (read as JsonDouble).value]).toEqual(['number', value]);
    }
  });

  // Layout of the ryu crate: plain up to 16 digits before the point and 5 zeros after it.
  test.each([
    [1e15, '1000000000000000.0'],
    [1e16, '1e16'],
    [123456789012345.67, '123456789012345.67'],
    [0.00001, '0.00001'],
    [0.000001, '1e-6'],
    [1.5e-7, '1.5e-7'],
    [-0, '-0.0'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e308'],
  ])('%d', (value, text) => {
    expect(writeJson(new JsonDouble(value))).toBe(text);
  });
});

// serde_json's src/error.rs and src/de.rs: texts, and the line and column of the char in question.
test.each([
  ['', 'EOF while parsing a value at line 1 column 0'],
  ['  ', 'EOF while parsing a value at line 1 column 2'],
  ['[1', 'EOF while parsing a list at line 1 column 2'],
  ['[1,', 'EOF while parsing a value at line 1 column 3'],
  ['[1 2]', 'expected `,` or `]` at line 1 column 4'],
  ['[,1]', 'expected value at line 1 column 2'],
  ['{"a"', 'EOF while parsing an object at line 1 column 4'],
  ['{"a" 1}', 'expected `:` at line 1 column 6'],
  ['{"a":1 "b"}', 'expected `,` or `}` at line 1 column 8'],
  ['{"a":1,b}', 'key must be a string at line 1 column 8'],
  ['{"a":1,', 'EOF while parsing a value at line 1 column 7'],
  ['{\n  "a": x\n}', 'expected value at line 2 column 8'],
  ['"abc', 'EOF while parsing a string at line 1 column 4'],
  ['"a\nb"', 'control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0'],
  ['"\\x"', 'invalid escape at line 1 column 3'],
  ['"\\udc00"', 'lone leading surrogate in hex escape at line 1 column 7'],
  ['"\\ud800x"', 'unexpected end of hex escape at line 1 column 8'],
  ['-', 'EOF while parsing a value at line 1 column 1'],
  ['-x', 'invalid number at line 1 column 2'],
  ['1.', 'EOF while parsing a value at line 1 column 2'],
  ['1.x', 'invalid number at line 1 column 3'],
  ['1e', 'EOF while parsing a value at line 1 column 2'],
  ['00', 'invalid number at line 1 column 2'],
  [`1${'0'.repeat(400)}`, 'number out of range at line 1 column 401'],
  ['nulx', 'expected ident at line 1 column 4'],
  ['tru', 'EOF while parsing a value at line 1 column 3'],
  ['1 2', 'trailing characters at line 1 column 3'],
  ['NaN', 'expected value at line 1 column 1'],
])('%j is no JSON', (text, fault) => {
  expect(faultOf(text)).toBe(fault);
});
