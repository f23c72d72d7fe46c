import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { bytesOf, lengthOf, StringBuffer, stringEncoding } from '../../../src/types/string';
import { seededRandom } from '../../support/engine';

const bytes = (text: string) => text as Bytes;

describe('StringBuffer', () => {
  test('against a plain string, over random edits of all bytes', () => {
    const random = seededRandom(2);
    const part = () => bytes(Array.from({ length: random.below(60) }, () => String.fromCharCode(random.below(256))).join(''));
    let text = 'start';
    const buffer = new StringBuffer(bytes(text));
    for (let i = 0; i < 600; i++) {
      const addition = part();
      if (random.below(2)) {
        buffer.append(addition);
        text += addition;
      } else {
        const offset = random.below(text.length + 20);
        if (addition.length > 0) {
          buffer.write(offset, addition);
          text = text.padEnd(offset, '\0');
          text = text.slice(0, offset) + addition + text.slice(offset + addition.length);
        }
      }
      const start = random.below(text.length);
      expect(buffer.slice(start, start + 50)).toBe(text.slice(start, start + 50));
      expect(buffer.size).toBe(text.length);
    }
    expect(text.length).toBeGreaterThan(5000);
    expect(buffer.toBytes()).toBe(text);
    expect(buffer.encode()).toBe(text);
  });

  test('a gap is zero bytes, also where the buffer had room', () => {
    const buffer = new StringBuffer(bytes('ab'));
    buffer.write(5, bytes('c'));
    expect(buffer.toBytes()).toBe('ab\0\0\0c');
    buffer.write(1000, bytes('d'));
    expect(buffer.toBytes()).toBe(`ab\0\0\0c${'\0'.repeat(994)}d`);
  });

  test('many short additions cost few copies: memory stays within twice the content, a quarter beyond a megabyte', () => {
    const buffer = new StringBuffer(bytes(''));
    const piece = bytes('x'.repeat(1000));
    for (let i = 0; i < 4000; i++) {
      buffer.append(piece);
      expect(buffer.memory).toBeLessThan(buffer.size * 2 + 2500);
    }
    expect(buffer.size).toBe(4_000_000);
    expect(buffer.memory).toBeLessThan(buffer.size * 1.26);
  });

  test('a copy is independent', () => {
    const buffer = new StringBuffer(bytes('abc'));
    const copy = buffer.copy();
    copy.append(bytes('d'));
    buffer.write(0, bytes('X'));
    expect([buffer.toBytes(), copy.toBytes()]).toEqual(['Xbc', 'abcd']);
  });
});

test('content and length of either form', () => {
  const buffer = new StringBuffer(bytes('abc'));
  expect([bytesOf(bytes('abcd')), bytesOf(buffer)]).toEqual(['abcd', 'abc']);
  expect([lengthOf(bytes('abcd')), lengthOf(buffer)]).toEqual([4, 3]);
});

describe('encoding', () => {
  test.each([
    ['0', 'int'],
    ['-1', 'int'],
    ['9223372036854775807', 'int'],
    ['-9223372036854775808', 'int'],
    ['9223372036854775808', 'embstr'],
    ['01', 'embstr'],
    ['+1', 'embstr'],
    ['1.5', 'embstr'],
    ['', 'embstr'],
    ['a'.repeat(44), 'embstr'],
    ['a'.repeat(45), 'raw'],
  ])('%s: %s', (text, encoding) => expect(stringEncoding(ascii(text))).toBe(encoding));

  test('a buffer is raw whatever is in it', () => {
    expect(stringEncoding(new StringBuffer(bytes('1')))).toBe('raw');
  });
});

test('bytes are put in the place of others, as in an array', () => {
  const random = seededRandom(4);
  const buffer = new StringBuffer(ascii('some bytes'));
  const model = [...'some bytes'].map((char) => char.charCodeAt(0));
  let grown = 0;
  let shrunk = 0;
  for (let i = 0; i < 2000; i++) {
    const at = random.below(model.length + 1);
    const removed = random.below(Math.min(model.length - at, 9) + 1);
    const inserted = Array.from({ length: random.below(model.length > 300 ? 3 : 9) }, () => random.below(256));
    if (inserted.length > removed) grown++;
    else if (inserted.length < removed) shrunk++;
    buffer.splice(at, removed, inserted);
    model.splice(at, removed, ...inserted);
    expect([...buffer.view()]).toEqual(model);
    if (i % 50 === 0) {
      // What a removal left beyond the end does not come back.
      expect(buffer.extend(model.length + 5)).toBe(true);
      model.push(0, 0, 0, 0, 0);
    }
    expect(buffer.extend(model.length)).toBe(false);
  }
  expect(Math.min(grown, shrunk)).toBeGreaterThan(100);
});
