import { describe, expect, test } from 'vitest';
import { MAX_KEY_BYTES } from '../../../src/protocol/limits';
import { TestEngine } from '../../support/engine';

describe('a key that is too long to be stored', () => {
  const longest = 'k'.repeat(MAX_KEY_BYTES);
  const tooLong = `${longest}k`;
  const refused = { text: `ERR key is too long (most is ${MAX_KEY_BYTES} bytes)` };

  test('is refused wherever a command would write it, before anything is changed', () => {
    const engine = new TestEngine();
    engine.run('SADD', 'set', 'a');
    const lines = [
      ['SET', tooLong, 'v'],
      ['MSET', 'a', '1', tooLong, '2'],
      ['RENAME', 'set', tooLong],
      ['SUNIONSTORE', tooLong, 'set'],
      ['ZUNIONSTORE', 'z', '2', 'set', tooLong],
      ['COPY', 'set', tooLong],
    ];
    for (const line of lines) expect(engine.run(...line)).toMatchObject(refused);
    expect(engine.run('KEYS', '*')).toEqual(['set']);
  });

  test('spoils the transaction that it was meant for', () => {
    const engine = new TestEngine();
    engine.run('MULTI');
    expect(engine.run('SET', tooLong, 'v')).toMatchObject(refused);
    expect(engine.run('EXEC')).toMatchObject({ code: 'EXECABORT' });
  });

  test('is only not there for a command that reads', () => {
    expect(new TestEngine().run('GET', tooLong)).toBe(null);
  });

  test('the longest one is not refused, nor is an argument of that length that is no key', () => {
    const engine = new TestEngine();
    engine.run('SET', longest, tooLong);
    engine.run('HSET', 'hash', tooLong, tooLong);
    expect(engine.run('STRLEN', longest)).toBe(tooLong.length);
    expect(engine.run('HLEN', 'hash')).toBe(1);
  });
});
