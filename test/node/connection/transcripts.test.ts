// What connections answer, byte for byte as redis-server: each transcript is one connection's input.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { TestEngine } from '../../support/engine';
import { exchange } from '../../support/raw-client';
import { RealRedis, redisInstalled } from '../../support/real-redis';
import { connectFrom } from './connect';

/** Lines of inline commands. */
const OPEN: readonly (readonly string[])[] = [
  ['ping', 'ping hi', 'ping a b', 'echo x', 'echo', 'PiNg'],
  ['quit', 'ping'],
  ['multi', 'quit', 'ping'],
  ['quit now'],
  ['select 0', 'select 1000', 'select x', 'select 99999999999', 'select'],
  ['auth x', 'auth default x', 'auth someone x', 'auth a b c', 'auth'],
  ['hello x', 'hello 1', 'hello 4', 'hello 2 foo', 'hello 2 setname', 'hello 2 auth a', 'hello 2 auth a b', 'hello 99999999999999999999'],
  ['hello 3 setname "a b"', 'hello 3 setname x nope', 'hello 3 auth default x', 'hello 3 setname x', 'client getname'],
  ['client', 'client nope', 'client id 1', 'client reply', 'client setname', 'client list type', 'client list id', 'client info x'],
  [
    'client list id x',
    'client list type x',
    'client list foo',
    'client list id 99999',
    'client list type replica',
    'client list type pubsub',
  ],
  [
    'client setname ""',
    'client getname',
    'client setname a',
    'client getname',
    'client setname "a\\n"',
    'client getname',
    'client setname ""',
  ],
  ['client no-evict', 'client no-evict x', 'client no-evict ON', 'client no-evict off'],
  [
    'client unblock x',
    'client unblock 1 x',
    'client unblock x timeout',
    'client unblock 9999',
    'client unblock 9999 ERROR',
    'client unblock 1 error x',
    'CLIENT Unblock 1 x y',
  ],
  ['client kill', 'client kill 1.2.3.4:5', 'client kill id 0', 'client kill id x', 'client kill id', 'client kill id 99999'],
  [
    'client kill id 1 type',
    'client kill type x',
    'client kill user nobody',
    'client kill skipme x addr y',
    'client kill id 99999 skipme no user default',
  ],
  [
    'client kill type replica',
    'client kill type slave',
    'client kill type master',
    'client kill type pubsub',
    'client kill addr 1:1 laddr 2:2',
  ],
  ['client kill foo bar', 'client kill addr 1:1 foo'],
  ['client reply x', 'client reply on', 'ping'],
  ['client reply off', 'ping', 'client reply skip', 'ping', 'client reply on', 'ping'],
  ['client reply skip', 'ping', 'ping'],
  ['client reply skip', 'client reply skip', 'ping', 'ping'],
  ['client reply skip', 'client reply on', 'ping'],
  ['client reply skip', 'client reply off', 'ping', 'client reply on', 'ping'],
  ['client reply skip', '', 'ping'],
  ['client reply skip', 'nope', 'ping'],
  ['client reply skip', 'reset', 'ping'],
  ['client reply off', 'reset', 'ping'],
  ['client reply off', 'quit', 'ping'],
  ['client reply off', '*x'],
  ['client reply skip', '*x'],
  ['client reply skip', 'multi', 'ping', 'exec'],
  ['multi', 'client reply skip', 'ping', 'exec', 'ping', 'ping'],
  ['multi', 'ping', 'client reply off', 'ping', 'exec', 'ping'],
  ['reset', 'reset x', 'multi', 'set a b', 'reset', 'exec', 'client getname'],
  ['hello 3', 'get missing', 'reset', 'get missing'],
  ['client setname x', 'reset', 'client getname'],
  ['multi', 'hello 3', 'exec', 'get missing'],
  ['"a\\x00b" c', 'client "x\\x00y"', 'hello 2 "x\\x00y"', 'expire a 1 "x\\x00y"', 'nope "\\n\\r"'],
  [
    'nope',
    'nope a b',
    `nope ${'x'.repeat(200)} y`,
    `${'n'.repeat(200)} a`,
    `nope ${Array.from({ length: 40 }, (_, i) => `a${i}`).join(' ')}`,
  ],
];

const PROTECTED: readonly (readonly string[])[] = [
  ['ping', 'get x', 'nope', 'get', 'multi', 'exec', 'client id', 'reset', 'ping'],
  ['hello', 'hello 3', 'ping', 'hello 2 setname x', 'hello 3 auth default wrong', 'ping'],
  ['auth wrong', 'auth default wrong', 'auth someone secret', 'ping', 'auth secret', 'ping', 'auth wrong', 'ping'],
  ['hello 2 auth default secret', 'ping', 'reset', 'ping', 'auth default secret', 'ping'],
  ['auth secret', 'multi', 'set a 1', 'reset', 'exec', 'auth secret', 'exec'],
  ['quit'],
  ['*11'],
  ['*1', '$16385'],
];

/** The engine's ids are its own. */
const withoutIds = (text: string): string => text.replace(/(\$2\r\nid\r\n):\d+/g, '$1:?');

describe.skipIf(!redisInstalled)('against redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test.each(OPEN.map((lines) => [lines]))('%j', async (lines) => {
    const input = lines.map((line) => `${line}\r\n`).join('') as Bytes;
    const { output } = new TestEngine().connect().receive(input);
    expect(withoutIds(output)).toBe(withoutIds(await exchange(redis.port, input)));
  });

  test('with a password', async () => {
    await redis.send([['CONFIG', 'SET', 'requirepass', 'secret']]);
    for (const lines of PROTECTED) {
      const input = lines.map((line) => `${line}\r\n`).join('') as Bytes;
      const engine = new TestEngine(1, { full: 'secret' as Bytes, read: undefined });
      const { output } = connectFrom(engine, { access: undefined }).receive(input);
      expect({ lines, output: withoutIds(output) }).toEqual({ lines, output: withoutIds(await exchange(redis.port, input)) });
    }
    await redis.send([['CONFIG', 'SET', 'requirepass', '']]);
  });
});
