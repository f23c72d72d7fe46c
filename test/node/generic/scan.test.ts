import { expect, test } from 'vitest';
import { seededRandom, TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

function scanAll(engine: TestEngine, ...options: (string | number)[]): { keys: string[]; calls: number } {
  const keys: string[] = [];
  let cursor = '0';
  let calls = 0;
  do {
    const reply = plain(engine.run('SCAN', cursor, ...options)) as [string, string[]];
    cursor = reply[0];
    keys.push(...reply[1]);
    calls++;
  } while (cursor !== '0');
  return { keys, calls };
}

test('a walk visits every key once when nothing changes', () => {
  const engine = new TestEngine();
  const names = Array.from({ length: 1000 }, (_, i) => `key:${i}`);
  for (const name of names) engine.run('SET', name, 1);
  const { keys, calls } = scanAll(engine, 'COUNT', 100);
  expect(keys.sort()).toEqual(names.sort());
  expect(calls).toBe(10);
  expect(scanAll(engine).calls).toBe(100);
  expect(scanAll(engine, 'COUNT', 5000).calls).toBe(1);
  expect(plain(engine.run('SCAN', 0, 'COUNT', 1)) as unknown[]).toEqual([expect.stringMatching(/^[1-9]\d*$/), [expect.any(String)]]);
});

test('a key that stays is visited whatever comes and goes', () => {
  const engine = new TestEngine();
  const random = seededRandom(9);
  const stable = Array.from({ length: 500 }, (_, i) => `stable:${i}`);
  for (const name of stable) engine.run('SET', name, 1);
  for (let i = 0; i < 500; i++) engine.run('SET', `passing:${i}`, 1);
  const seen = new Set<string>();
  let cursor = '0';
  let changes = 0;
  do {
    const reply = plain(engine.run('SCAN', cursor, 'COUNT', 7)) as [string, string[]];
    cursor = reply[0];
    for (const key of reply[1]) seen.add(key);
    for (let i = 0; i < 20; i++, changes++) engine.run(random.below(2) > 0 ? 'SET' : 'DEL', `passing:${random.below(1000)}`, 1);
  } while (cursor !== '0');
  expect(changes).toBeGreaterThan(1000);
  expect(stable.filter((name) => !seen.has(name))).toEqual([]);
});

test('options filter what is returned', () => {
  const engine = new TestEngine();
  for (let i = 0; i < 50; i++) engine.run('SET', `a${i}`, 1);
  engine.run('RPUSH', 'a-list', 1);
  engine.run('SADD', 'a-set', 1);
  expect(scanAll(engine, 'MATCH', 'a?').keys).toHaveLength(10);
  expect(scanAll(engine, 'TYPE', 'LIST').keys).toEqual(['a-list']);
  expect(scanAll(engine, 'TYPE', 'stream').keys).toEqual([]);
  expect(scanAll(engine, 'TYPE', 'no such type').keys).toEqual([]);
  expect(scanAll(engine, 'TYPE', 'string', 'MATCH', '*-*').keys).toEqual([]);
});

test('WITHTYPE adds the types', () => {
  const engine = new TestEngine();
  engine.run('SET', 's', 1);
  engine.run('RPUSH', 'l', 1);
  const { keys } = scanAll(engine, 'WITHTYPE');
  const types = Object.fromEntries(keys.flatMap((key, i) => (i % 2 === 0 ? [[key, keys[i + 1]]] : [])));
  expect(types).toEqual({ s: 'string', l: 'list' });
  expect(scanAll(engine, 'withtype', 'TYPE', 'list').keys).toEqual(['l', 'list']);
});

test.each<[cursor: string, reply: unknown]>([
  ['', ['0', ['k']]],
  ['+0', ['0', ['k']]],
  ['00', ['0', ['k']]],
  ['-1', ['0', []]],
  ['18446744073709551615', ['0', []]],
  ['18446744073709551616', 'ERR invalid cursor'],
  [' 0', 'ERR invalid cursor'],
  ['0 ', 'ERR invalid cursor'],
  ['x', 'ERR invalid cursor'],
])('the cursor %j', (cursor, reply) => {
  const engine = new TestEngine();
  engine.run('SET', 'k', 1);
  expect(plain(engine.run('SCAN', cursor))).toEqual(reply);
});
