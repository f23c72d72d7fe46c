// COMMAND: what it answers beside the declarations themselves, which metadata.test.ts compares.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import { registry } from '../../../src/commands/registry';
import { ErrorReply, type Status } from '../../../src/protocol/reply';
import { aclCategoriesOf } from '../../../src/spec/acl';
import { isContainer } from '../../../src/spec/command';
import { expectSameReplies } from '../../support/differential';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const LINES = [
  'GET a',
  'GET',
  'GET a b',
  'get a',
  'SET a b',
  'SET a b GET',
  'SET a b EX 10 get',
  'SET GET b',
  'MSET a 1 b 2 c 3',
  'MSET a 1 b',
  'MSETNX a 1 b 2',
  'DEL a b c',
  'COPY a b REPLACE',
  'RENAME a b',
  'RENAMENX a b',
  'OBJECT ENCODING a',
  'OBJECT',
  'OBJECT nope a',
  'MEMORY USAGE a',
  'SMOVE a b m',
  'SINTERSTORE d a b',
  'SINTERCARD 2 a b',
  'SINTERCARD 2 a b LIMIT 1',
  'SINTERCARD 3 a b',
  'SUNION a b c',
  'LMOVE a b LEFT RIGHT',
  'RPOPLPUSH a b',
  'LMPOP 2 a b LEFT',
  'LMPOP x a b LEFT',
  'LMPOP 0 a LEFT',
  'LCS a b LEN',
  'ZADD z 1 a',
  'ZUNION 2 a b WITHSCORES',
  'ZUNION 5 a b',
  'ZUNION 0 a',
  'ZUNIONSTORE d 2 a b',
  'ZUNIONSTORE d 0 a',
  'ZUNIONSTORE d -1 a',
  'ZINTERCARD 2 a b',
  'ZDIFF 2 a b',
  'ZDIFFSTORE d 2 a b',
  'ZMPOP 1 z MIN COUNT 2',
  'ZRANGESTORE d s 0 -1',
  'HSET h f v g w',
  'EXISTS a b',
  'TOUCH a b',
  'UNLINK a',
  'WATCH a b',
  'PING x',
  'MULTI x',
  'CONFIG GET x',
  'CONFIG nope x',
  'nope a',
  'CLIENT x',
];

describe.skipIf(!redisInstalled)('against redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test('GETKEYS and GETKEYSANDFLAGS', async () => {
    const commands = LINES.flatMap((line) =>
      ['GETKEYS', 'GETKEYSANDFLAGS'].map((subcommand) => ['COMMAND', subcommand, ...line.split(' ')].map(fromText)),
    );
    const outcome = await expectSameReplies(redis, new TestEngine(), commands);
    expect(outcome.succeeded).toBeGreaterThan(60);
    expect(outcome.failed).toBeGreaterThan(30);
  });

  test('mistakes', async () => {
    const lines = ['COMMAND nope', 'COMMAND COUNT x', 'COMMAND LIST x', 'COMMAND LIST FILTERBY', 'COMMAND LIST FILTERBY MODULE'];
    lines.push('COMMAND LIST FILTERBY nope x', 'COMMAND LIST FILTERBY MODULE nope', 'COMMAND LIST FILTERBY ACLCAT nope');
    lines.push('COMMAND INFO nope', 'COMMAND INFO get|foo', 'COMMAND DOCS nope', 'COMMAND GETKEYS', 'COMMAND HELP x');
    await expectSameReplies(
      redis,
      new TestEngine(),
      lines.map((line) => line.split(' ').map(fromText)),
    );
  });
});

describe('the registry', () => {
  const engine = new TestEngine();
  const names = (...argv: string[]): string[] => (plain(engine.run('COMMAND', ...argv)) as string[]).slice().sort();
  const all = registry.flatMap((spec) => (isContainer(spec) ? [spec, ...spec.subcommands] : [spec]));

  test('is counted and listed', () => {
    expect(engine.run('COMMAND', 'COUNT')).toBe(registry.length);
    expect(engine.run('COMMAND')).toHaveLength(registry.length);
    expect(engine.run('COMMAND', 'INFO')).toEqual(engine.run('COMMAND'));
    expect(names('LIST')).toEqual(all.map(({ name }) => name).sort());
  });

  test('is filtered', () => {
    expect(names('LIST', 'filterby', 'pattern', 'CONFIG|*')).toEqual(names('LIST').filter((name) => name.startsWith('config|')));
    const hashes = names('LIST', 'FILTERBY', 'ACLCAT', 'HASH');
    expect(hashes).toContain('hset');
    expect(hashes).toEqual(
      all
        .filter((spec) => aclCategoriesOf(spec).includes('hash'))
        .map(({ name }) => name)
        .sort(),
    );
  });

  test('knows subcommands by their full names, in any case', () => {
    const [info] = plain(engine.run('COMMAND', 'INFO', 'Config|Get')) as [unknown[]];
    expect(info[0]).toBe('config|get');
    expect(plain(engine.run('COMMAND', 'DOCS', 'CONFIG|GET', 'nope'))).toHaveLength(2);
  });

  test('every container explains itself', () => {
    const containers = [
      'ACL HELP',
      'CLIENT HELP',
      'CLUSTER HELP',
      'COMMAND HELP',
      'CONFIG HELP',
      'DEBUG HELP',
      'FUNCTION HELP',
      'HIMPORT HELP',
      'LATENCY HELP',
      'MEMORY HELP',
      'MODULE HELP',
      'OBJECT HELP',
      'PUBSUB HELP',
      'SCRIPT HELP',
      'SLOWLOG HELP',
      'XGROUP HELP',
      'XINFO HELP',
    ];
    expect(
      registry
        .filter(isContainer)
        .map(({ name }) => `${name.toUpperCase()} HELP`)
        .sort(),
    ).toEqual(containers);
    for (const spec of registry) {
      if (!isContainer(spec)) continue;
      const reply = engine.run(spec.name, 'HELP');
      expect(reply).not.toBeInstanceOf(ErrorReply);
      const lines = (reply as Status[]).map((line) => line.text);
      expect(lines[0]).toBe(`${spec.name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
      for (const { name } of spec.subcommands) {
        const subcommand = name.slice(name.indexOf('|') + 1).toUpperCase();
        expect(lines.some((line) => line === subcommand || line.startsWith(`${subcommand} `))).toBe(true);
      }
    }
  });
});
