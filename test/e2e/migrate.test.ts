// `kedge migrate` from a real redis-server: what arrives is compared by DEBUG DIGEST, which is ours and Redis' alike.

import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RespClient } from '../support/resp-client';
import { hasRedis, KEDGE, type Redis, redisCli, type Server, spawnKedge, startRedis, startServer, until } from './server';

/** Runs `kedge migrate` to its end. */
function migrate(from: string, to: Server | Redis, ...args: string[]) {
  const target = 'url' in to ? ['--url', to.url, '--token', to.token] : ['--url', `redis://127.0.0.1:${to.port}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, [KEDGE, 'migrate', '--from', from, ...target, ...args], {
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
    timeout: 50_000,
  });
  return { status, stdout, stderr };
}

const urlOf = ({ port }: Redis, database = '') => `redis://127.0.0.1:${port}${database}`;
const onSource = ({ port }: Redis, ...argv: (string | number)[]) => redisCli(['-p', port, ...argv]);
const onTarget = (to: Server | Redis, ...argv: (string | number)[]) =>
  'url' in to ? redisCli(['--no-auth-warning', '-a', to.token, '-p', to.respPort, ...argv]) : onSource(to, ...argv);

const FILL = `
for i = 1, 3000 do redis.call('SET', 'string:' .. i, string.rep('value ', i % 40) .. i) end
for i = 1, 300 do redis.call('SET', 'integer:' .. i, i * 7919, 'PX', 3600000 + i) end
for i = 1, 50 do
  for j = 1, i * 3 do
    redis.call('RPUSH', 'list:' .. i, 'element ' .. j)
    redis.call('SADD', 'set:' .. i, j)
    redis.call('SADD', 'words:' .. i, 'word ' .. j)
    redis.call('ZADD', 'zset:' .. i, j / 7, 'member ' .. j)
    redis.call('HSET', 'hash:' .. i, 'field ' .. j, 'value ' .. j)
  end
end
for j = 1, 1000 do
  redis.call('HSET', 'wide', 'field ' .. j, j)
  redis.call('ZADD', 'many', -j * 1e10, j)
  redis.call('XADD', 'stream', j .. '-1', 'a', j, 'b', 'x')
end
redis.call('ZADD', 'infinite', '-inf', 'low', 'inf', 'high')
redis.call('XDEL', 'stream', '3-1', '17-1')
redis.call('XGROUP', 'CREATE', 'stream', 'group', '0')
redis.call('XGROUP', 'CREATE', 'stream', 'late', '$')
redis.call('XGROUP', 'CREATECONSUMER', 'stream', 'late', 'idle')
redis.call('XREADGROUP', 'GROUP', 'group', 'one', 'COUNT', '20', 'STREAMS', 'stream', '>')
redis.call('XREADGROUP', 'GROUP', 'group', 'two', 'COUNT', '5', 'STREAMS', 'stream', '>')
redis.call('XACK', 'stream', 'group', '5-1')
redis.call('XGROUP', 'CREATE', 'empty stream', 'group', '$', 'MKSTREAM')
redis.call('XADD', 'trimmed', 'MAXLEN', '0', '5-5', 'a', 'b')
redis.call('PFADD', 'loglog', 'a', 'b', 'c')
redis.call('SETBIT', 'bits', 1000, 1)
redis.call('SET', 'bytes\\0\\255\\r\\n', '\\0\\1\\2\\255')
redis.call('SET', '', 'under the empty key')
redis.call('PEXPIRE', 'set:7', 7200000)
return redis.status_reply('OK')`;

/** Larger than what goes as one payload. */
const FILL_LARGE = `
local long = string.rep('0123456789', 30)
for j = 1, 28000 do
  redis.call('HSET', 'large:hash', 'field ' .. j, long .. j)
  redis.call('RPUSH', 'large:list', long .. j)
  redis.call('ZADD', 'large:zset', j / 3, long .. j)
  redis.call('SADD', 'large:set', long .. j)
  redis.call('XADD', 'large:stream', j .. '-0', 'field', long .. j)
end
redis.call('XGROUP', 'CREATE', 'large:stream', 'group', '0')
redis.call('XREADGROUP', 'GROUP', 'group', 'one', 'COUNT', '2500', 'STREAMS', 'large:stream', '>')
redis.call('SETRANGE', 'large:string', 9000000, 'end')
redis.call('PEXPIRE', 'large:hash', 7200000)
return redis.status_reply('OK')`;

const LIBRARY = "#!lua name=mylib\nredis.register_function('answer', function() return 42 end)";

async function sameEverywhere(source: Redis, target: Server | Redis): Promise<void> {
  expect(await onTarget(target, 'DEBUG', 'DIGEST')).toBe(await onSource(source, 'DEBUG', 'DIGEST'));
  expect(await onTarget(target, 'DBSIZE')).toBe(await onSource(source, 'DBSIZE'));
  for (const argv of [
    ['PEXPIRETIME', 'integer:5'],
    ['XINFO', 'GROUPS', 'stream'],
    ['XPENDING', 'stream', 'group', '-', '+', '100', 'one'],
    ['XINFO', 'GROUPS', 'empty stream'],
  ]) {
    const [theirs, ours] = await Promise.all([onSource(source, ...argv), onTarget(target, ...argv)]);
    // How long an entry has been pending goes on while one looks.
    const steady = (text: string) => (argv[0] === 'XPENDING' ? text.split('\n').filter((_line, i) => i % 4 !== 2) : text);
    expect(theirs.length).toBeGreaterThan(5);
    expect(steady(ours)).toEqual(steady(theirs));
  }
  const firstId = async (side: (...argv: string[]) => Promise<string>) =>
    (await side('XINFO', 'STREAM', 'trimmed')).match(/last-generated-id\s+(\S+)/)?.[1];
  expect(await firstId((...argv) => onTarget(target, ...argv))).toBe('5-5');
}

describe.skipIf(!hasRedis)('kedge migrate', () => {
  let source: Redis;
  const servers: Server[] = [];
  const others: Redis[] = [];
  const redis = async (...args: string[]) => {
    const server = await startRedis(['--enable-debug-command', 'yes', ...args]);
    others.push(server);
    return server;
  };
  const kedge = async (shards: number) => {
    const server = await startServer({ args: ['--shards', `${shards}`] });
    servers.push(server);
    return server;
  };
  beforeAll(async () => {
    source = await startRedis(['--enable-debug-command', 'yes']);
    await onSource(source, 'EVAL', FILL, 0);
    await onSource(source, 'FUNCTION', 'LOAD', LIBRARY);
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    for (const server of others.splice(0)) await server.stop();
  });
  afterAll(() => source.stop());

  test.each([1, 3])('into %i shards: every type, deadlines, groups, functions', async (shards) => {
    const target = await kedge(shards);
    const { status, stdout, stderr } = migrate(urlOf(source), target);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/copied 3,5\d\d keys in 2 passes:/);
    for (const line of [/^ {2}hash +51$/m, /^ {2}list +50$/m, /^ {2}set +100$/m, /^ {2}stream +3$/m, /^ {2}zset +52$/m]) {
      expect(stdout).toMatch(line);
    }
    expect(stdout).toContain('copied 1 library of functions');
    expect(stdout).toContain('verified 1,000 keys: all are equal');
    await sameEverywhere(source, target);
    expect(await onTarget(target, 'FCALL', 'answer', 0)).toBe('42');
  });

  test('values that are larger than a payload', async () => {
    const from = await redis();
    await onSource(from, 'EVAL', FILL_LARGE, 0);
    const target = await kedge(3);
    const { status, stdout } = migrate(urlOf(from), target, '--connections', '2');
    expect(stdout).toContain('verified 6 keys: all are equal');
    expect(status).toBe(0);
    expect(await onTarget(target, 'DEBUG', 'DIGEST')).toBe(await onSource(from, 'DEBUG', 'DIGEST'));
    expect(await onTarget(target, 'PEXPIRETIME', 'large:hash')).toBe(await onSource(from, 'PEXPIRETIME', 'large:hash'));
    const pending = await onTarget(target, 'XPENDING', 'large:stream', 'group');
    expect(pending).toBe(await onSource(from, 'XPENDING', 'large:stream', 'group'));
  });

  test('a target that takes no payload gets every value in parts', async () => {
    const target = await redis('--rename-command', 'RESTORE', '');
    const { status, stdout } = migrate(urlOf(source), target);
    expect(stdout).toContain('verified 1,000 keys: all are equal');
    expect(status).toBe(0);
    await sameEverywhere(source, target);
  });

  test('what changes meanwhile is there in the end, and what goes is gone', async () => {
    const from = await redis();
    await onSource(from, 'DEBUG', 'POPULATE', 30_000, 'key', 100);
    const target = await kedge(3);
    await onTarget(target, 'SET', 'not from there', 'stays');
    const { child, log } = spawnKedge([
      'migrate',
      '--from',
      urlOf(from),
      '--url',
      target.url,
      '--token',
      target.token,
      '--connections',
      '2',
    ]);
    const client = await RespClient.open(from.port);
    let writes = 0;
    while (!/pass 1:.*copied\n/.test(log())) {
      const n = writes++;
      const replies = client.pipeline([
        ['SET', `key:${(n * 7919) % 30_000}`, `changed ${n}`],
        ['DEL', `key:${(n * 104_729) % 30_000}`],
        ['RPUSH', `new:${n % 100}`, n],
        ['PEXPIRE', `key:${(n * 31) % 30_000}`, 3_600_000 + n],
        ['XADD', 'stream', '*', 'n', n],
        ['SET', `passing:${n}`, 'here'],
        ['DEL', `passing:${n - 500}`],
      ]);
      await Promise.all(replies);
    }
    expect(writes).toBeGreaterThan(100);
    client.close();
    await until('the end', () => child.exitCode ?? undefined);
    expect(log()).toMatch(/deleted [\d,]+ keys? that went from the source meanwhile/);
    expect(log()).toContain('verified 1,000 keys: all are equal');
    expect(child.exitCode).toBe(0);
    expect(await onTarget(target, 'GETDEL', 'not from there')).toBe('stays');
    expect(await onTarget(target, 'DEBUG', 'DIGEST')).toBe(await onSource(from, 'DEBUG', 'DIGEST'));
  });

  test('of conflicts: skip, fail, and only what matches', async () => {
    const target = await kedge(1);
    await onTarget(target, 'SET', 'list:1', 'mine');
    const failed = migrate(urlOf(source), target, '--on-conflict', 'fail', '--match', 'list:*');
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain('the key "list:1" is at the target already');
    await onTarget(target, 'FLUSHALL');
    await onTarget(target, 'SET', 'list:1', 'mine');
    const skipped = migrate(urlOf(source), target, '--on-conflict', 'skip', '--match', 'list:*');
    expect(skipped.stdout).toContain('left out 1 key: was at the target already');
    expect(skipped.stdout).toContain('verified 49 keys: all are equal; 1 could not be compared');
    expect(skipped.status).toBe(0);
    expect(await onTarget(target, 'GET', 'list:1')).toBe('mine');
    expect(await onTarget(target, 'DBSIZE')).toBe('50');
    expect(migrate(urlOf(source), target, '--match', 'list:*').status).toBe(0);
    expect(await onTarget(target, 'TYPE', 'list:1')).toBe('list');
  });

  test('one database of several, with a password', async () => {
    const from = await redis();
    await onSource(from, 'CONFIG', 'SET', 'requirepass', 'p@ss');
    await redisCli(['--no-auth-warning', '-a', 'p@ss', '-p', from.port, '-n', 3, 'SET', 'three', '3']);
    await redisCli(['--no-auth-warning', '-a', 'p@ss', '-p', from.port, 'SET', 'zero', '0']);
    const target = await kedge(1);
    const { status, stdout } = migrate(`redis://:p%40ss@127.0.0.1:${from.port}/3`, target);
    expect(status).toBe(0);
    expect(stdout).toContain('other databases of the source hold keys too, and each is copied on its own: 0');
    expect(stdout).not.toContain('p@ss');
    expect(await onTarget(target, 'KEYS', '*')).toBe('three');
    const refused = migrate(`redis://:wrong@127.0.0.1:${from.port}/3`, target);
    expect(refused.stderr).toContain('WRONGPASS');
    expect(refused.status).toBe(1);
  });

  test('sources that cannot be copied are told', async () => {
    const target = await kedge(1);
    const cluster = migrate(
      urlOf(await redis('--cluster-enabled', 'yes', '--cluster-config-file', `kedge-test-${process.pid}.conf`)),
      target,
    );
    expect(cluster.stderr).toContain('is a node of a Redis Cluster');
    const restricted = migrate(urlOf(await redis('--rename-command', 'DUMP', '')), target);
    expect(restricted.stderr).toContain('does not allow DUMP');
    for (const { status } of [cluster, restricted]) expect(status).toBe(1);
  });
});
