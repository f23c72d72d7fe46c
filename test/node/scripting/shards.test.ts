// Scripts and functions where keys live on several shards.

import { describe, expect, test } from 'vitest';
import { TestCluster, wire } from '../../support/cluster';

const SHARDS = 4;
const DIGEST = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db';
const LIBRARY = "#!lua name=lib\nredis.register_function('set', function(keys, args) return redis.call('set',keys[1],args[1]) end)";

function setUp() {
  const cluster = new TestCluster({ shards: SHARDS });
  const ask = (...argv: (string | number)[]) => cluster.ask(wire(...argv));
  const keys = Array.from({ length: SHARDS }, (_, shard) => cluster.keyOf(shard)) as [string, string, string, string];
  return { cluster, ask, keys };
}

describe('a script', () => {
  test('runs where its keys are', () => {
    const { cluster, ask, keys } = setUp();
    for (const [shard, key] of keys.entries()) {
      expect(ask('EVAL', "return redis.call('set',KEYS[1],ARGV[1])", 1, key, shard)).toBe('+OK\r\n');
      expect(cluster.engines[shard]?.run('GET', key)).toBe(`${shard}`);
    }
  });

  test('with keys of several shards is refused', () => {
    const { ask, keys } = setUp();
    expect(ask('EVAL', 'return 1', 2, keys[0], keys[1])).toMatch(/^-CROSSSLOT /);
    expect(ask('FCALL', 'f', 2, keys[0], keys[1])).toMatch(/^-CROSSSLOT /);
    expect(ask('EVAL', 'return #KEYS', 2, keys[0], `{${keys[0]}}x`)).toBe(':2\r\n');
  });

  test('without keys runs, and reaches the keys of the shard that it runs on', () => {
    const { cluster, ask, keys } = setUp();
    expect(ask('EVAL', 'return 1', 0)).toBe(':1\r\n');
    const home = keys.findIndex((key) => !ask('EVAL', "return redis.call('set',ARGV[1],'v')", 0, key).startsWith('-'));
    expect(home).toBeGreaterThanOrEqual(0);
    expect(cluster.engines[home]?.run('GET', keys[home] as string)).toBe('v');
  });

  test('may use keys that it did not declare if they are on its shard', () => {
    const { ask, keys } = setUp();
    const body = "return redis.call('set',ARGV[1],'v')";
    expect(ask('EVAL', body, 1, keys[2], `{${keys[2]}}x`)).toBe('+OK\r\n');
    expect(ask('EVAL', body, 1, keys[2], keys[3])).toMatch(/^-ERR Script attempted to access a key of another shard/);
    expect(ask('EVAL', "return redis.call('mset',KEYS[1],'1',ARGV[1],'2')", 1, keys[2], keys[0])).toMatch(/another shard/);
    expect(ask('MGET', ...keys)).toBe('*4\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n');
  });

  test.each(['flushall', 'dbsize', 'randomkey', 'keys *', 'scan 0'])('does not take its shard for the whole: %s', (line) => {
    const { ask } = setUp();
    ask('SET', 'k', 'v');
    const words = line.split(' ').map((word) => `'${word}'`);
    expect(ask('EVAL', `return redis.call(${words.join(',')})`, 0)).toMatch(
      /^-ERR Script attempted to run a command that concerns the keys of all shards/,
    );
    expect(ask('DBSIZE')).toBe(':1\r\n');
  });

  test.each([
    ['keys', (pattern: string) => ['KEYS', pattern], /^\*2\r\n/],
    ['scan', (pattern: string) => ['SCAN', '0', 'WITHTYPE', 'MATCH', '*', 'TYPE', 'string', 'match', pattern], /\*4\r\n/],
  ] as const)('may list the keys of a hash tag that is of its shard: %s', (_name, line, found) => {
    const { ask, keys } = setUp();
    const [here, there] = [`{${keys[2]}}`, `{${keys[3]}}`];
    for (const tag of [here, there]) for (const key of ['a', 'b', '*']) ask('SET', `${tag}:${key}`, 'v');
    const list = (pattern: string) => ask('EVAL', 'return redis.call(unpack(ARGV))', 1, here, ...line(pattern));
    expect(list(`${here}:[ab]`)).toMatch(found);
    expect(list(`${here}:a`)).toContain(`${here}:a`);
    expect(list(`${here}:z*`)).toMatch(/\*0\r\n/);
    for (const pattern of [`${there}:*`, `${there}:a`, `*${here}`, `{${keys[2]}*}`, `{}${here}*`, `\\${here}*`]) {
      expect(list(pattern)).toMatch(/^-ERR Script attempted to run a command that concerns the keys of all shards/);
    }
  });

  test('runs inside a transaction on the shard of the transaction', () => {
    const { ask, keys } = setUp();
    ask('MULTI');
    ask('SET', keys[1], 'v');
    ask('EVAL', "return redis.call('append',KEYS[1],'w')", 1, keys[1]);
    expect(ask('EXEC')).toBe('*2\r\n+OK\r\n:2\r\n');
    expect(ask('GET', keys[1])).toBe('$2\r\nvw\r\n');
  });
});

describe('what is kept is kept everywhere', () => {
  test('SCRIPT LOAD, EXISTS and FLUSH', () => {
    const { cluster, ask, keys } = setUp();
    expect(ask('SCRIPT', 'LOAD', 'return 1')).toBe(`$40\r\n${DIGEST}\r\n`);
    for (const key of keys) expect(ask('EVALSHA', DIGEST, 1, key)).toBe(':1\r\n');
    expect(ask('SCRIPT', 'EXISTS', DIGEST, 'none')).toBe('*2\r\n:1\r\n:0\r\n');
    cluster.engines[2]?.run('SCRIPT', 'FLUSH');
    expect(ask('SCRIPT', 'EXISTS', DIGEST, 'none')).toBe('*2\r\n:0\r\n:0\r\n');
    expect(ask('SCRIPT', 'FLUSH')).toBe('+OK\r\n');
    for (const key of keys) expect(ask('EVALSHA', DIGEST, 1, key)).toMatch(/^-NOSCRIPT/);
  });

  test('FUNCTION LOAD, DELETE, FLUSH, DUMP and RESTORE', () => {
    const { ask, keys } = setUp();
    const call = () => keys.map((key) => ask('FCALL', 'set', 1, key, 'v'));
    const all = (reply: string) => keys.map(() => reply);
    const missing = '-ERR Function not found\r\n';
    expect(ask('FUNCTION', 'LOAD', LIBRARY)).toBe('$3\r\nlib\r\n');
    expect(call()).toEqual(all('+OK\r\n'));
    expect(ask('FUNCTION', 'LOAD', LIBRARY)).toBe("-ERR Library 'lib' already exists\r\n");
    const dump = ask('FUNCTION', 'DUMP')
      .replace(/^\$\d+\r\n/, '')
      .slice(0, -2);
    expect(ask('FUNCTION', 'DELETE', 'lib')).toBe('+OK\r\n');
    expect(call()).toEqual(all(missing));
    const restore = ['FUNCTION', 'RESTORE', dump].map((word) => `$${word.length}\r\n${word}\r\n`).join('');
    const { cluster } = { cluster: setUp().cluster };
    expect(cluster.ask(`*3\r\n${restore}`)).toBe('+OK\r\n');
    for (const engine of cluster.engines)
      expect(engine.run('FUNCTION', 'LIST')).toMatchObject([{ items: expect.arrayContaining(['lib']) }]);
    expect(ask('FUNCTION', 'LOAD', LIBRARY)).toBe('$3\r\nlib\r\n');
    expect(ask('FUNCTION', 'FLUSH')).toBe('+OK\r\n');
    expect(call()).toEqual(all(missing));
  });
});
