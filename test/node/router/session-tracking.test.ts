// Client-side caching in a session over several shards.

import { expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { TestCluster, wire } from '../../support/cluster';
import type { TestEngine } from '../../support/engine';
import { seededRandom } from '../../support/engine';

const SHARDS = 4;
const sample = new TestCluster({ shards: SHARDS });
const keys = Array.from({ length: SHARDS }, (_, shard) => sample.keyOf(shard));
const OK = '+OK\r\n';

const invalidated = (...names: string[]) =>
  `>2\r\n$10\r\ninvalidate\r\n*${names.length}\r\n${names.map((name) => `$${name.length}\r\n${name}\r\n`).join('')}`;

/** A session that speaks RESP3; what it is answered meanwhile is not looked at. */
function open(...lines: string[]): TestCluster {
  const cluster = new TestCluster({ shards: SHARDS });
  cluster.ask(wire('HELLO', 3) + lines.join(''));
  return cluster;
}

/** Somebody else changes keys on their shards; what the session's client is told. */
function change(cluster: TestCluster, ...names: string[]): string {
  const before = cluster.output.length;
  for (const name of names) engineOf(cluster, name).run('SET', name, 'changed');
  cluster.settle();
  return cluster.output.slice(before);
}

function engineOf(cluster: TestCluster, key: string): TestEngine {
  return cluster.engines[cluster.slots.shardOf(key as Bytes)] as TestEngine;
}

test('tells of keys on any shard, whether its connection was open before or not', () => {
  const session = open(wire('GET', keys[1] as string), wire('CLIENT', 'TRACKING', 'ON'));
  session.ask(wire('MGET', ...keys));
  for (const key of keys) expect(change(session, key)).toBe(invalidated(key));
  for (const key of keys) expect(change(session, key)).toBe('');
  session.ask(wire('MGET', ...keys) + wire('CLIENT', 'TRACKING', 'OFF'));
  for (const key of keys) expect(change(session, key)).toBe('');
});

test('what the home shard refuses no shard does', () => {
  const session = open(wire('CLIENT', 'TRACKING', 'ON', 'REDIRECT', 12345), wire('MGET', ...keys));
  for (const key of keys) expect(change(session, key)).toBe('');
  expect(session.ask(wire('CLIENT', 'GETREDIR'))).toBe(':-1\r\n');
});

test('prefixes hold on every shard, one line after the other', () => {
  const [first, second] = [keys[2] as string, keys[3] as string];
  const session = open(
    wire('CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', first),
    wire('CLIENT', 'TRACKING', 'ON', 'BCAST', 'NOLOOP', 'PREFIX', second),
  );
  expect(change(session, first)).toBe(invalidated(first));
  expect(change(session, second)).toBe(invalidated(second));
  expect(change(session, keys[0] as string)).toBe('');
  expect(session.ask(wire('SET', second, 'mine'))).toBe(OK);
});

test('CLIENT CACHING holds for the next command or transaction, on the shards that it goes to', () => {
  const [first, second, third] = keys as [string, string, string];
  const session = open(wire('CLIENT', 'TRACKING', 'ON', 'OPTIN'), wire('MGET', ...keys));
  for (const key of keys) expect(change(session, key)).toBe('');
  expect(session.ask(wire('CLIENT', 'CACHING', 'YES') + wire('MGET', second, third) + wire('GET', first))).toBe(
    `${OK}*2\r\n$7\r\nchanged\r\n$7\r\nchanged\r\n$7\r\nchanged\r\n`,
  );
  expect(change(session, first)).toBe('');
  expect(change(session, second)).toBe(invalidated(second));
  expect(change(session, third)).toBe(invalidated(third));
  session.ask(
    wire('CLIENT', 'CACHING', 'YES') +
      wire('CLIENT', 'GETNAME') +
      wire('MULTI') +
      wire('GET', third) +
      wire('STRLEN', third) +
      wire('EXEC'),
  );
  session.ask(wire('GET', second));
  expect(change(session, third)).toBe(invalidated(third));
  expect(change(session, second)).toBe('');
});

test.each([2, 3])('what another client is to be told it is told by the home shard, RESP%i', (version) => {
  const session = open();
  const [home] = session.engines as [TestEngine];
  const target = home.connect();
  if (version === 3) target.client.protocol = 3;
  else home.runAs(target.client, 'SUBSCRIBE', '__redis__:invalidate');
  const told = (): string => target.proceed().output;
  session.ask(wire('CLIENT', 'TRACKING', 'ON', 'REDIRECT', target.client.id) + wire('MGET', ...keys));
  for (const key of keys) {
    expect(change(session, key)).toBe('');
    expect(told()).toBe(version === 3 ? invalidated(key) : `*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$2\r\n${key}\r\n`);
  }
  engineOf(session, keys[3] as string).run('FLUSHALL');
  session.settle();
  expect(told()).toContain(version === 3 ? 'invalidate\r\n_' : 'invalidate\r\n$-1');
  session.ask(wire('GET', keys[2] as string));
  target.end();
  expect(change(session, keys[2] as string)).toBe(`>2\r\n$21\r\ntracking-redir-broken\r\n:${target.client.id}\r\n`);
});

test('a client that speaks RESP2 is told nothing, and RESET ends it', () => {
  const session = open(wire('CLIENT', 'TRACKING', 'ON'), wire('MGET', ...keys), wire('HELLO', 2));
  for (const key of keys) expect(change(session, key)).toBe('');
  session.ask(wire('HELLO', 3) + wire('MGET', ...keys) + wire('RESET') + wire('HELLO', 3) + wire('MGET', ...keys));
  for (const key of keys) expect(change(session, key)).toBe('');
});

test('over a network that cuts and delays everything comes all the same', () => {
  const cluster = new TestCluster({ shards: SHARDS, random: seededRandom(7) });
  cluster.ask(wire('HELLO', 3) + wire('CLIENT', 'TRACKING', 'ON', 'OPTIN'));
  let told = 0;
  for (let i = 0; i < 50; i++) {
    const key = keys[i % SHARDS] as string;
    cluster.ask(wire('CLIENT', 'CACHING', 'YES') + wire('GET', key) + wire('MGET', ...keys));
    if (change(cluster, key) === invalidated(key)) told++;
  }
  expect(told).toBe(50);
});
