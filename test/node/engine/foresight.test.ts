// What storage says of the keys of a pipeline is asked for together, and no reply is another for it.

import { describe, expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import { seededRandom, TestEngine } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';

const request = (...argv: (string | number)[]) =>
  fromText(`*${argv.length}\r\n${argv.map((arg) => `$${String(arg).length}\r\n${arg}\r\n`).join('')}`);

const KEYS = 24;

function randomCommand(random: ReturnType<typeof seededRandom>, now: number): (string | number)[] {
  const key = `key:${random.below(KEYS)}`;
  const commands: (string | number)[][] = [
    ['SET', key, random.below(1000)],
    ['SET', key, 'x', 'GET'],
    ['SET', key, 'y', 'NX', 'PX', 5],
    ['SETEX', key, 100, 'z'],
    ['DEL', key],
    ['UNLINK', key, `key:${random.below(KEYS)}`],
    ['GETDEL', key],
    ['GET', key],
    ['APPEND', key, 'more'],
    ['RPUSH', key, 1],
    ['RENAME', key, `key:${random.below(KEYS)}`],
    ['COPY', key, `key:${random.below(KEYS)}`],
    ['RESTORE', key, 0, '\0\xc0\x01\x0b\0\xc5\x6d\x4d\xa3\x59\x4d\x30\x3f', 'REPLACE'],
    ['PEXPIREAT', key, now + random.below(8)],
    ['PING'],
    ['MULTI'],
    ['EXEC'],
    ['NOSUCH', key],
    ['TTL', key],
    ['DBSIZE'],
  ];
  return commands[random.below(commands.length)] as (string | number)[];
}

describe('pipelines over storage', () => {
  test.each([1, 2, 3, 4, 5, 6])('random ones answer as without storage, seed %i', (seed) => {
    const random = seededRandom(seed);
    const stored = new StoredEngine(seededRandom(7));
    // Most keys leave memory as soon as they may.
    stored.engine.keys.memoryBudget = 1;
    const plain = new TestEngine(7);
    let connection = stored.test.connect();
    const reference = plain.connect();
    for (let round = 0; round < 150; round++) {
      const text = fromText(Array.from({ length: 1 + random.below(70) }, () => request(...randomCommand(random, plain.now))).join(''));
      const cut = random.below(text.length);
      for (const part of [text.slice(0, cut), text.slice(cut)]) {
        expect(connection.receive(fromText(part)).output).toBe(reference.receive(fromText(part)).output);
      }
      stored.test.now += 3;
      plain.now += 3;
      if (random.below(3) === 0) stored.checkpoint();
      if (random.below(3) === 0 && connection.idle && reference.idle) {
        stored.checkpoint();
        stored.restart();
        stored.engine.keys.memoryBudget = 1;
        connection = stored.test.connect();
      }
    }
    expect(stored.engine.keys.size).toBe(plain.engine.keys.size);
  });

  test('one question is enough for keys that are replaced or removed', () => {
    const stored = new StoredEngine();
    for (let i = 0; i < 100; i++) stored.test.run('SET', `key:${i}`, i);
    stored.checkpoint();
    stored.restart();
    const { asked } = stored.store;
    const before = { ...asked };
    const commands = Array.from({ length: 40 }, (_unused, i) =>
      i % 2 === 0 ? request('SET', `key:${i}`, 'new') : request('DEL', `key:${i}`),
    );
    const { output } = stored.test.connect().receive(fromText(commands.join('')));
    expect(output).toBe('+OK\r\n:1\r\n'.repeat(20));
    expect(asked.descriptions).toBe(before.descriptions + 1);
    expect(asked.loads).toBe(before.loads);
  });

  test('what was said of a key is forgotten when storage has another', () => {
    const stored = new StoredEngine();
    stored.test.run('SET', 'other', 1);
    stored.checkpoint();
    stored.restart();
    stored.engine.keys.memoryBudget = 1;
    const connection = stored.test.connect();
    const send = (...commands: string[]) => connection.receive(fromText(commands.join(''))).output;
    expect(send(request('DEL', 'key'), request('DEL', 'none'), request('SET', 'key', 'value'))).toBe(':0\r\n:0\r\n+OK\r\n');
    stored.checkpoint();
    while (stored.engine.keys.residentSize > 0) send(request('PING'));
    expect(send(request('DEL', 'key'))).toBe(':1\r\n');
  });

  test('what cannot be read ahead is read when a command needs it', () => {
    const stored = new StoredEngine();
    for (const key of ['a', 'b', 'c']) stored.test.run('SET', key, 1);
    stored.checkpoint();
    stored.restart();
    const describe = stored.store.describe.bind(stored.store);
    let failures = 0;
    stored.store.describe = (keys) => {
      if (keys.length === 1) return describe(keys);
      failures++;
      throw new Error('disk I/O error');
    };
    const { output } = stored.test.connect().receive(fromText(request('DEL', 'a') + request('SET', 'b', 2) + request('DEL', 'none')));
    expect(failures).toBeGreaterThan(0);
    expect(output).toBe(':1\r\n+OK\r\n:0\r\n');
    expect(stored.engine.keys.size).toBe(2);
  });
});
