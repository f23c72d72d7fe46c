// Libraries of functions: what a restart finds again, what loads together or not at all, and what redis-server makes of them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bytes, fromText } from '../../../src/bytes/bytes';
import { decodeReply } from '../../../src/protocol/reply-reader';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { TestEngine } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';
import { plain } from '../../support/plain-reply';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const library = (name: string, functions: string, body = "return 'ok'") =>
  [`#!lua name=${name}`, ...functions.split(' ').map((one) => `redis.register_function('${one}', function(keys, args) ${body} end)`)].join(
    '\n',
  );

function storedShard() {
  const shard = new StoredEngine();
  return { shard, run: (...argv: (string | number)[]) => plain(shard.test.run(...argv)) };
}

/** What FUNCTION LIST WITHCODE says, in an order of its own: Redis' are those of its hash tables. */
function contents(encoded: string): unknown[] {
  const libraries = plain(decodeReply(encoded as Bytes)) as [string, string, string, string, string, unknown[][], string, string][];
  return libraries.map(([, name, , engine, , functions, , code]) => [name, engine, functions.map(String).sort(), code]).sort();
}

const names = (list: unknown) => (list as unknown[][]).map((items) => items[1]);

describe('libraries', () => {
  test.each(['journal', 'entries'])('are there after a restart: %s', (where) => {
    const { shard, run } = storedShard();
    run('FUNCTION', 'LOAD', library('a', 'f'));
    run('FUNCTION', 'LOAD', library('b', 'g'));
    run('FUNCTION', 'LOAD', 'REPLACE', library('b', 'h'));
    run('FUNCTION', 'LOAD', library('c', 'i'));
    run('FUNCTION', 'DELETE', 'c');
    const before = run('FUNCTION', 'LIST', 'WITHCODE');
    if (where === 'entries') shard.checkpoint();
    shard.restart();
    expect(run('FCALL', 'f', 0)).toBe('ok');
    expect(run('FCALL', 'h', 0)).toBe('ok');
    expect(run('FCALL', 'g', 0)).toBe('ERR Function not found');
    expect(run('FCALL', 'i', 0)).toBe('ERR Function not found');
    expect(run('FUNCTION', 'LIST', 'WITHCODE')).toEqual(before);
  });

  test.each(['journal', 'entries'])('are gone for good after FUNCTION FLUSH: %s', (where) => {
    const { shard, run } = storedShard();
    run('FUNCTION', 'LOAD', library('a', 'f'));
    shard.checkpoint();
    run('FUNCTION', 'FLUSH');
    run('FUNCTION', 'LOAD', library('b', 'f'));
    if (where === 'entries') shard.checkpoint();
    shard.restart();
    expect(names(run('FUNCTION', 'LIST'))).toEqual(['b']);
  });

  test('outlive FLUSHALL and DEBUG RELOAD', () => {
    const { run } = storedShard();
    run('FUNCTION', 'LOAD', library('a', 'f'));
    run('FLUSHALL');
    run('DEBUG', 'RELOAD');
    expect(run('FCALL', 'f', 0)).toBe('ok');
  });

  test('that were restored are there after a restart, and those that were replaced are not', () => {
    const { shard, run } = storedShard();
    run('FUNCTION', 'LOAD', library('a', 'f'));
    const dump = shard.test.run('FUNCTION', 'DUMP') as Bytes;
    const restore = (policy: string) => shard.engine.execute(shard.test.client, ['FUNCTION', 'RESTORE', dump, policy] as Bytes[]);
    run('FUNCTION', 'LOAD', 'REPLACE', library('a', 'g'));
    run('FUNCTION', 'LOAD', library('b', 'h'));
    expect(plain(restore('REPLACE'))).toBe('OK');
    shard.restart();
    expect(names(run('FUNCTION', 'LIST'))).toEqual(expect.arrayContaining(['a', 'b']));
    expect(run('FCALL', 'f', 0)).toBe('ok');
    expect(run('FCALL', 'g', 0)).toBe('ERR Function not found');
    expect(plain(restore('FLUSH'))).toBe('OK');
    shard.restart();
    expect(names(run('FUNCTION', 'LIST'))).toEqual(['a']);
  });

  test('of a payload are restored together or not at all', () => {
    const { shard, run } = storedShard();
    run('FUNCTION', 'LOAD', library('a', 'f'));
    run('FUNCTION', 'LOAD', library('b', 'g'));
    const dump = shard.test.run('FUNCTION', 'DUMP') as Bytes;
    run('FUNCTION', 'FLUSH');
    run('FUNCTION', 'LOAD', library('c', 'g'));
    const before = run('FUNCTION', 'LIST', 'WITHCODE');
    for (const policy of ['APPEND', 'REPLACE']) {
      const reply = shard.engine.execute(shard.test.client, ['FUNCTION', 'RESTORE', dump, policy] as Bytes[]);
      expect(plain(reply)).toBe('ERR Function g already exists');
      expect(run('FUNCTION', 'LIST', 'WITHCODE')).toEqual(before);
    }
    shard.restart();
    expect(run('FUNCTION', 'LIST', 'WITHCODE')).toEqual(before);
  });

  test('keep what they share, until they are loaded again', () => {
    const { shard, run } = storedShard();
    const counter = "#!lua name=c\nlocal n = 0\nredis.register_function('count', function() n = n + 1 return n end)";
    run('FUNCTION', 'LOAD', counter);
    expect([run('FCALL', 'count', 0), run('FCALL', 'count', 0)]).toEqual([1, 2]);
    shard.restart();
    expect(run('FCALL', 'count', 0)).toBe(1);
  });

  test('do not see each other, nor do scripts see them', () => {
    const { run } = storedShard();
    run('FUNCTION', 'LOAD', library('a', 'f'));
    expect(run('FUNCTION', 'LOAD', library('b', 'g', 'return f()'))).toBe('b');
    expect(run('FCALL', 'g', 0)).toMatch(
      /^ERR user_function:2: Script attempted to access nonexistent global variable 'f' script: g, on @user_function:2\.$/,
    );
    expect(run('EVAL', 'return f()', 0)).toMatch(/nonexistent global variable 'f'/);
  });

  test('that no longer load do not keep others from being used', () => {
    const { shard, run } = storedShard();
    const logged: string[] = [];
    run('FUNCTION', 'LOAD', library('a', 'f'));
    run('FUNCTION', 'LOAD', library('b', 'g'));
    shard.checkpoint();
    const broken = shard.store
      .sources()
      .map((source) => (source.name === 'a' ? { ...source, source: fromText('#!lua name=a\nerror("new")') } : source));
    const engine = new TestEngine(1, undefined, true, {
      sources: { sources: () => broken },
      onLog: (_level, message) => logged.push(message),
    });
    expect(plain(engine.run('FCALL', 'g', 0))).toBe('ok');
    expect(plain(engine.run('FCALL', 'f', 0))).toBe('ERR Function not found');
    expect(logged).toEqual([expect.stringContaining('library a does not load any more')]);
  });
});

describe.runIf(redisInstalled)('FUNCTION DUMP', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  const large = library('large', 'l', `--${'long text '.repeat(2000)}\n return 1`);
  test.each([
    ['nothing', []],
    ['one', [library('a', 'f g')]],
    ['several', [library('a', 'f'), library('b', 'g'), large]],
  ])('is what redis-server takes, and gives: %s', async (_title, sources) => {
    const engine = new TestEngine();
    for (const source of sources) engine.run('FUNCTION', 'LOAD', source);
    const ours = engine.run('FUNCTION', 'DUMP') as Bytes;
    const list = ['FUNCTION', 'LIST', 'WITHCODE'] as Bytes[];
    const [flushed, restored, listed, theirs] = await redis.sendBytes([
      ['FUNCTION', 'FLUSH'] as Bytes[],
      ['FUNCTION', 'RESTORE', ours] as Bytes[],
      list,
      ['FUNCTION', 'DUMP'] as Bytes[],
    ]);
    expect([flushed, restored]).toEqual(['+OK\r\n', '+OK\r\n']);
    const before = contents(encodeReply(engine.run(...list), 2));
    expect(before).toHaveLength(sources.length);
    expect(contents(listed as string)).toEqual(before);
    engine.run('FUNCTION', 'FLUSH');
    const again = engine.engine.execute(engine.client, ['FUNCTION', 'RESTORE', decodeReply(theirs as Bytes)] as Bytes[]);
    expect(plain(again)).toBe('OK');
    expect(contents(encodeReply(engine.run(...list), 2))).toEqual(before);
    if (sources.length > 0) expect(plain(engine.run('FCALL', 'f', 0))).toBe('ok');
  });
});
