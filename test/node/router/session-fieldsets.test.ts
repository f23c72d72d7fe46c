// The fieldsets of HIMPORT in a session over several shards, whose connections open one after the other.

import { expect, test } from 'vitest';
import { TestCluster, wire } from '../../support/cluster';

const SHARDS = 4;
const sample = new TestCluster({ shards: SHARDS });
const keys = Array.from({ length: SHARDS }, (_, shard) => sample.keyOf(shard));
const OK = '+OK\r\n';
const NONE = '-ERR no such fieldset\r\n';

const importInto = (key: string, value = 'x') => wire('HIMPORT', 'SET', key, 'set', value);

test('are known to shards whose connection is open already and to those that open later', () => {
  const session = new TestCluster({ shards: SHARDS });
  const [first, second, third, fourth] = keys as [string, string, string, string];
  session.ask(wire('GET', first) + wire('GET', second));
  expect(session.ask(wire('HIMPORT', 'PREPARE', 'set', 'a') + importInto(first) + importInto(second) + importInto(third))).toBe(
    OK.repeat(4),
  );
  expect(session.ask(wire('HIMPORT', 'PREPARE', 'set', 'b', 'b'))).toBe('-ERR duplicate field name in fieldset\r\n');
  expect(session.ask(wire('HIMPORT', 'PREPARE', 'set', 'b'))).toBe(OK);
  expect(session.ask(keys.map((key) => importInto(key)).join(''))).toBe(OK.repeat(SHARDS));
  expect(session.ask(wire('HGET', third, 'b') + wire('HGET', fourth, 'b'))).toBe('$1\r\nx\r\n'.repeat(2));
});

test.each([
  ['DISCARD', [wire('HIMPORT', 'DISCARD', 'set')], ':1\r\n'],
  ['DISCARDALL', [wire('HIMPORT', 'DISCARDALL')], ':1\r\n'],
  ['RESET', [wire('RESET')], '+RESET\r\n'],
])('are forgotten by all of them: %s', (_, lines, answer) => {
  const session = new TestCluster({ shards: SHARDS });
  session.ask(wire('HIMPORT', 'PREPARE', 'set', 'a') + importInto(keys[1] as string));
  expect(session.ask(lines.join(''))).toBe(answer);
  expect(session.ask(keys.map((key) => importInto(key)).join(''))).toBe(NONE.repeat(SHARDS));
});
