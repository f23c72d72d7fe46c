// What is refused where storage has no room, and what goes on.

import { beforeEach, describe, expect, test } from 'vitest';
import { ErrorReply } from '../../../src/protocol/reply';
import { TestEngine } from '../../support/engine';

let engine: TestEngine;
const codeOf = (...line: (string | number)[]): string => {
  const reply = engine.run(...line);
  return reply instanceof ErrorReply ? reply.text.split(' ', 1).join() : 'fine';
};

const GROWS = [
  ['SET', 'a', 'b'],
  ['RPUSH', 'list', 'a'],
  ['MSET', 'a', '1', 'b', '2'],
];
const SHRINKS = [['DEL', 'a'], ['PEXPIRE', 'a', '100'], ['FLUSHALL']];
const READS = [
  ['GET', 'a'],
  ['SCAN', '0'],
  ['PUBLISH', 'channel', 'message'],
  ['CONFIG', 'SET', 'slowlog-max-len', '10'],
  ['EVAL_RO', "return redis.call('GET', 'a')", '0'],
];

beforeEach(() => {
  engine = new TestEngine();
  engine.run('SET', 'a', 'b');
});

test('at the limit of a database what may enlarge it is refused', () => {
  engine.shortage = 'limit';
  for (const line of GROWS) expect(codeOf(...line), line.join(' ')).toBe('MISCONF');
  for (const line of [...READS, ...SHRINKS]) expect(codeOf(...line), line.join(' ')).toBe('fine');
});

describe('on a full disk', () => {
  beforeEach(() => {
    engine.shortage = 'disk';
  });

  test('whatever changes something is refused, and what does not goes on', () => {
    for (const line of [...GROWS, ...SHRINKS]) expect(codeOf(...line), line.join(' ')).toBe('MISCONF');
    for (const line of READS) expect(codeOf(...line), line.join(' ')).toBe('fine');
    expect(engine.run('GET', 'a')).toBe('b');
  });

  test('a setting that is to be remembered is refused whole', () => {
    expect(codeOf('CONFIG', 'SET', 'slowlog-max-len', 7, 'maxmemory', '1gb')).toBe('MISCONF');
    expect(engine.run('CONFIG', 'GET', 'slowlog-max-len')).toMatchObject({ items: ['slowlog-max-len', '128'] });
  });

  test('of a script the command that changes something, or all of it where its first line says that it may', () => {
    expect(codeOf('EVAL', "return redis.call('GET', 'a')", 0)).toBe('fine');
    expect(codeOf('EVAL', "redis.call('DEL', 'a')", 0)).toBe('MISCONF');
    expect(codeOf('EVAL', '#!lua flags=allow-oom\nreturn 1', 0)).toBe('MISCONF');
    expect(codeOf('EVAL', '#!lua flags=no-writes\nreturn 1', 0)).toBe('fine');
    expect(engine.run('EVAL', "return redis.pcall('DEL', 'a').err", 0)).toMatch(/^MISCONF/);
    expect(codeOf('FUNCTION', 'LOAD', '#!lua name=l\nredis.register_function("f", function() end)')).toBe('MISCONF');
  });

  test('a transaction when it is queued, or when it is to be executed', () => {
    engine.run('MULTI');
    expect([codeOf('GET', 'a'), codeOf('DEL', 'a'), codeOf('EXEC')]).toEqual(['fine', 'MISCONF', 'EXECABORT']);
    engine.run('MULTI');
    engine.run('GET', 'a');
    expect(engine.run('EXEC')).toEqual(['b']);
    engine.shortage = undefined;
    engine.run('MULTI');
    engine.run('DEL', 'a');
    engine.shortage = 'disk';
    expect(engine.run('EXEC')).toMatchObject({ text: expect.stringMatching(/^EXECABORT .*MISCONF/) });
    expect(engine.run('EXISTS', 'a')).toBe(1);
  });

  test('nothing is evicted, and keys expire', () => {
    engine.shortage = undefined;
    engine.run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    engine.run('SET', 'volatile', 'x', 'PX', 10);
    engine.run('CONFIG', 'SET', 'maxmemory', '1gb');
    engine.engine.eviction.total = 1;
    engine.shortage = 'disk';
    engine.now += 11;
    expect(engine.run('MGET', 'a', 'volatile')).toEqual(['b', null]);
  });
});
