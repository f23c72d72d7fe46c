import { describe, expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import { BadRequest } from '../../../src/edge/bad-request';
import { readLine, readLines } from '../../../src/edge/json-lines';
import { seededRandom } from '../../support/engine';

function refusalOf(read: () => unknown): BadRequest {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof BadRequest) return thrown;
    throw thrown;
  }
  throw new Error('it was accepted');
}

describe('arguments', () => {
  test.each<[body: string, line: string[]]>([
    ['["get","key"]', ['get', 'key']],
    [' [ "get" ,\n\t"key"\r\n] ', ['get', 'key']],
    ['["set","k",""]', ['set', 'k', '']],
    ['["set","k","a\\"b\\\\c\\n\\u0041\\/"]', ['set', 'k', 'a"b\\c\nA/']],
    ['["a\\\\","b"]', ['a\\', 'b']],
    ['["\\\\\\"","b\\\\"]', ['\\"', 'b\\']],
    ['["set","k",true,false]', ['set', 'k', 'true', 'false']],
    ['["set","k",12345678901234567890]', ['set', 'k', '12345678901234567890']],
    ['["x",1.50,-0,0.10,1e+21,-1E5,10]', ['x', '1.50', '-0', '0.10', '1e+21', '-1E5', '10']],
    ['["set","ключ","日本"]', ['set', fromText('ключ'), fromText('日本')]],
    ['["set","\\u00e9","\\ud83d\\ude00"]', ['set', fromText('é'), fromText('😀')]],
    ['["set","é\\n","plain"]', ['set', fromText('é\n'), 'plain']],
    [`["${'x'.repeat(100_000)}"]`, ['x'.repeat(100_000)]],
  ])('%j', (body, line) => {
    expect(readLine(body)).toEqual(line);
    expect(readLines(`[${body},${body}]`)).toEqual([line, line]);
  });

  test('numbers keep every digit, whatever stands around them', () => {
    expect(readLine('[0,9007199254740993,1.0000000000000000000001]')).toEqual(['0', '9007199254740993', '1.0000000000000000000001']);
  });
});

test.each<[body: string, text: string]>([
  ['', 'ERR the request body is empty'],
  ['   ', 'ERR expected a JSON array: the command and its arguments'],
  ['{"a":1}', 'ERR expected a JSON array: the command and its arguments'],
  ['"get"', 'ERR expected a JSON array: the command and its arguments'],
  ['[]', 'ERR empty command'],
  ['["set","k",null]', 'ERR null args are not supported'],
  ['["set","k",["a"]]', 'ERR unsupported arg type: "[": an argument is a string, a number or a boolean'],
  ['["set","k",{"a":1}]', 'ERR unsupported arg type: "{": an argument is a string, a number or a boolean'],
])('%j is refused with its reason', (body, text) => {
  expect(refusalOf(() => readLine(body))).toEqual(new BadRequest(text, 400));
});

test.each([
  '["get"',
  '["get",',
  '["get",]',
  '["get" "key"]',
  '["get]',
  '["get\\"]',
  '["a\\q"]',
  '["a\\u12"]',
  '["a\nb"]',
  '["a\\n\nb"]',
  '[tru]',
  '[nul]',
  '[01]',
  '[1.]',
  '[-]',
  '[+1]',
  '[.5]',
  '[1e]',
  '["get"]]',
  '["get"] x',
  "['get']",
  '[get]',
])('%j is not JSON', (body) => {
  expect(() => JSON.parse(body)).toThrow();
  expect(refusalOf(() => readLine(body)).text).toMatch(/^ERR the request body is not valid JSON/);
});

test('a pipeline is an array of arrays', () => {
  expect(readLines('[]')).toEqual([]);
  expect(readLines('[["a"],["b",1]]')).toEqual([['a'], ['b', '1']]);
  expect(refusalOf(() => readLines('["get","key"]')).text).toMatch(/^ERR expected a JSON array/);
  expect(refusalOf(() => readLines('{}')).text).toMatch(/^ERR expected an array of commands/);
  expect(refusalOf(() => readLines('[["get","a"],[]]')).text).toBe('ERR empty command');
});

test('too many commands are too large', () => {
  expect(readLines(`[${'["a"],'.repeat(99_999)}["a"]]`)).toHaveLength(100_000);
  expect(refusalOf(() => readLines(`[${'["a"],'.repeat(100_000)}["a"]]`)).status).toBe(413);
});

test('too many arguments are too large', () => {
  expect(refusalOf(() => readLine(`[${'1,'.repeat(1024 * 1024)}1]`)).status).toBe(413);
});

test('many escapes do not take quadratic time', () => {
  const started = performance.now();
  expect(readLine(`["set","${'\\n'.repeat(1_000_000)}"]`)[1]).toHaveLength(1_000_000);
  expect(readLine(`["${'\\"'.repeat(1_000_000)}"]`)[0]).toHaveLength(1_000_000);
  expect(readLine(`[${'"\\n",'.repeat(100_000)}1]`)).toHaveLength(100_001);
  // Quadratic, each of them would take minutes.
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('whatever JSON.stringify writes is read as JSON.parse would', () => {
  const random = seededRandom(11);
  const alphabet = ['a', '"', '\\', '\n', '\t', '\u0001', 'é', '日', '😀', ' ', ',', '[', ']', '/', '\u2028', '\u007f'];
  let escapes = 0;
  for (let i = 0; i < 3000; i++) {
    const lines = Array.from({ length: 1 + random.below(3) }, () =>
      Array.from({ length: 1 + random.below(4) }, () => Array.from({ length: random.below(8) }, () => alphabet[random.below(16)]).join('')),
    );
    const body = JSON.stringify(lines, null, random.below(3));
    escapes += body.split('\\').length - 1;
    expect(readLines(body)).toEqual(lines.map((line) => line.map(fromText)));
  }
  expect(escapes).toBeGreaterThan(10_000);
});
