// ACL, CLUSTER, MODULE, replication and databases: what is answered truthfully where there is one user, one database and
// no other server.

import { describe, expect, test } from 'vitest';
import { slotOf } from '../../../src/bytes/crc16';
import { registry } from '../../../src/commands/registry';
import { BLOCKED, type Reply, VerbatimReply } from '../../../src/protocol/reply';
import { ACL_CATEGORIES } from '../../../src/spec/acl';
import { isContainer } from '../../../src/spec/command';
import { ascii, TestEngine } from '../../support/engine';
import { type Plain, plain } from '../../support/plain-reply';

const answer = (engine: TestEngine, line: string): Plain => plain(engine.run(...line.split(' ')));

describe('ACL', () => {
  const open = new TestEngine();
  const guarded = new TestEngine(1, { full: ascii('secret'), read: undefined });

  test('knows one user, and tells none of its passwords', () => {
    expect(answer(open, 'ACL WHOAMI')).toBe('default');
    expect(answer(open, 'ACL USERS')).toEqual(['default']);
    expect(answer(open, 'ACL LIST')).toEqual(['user default on nopass ~* &* +@all']);
    expect(answer(guarded, 'ACL LIST')).toEqual(['user default on ~* &* +@all']);
    expect(answer(open, 'ACL GETUSER default')).toEqual([
      ...['flags', ['on', 'nopass'], 'passwords', []],
      ...['commands', '+@all', 'keys', '~*', 'channels', '&*', 'selectors', []],
    ]);
    expect((answer(guarded, 'ACL GETUSER default') as Plain[])[1]).toEqual(['on']);
    expect(answer(open, 'ACL GETUSER Default')).toBeNull();
  });

  test('lists every command in a category', () => {
    expect(answer(open, 'ACL CAT')).toEqual(ACL_CATEGORIES);
    const listed = new Set(ACL_CATEGORIES.flatMap((category) => answer(open, `ACL CAT ${category}`) as string[]));
    const names = registry.flatMap((spec) => [spec.name, ...(isContainer(spec) ? spec.subcommands.map(({ name }) => name) : [])]);
    expect([...listed].sort()).toEqual(names.sort());
    expect(answer(open, 'ACL CAT string')).toContain('get');
  });

  test('tells what may be run', () => {
    expect(answer(open, 'ACL DRYRUN default get k')).toBe('OK');
    expect(answer(open, 'ACL DRYRUN default COMMAND')).toBe('OK');
    expect(answer(open, 'ACL DRYRUN default config')).toBe("ERR wrong number of arguments for 'config' command");
    expect(open.run('GET', 'k')).toBeNull();
  });

  test('makes passwords up, to the bit', () => {
    expect(answer(open, 'ACL GENPASS')).toHaveLength(64);
    expect(answer(open, 'ACL GENPASS 5')).toHaveLength(2);
    expect(answer(open, 'ACL GENPASS 4096')).toHaveLength(1024);
  });
});

describe('CLUSTER', () => {
  test('tells the slot of a key, and otherwise that there is no cluster', () => {
    const engine = new TestEngine();
    expect(answer(engine, 'CLUSTER KEYSLOT {a}b')).toBe(slotOf(ascii('a')));
    const asked = ['INFO', 'MYID', 'MYSHARDID', 'NODES', 'SHARDS', 'SLOTS', 'LINKS', 'COUNTKEYSINSLOT 1', 'GETKEYSINSLOT 1 1'];
    for (const line of [...asked.map((question) => `CLUSTER ${question}`), 'READONLY', 'READWRITE', 'ASKING']) {
      expect(answer(engine, line), line).toBe('ERR This instance has cluster support disabled');
    }
    for (const text of ['CLUSTER INFO', 'CLUSTER MYID', 'CLUSTER MYSHARDID', 'CLUSTER NODES', 'CLUSTER SLOTS', 'CLUSTER LINKS'])
      expect(answer(engine, `${text} x y`)).toMatch(/^ERR wrong number of arguments/);
    expect(answer(engine, 'CLUSTER GETKEYSINSLOT 1')).toMatch(/^ERR wrong number of arguments/);
  });
});

describe('MEMORY', () => {
  test('tells what is known of all keys', () => {
    const engine = new TestEngine();
    const told = () => {
      const items = answer(engine, 'MEMORY STATS') as Plain[];
      return Object.fromEntries(items.flatMap((name, i) => (i % 2 === 0 ? [[name, items[i + 1]]] : [])));
    };
    const report = () => (engine.run('MEMORY', 'DOCTOR') as VerbatimReply).text;
    const connections = told()['clients.normal'] as number;
    const overhead = connections + (told()['startup.allocated'] as number);
    expect(told()).toMatchObject({ 'keys.count': 0, 'total.allocated': overhead, 'dataset.bytes': 0, 'keys.bytes-per-key': 0 });
    expect(report()).toContain('no keys');
    engine.run('SET', 'a', 'x'.repeat(300_000));
    engine.run('SET', 'b', 'y');
    const used = (engine.run('MEMORY', 'USAGE', 'a') as number) + (engine.run('MEMORY', 'USAGE', 'b') as number);
    expect(told()).toEqual({
      'peak.allocated': used + overhead,
      'total.allocated': used + overhead,
      'startup.allocated': overhead - connections,
      'clients.normal': connections,
      'overhead.total': overhead,
      'keys.count': 2,
      'keys.in-memory': 2,
      'resident.bytes': used,
      'keys.bytes-per-key': Math.floor(used / 2),
      'dataset.bytes': used,
      'dataset.percentage': expect.stringMatching(/^99\.\d+$/),
      'peak.percentage': '100',
    });
    expect(report()).toContain('There are 2 keys, 2 of them in memory');
    expect(report()).toContain('values are large');
    engine.run('DEL', 'a');
    expect(told()['peak.allocated']).toBe(used + overhead);
    expect(report()).toContain('at the peak');
    expect(answer(engine, 'MEMORY PURGE')).toBe('OK');
    expect(engine.run('MEMORY', 'MALLOC-STATS')).toBeInstanceOf(VerbatimReply);
  });
});

test('ROLE tells how far the journal is, LASTSAVE of the start when nothing was saved', () => {
  const engine = new TestEngine();
  expect(answer(engine, 'ROLE')).toEqual(['master', 0, []]);
  engine.run('SET', 'a', 'b');
  expect(answer(engine, 'ROLE')).toEqual(['master', 1, []]);
  expect(answer(engine, 'LASTSAVE')).toBe(engine.now / 1000);
  expect(answer(engine, 'MODULE LIST')).toEqual([]);
  expect(answer(engine, 'CLIENT GETREDIR')).toBe(-1);
  expect(answer(engine, 'CLIENT TRACKINGINFO')).toEqual(['flags', ['off'], 'redirect', -1, 'prefixes', []]);
});

test('a database cannot be moved to or swapped with another', () => {
  const engine = new TestEngine();
  engine.run('SET', 'a', 'b');
  expect(answer(engine, 'MOVE a 0')).toBe('ERR source and destination objects are the same');
  expect(answer(engine, 'MOVE a 1')).toBe('ERR DB index is out of range');
  expect(answer(engine, 'SWAPDB 0 0')).toBe('OK');
  expect(answer(engine, 'SWAPDB 0 1')).toBe('ERR DB index is out of range');
  expect(engine.run('GET', 'a')).toBe('b');
});

describe('WAIT and WAITAOF', () => {
  function waiting(line: string): { readonly engine: TestEngine; readonly replies: Reply[] } {
    const engine = new TestEngine();
    const replies: Reply[] = [];
    engine.client.onUnblocked = (reply) => replies.push(reply);
    expect(engine.run(...line.split(' '))).toBe(BLOCKED);
    return { engine, replies };
  }

  test('answer at once when nobody has to acknowledge', () => {
    const engine = new TestEngine();
    engine.client.onUnblocked = () => undefined;
    expect(answer(engine, 'WAIT 0 0')).toBe(0);
    expect(answer(engine, 'WAIT -1 0')).toBe(0);
    expect(answer(engine, 'WAITAOF 1 0 0')).toEqual([1, 0]);
  });

  test.each([
    ['WAIT 1 100', 0],
    ['WAITAOF 0 1 100', [1, 0]],
  ])('%s waits until the time is over', (line, expected) => {
    const { engine, replies } = waiting(line);
    engine.engine.blocking.timeOut(engine.now + 99);
    expect(replies).toEqual([]);
    engine.engine.blocking.timeOut(engine.now + 100);
    expect(replies).toEqual([expected]);
  });

  test('do not wait in a transaction', () => {
    const engine = new TestEngine();
    engine.client.onUnblocked = () => undefined;
    for (const line of ['MULTI', 'WAIT 1 0', 'WAITAOF 1 1 0']) answer(engine, line);
    expect(answer(engine, 'EXEC')).toEqual([0, [1, 0]]);
  });
});
