import { expect, test } from 'vitest';
import { type Bytes, fromText } from '../../../src/bytes/bytes';
import { BadRequest } from '../../../src/edge/bad-request';
import { firstSegment, parameterOf, readTarget, targetOf, tokenOf } from '../../../src/edge/target';

const lineOf = (path: string, body?: string) => readTarget(targetOf(`http://host:1234${path}`), body as Bytes | undefined);

test.each<[path: string, line: string[], body?: string]>([
  ['/get/foo', ['get', 'foo']],
  ['/ping', ['ping']],
  ['//ping', ['ping']],
  ['/set/a%2Fb/c%20d', ['set', 'a/b', 'c d']],
  ['/set/%41/%e2%82%ac', ['set', 'A', fromText('€')]],
  ['/set/é/日本', ['set', fromText('é'), fromText('日本')]],
  ['/set/%ff%00/x', ['set', '\xff\x00', 'x']],
  ['/set/k/a+b', ['set', 'k', 'a+b']],
  ['/set/k/a%2Bb', ['set', 'k', 'a+b']],
  ['/set/k//EX/100', ['set', 'k', '', 'EX', '100']],
  ['/set/k/', ['set', 'k', '']],
  ['/get/..', ['get', '..']],
  ['/get/%252F', ['get', '%2F']],
  ['/set/k/v?EX=100', ['set', 'k', 'v', 'EX', '100']],
  ['/set/k/v?EX=100&NX', ['set', 'k', 'v', 'EX', '100', 'NX']],
  ['/set/k/v?NX=', ['set', 'k', 'v', 'NX']],
  ['/set/k/v?_token=secret&EX=100', ['set', 'k', 'v', 'EX', '100']],
  ['/set/k/v?_token=secret', ['set', 'k', 'v']],
  ['/set/k/v?', ['set', 'k', 'v']],
  ['/set/k/v?&&', ['set', 'k', 'v']],
  ['/scan/0?MATCH=a+b%2B*', ['scan', '0', 'MATCH', 'a b+*']],
  ['/get/k?a=b=c', ['get', 'k', 'a', 'b=c']],
  ['/set/k', ['set', 'k', 'the body'], 'the body'],
  ['/set/k?EX=100', ['set', 'k', '\xff\x00 %41+', 'EX', '100'], '\xff\x00 %41+'],
  ['/incr/k', ['incr', 'k'], ''],
])('%s', (path, line, body) => {
  expect(lineOf(path, body)).toEqual(line);
});

test.each(['/get/%', '/get/%4', '/get/%zz', '/get/k?EX=%', '/%'])('%s has a broken escape', (path) => {
  expect(() => lineOf(path)).toThrow(BadRequest);
});

test('an address without a path', () => {
  expect(targetOf('http://host')).toEqual({ path: '', query: '' });
  expect(targetOf('http://host/')).toEqual({ path: '', query: '' });
  expect(targetOf('http://host/?_token=a')).toEqual({ path: '', query: '_token=a' });
});

test('the first segment', () => {
  expect(firstSegment('')).toBe('');
  expect(firstSegment('ws')).toBe('ws');
  expect(firstSegment('get/ws')).toBe('get');
});

test('tokens in a query', () => {
  expect(tokenOf('')).toBeUndefined();
  expect(tokenOf('EX=1')).toBeUndefined();
  expect(tokenOf('EX=1&_token=a%2Bb%3D')).toBe('a+b=');
  expect(tokenOf('x_token=a')).toBeUndefined();
  expect(parameterOf('token=x', 'token')).toBe('x');
  expect(parameterOf('_token=x', 'token')).toBeUndefined();
});
