// MONITOR: what is shown, to whom, and how much of it may pile up.

import { describe, expect, test } from 'vitest';
import { MAX_UNASKED_BYTES } from '../../../src/protocol/limits';
import { TestCluster, wire } from '../../support/cluster';
import { TestEngine } from '../../support/engine';
import { request } from '../../support/raw-client';

function setUp() {
  const engine = new TestEngine();
  const monitor = engine.connect();
  expect(monitor.receive(request('MONITOR')).output).toBe('+OK\r\n');
  const other = engine.connect();
  const send = (...argv: (string | number)[]) => other.receive(request(...argv)).output;
  return { engine, monitor, send, shown: () => monitor.proceed().output };
}

const line = (...words: string[]) => `+1800000000.000000 [0 127.0.0.1:1] ${words.join(' ')}\r\n`;

describe('MONITOR', () => {
  test('shows commands with their words as they came', () => {
    const { send, shown } = setUp();
    send('set', 'k', 'a "b"\n\x00\xff\\');
    send('GeT', 'k');
    expect(shown()).toBe(line('"set"', '"k"', '"a \\"b\\"\\n\\x00\\xff\\\\"') + line('"GeT"', '"k"'));
  });

  test('shows neither passwords, nor what administers, nor what was refused', () => {
    const { send, shown } = setUp();
    send('AUTH', 'secret');
    send('auth', 'user', 'secret');
    send('HELLO', 2, 'AUTH', 'user', 'secret', 'SETNAME', 'n');
    send('CONFIG', 'GET', 'x');
    send('NOPE');
    send('GET');
    expect(shown()).toBe(
      line('"AUTH"', '"(redacted)"') +
        line('"auth"', '"(redacted)"', '"(redacted)"') +
        line('"HELLO"', '"2"', '"AUTH"', '"(redacted)"', '"(redacted)"', '"SETNAME"', '"n"'),
    );
  });

  test('shows a transaction in the order in which it runs, and its own commands after their replies', () => {
    const { monitor, send, shown } = setUp();
    for (const argv of [['MULTI'], ['SET', 'k', 'v'], ['EXEC']]) send(...argv);
    expect(shown()).toBe(line('"MULTI"') + line('"SET"', '"k"', '"v"') + line('"EXEC"'));
    expect(monitor.receive(`${request('PING')}${request('ECHO', 'x')}` as never).output).toBe(
      `+PONG\r\n${line('"PING"')}$1\r\nx\r\n${line('"ECHO"', '"x"')}`,
    );
  });

  test('shows a command that waits once, when it begins', () => {
    const { engine, send, shown } = setUp();
    send('BLPOP', 'k', 0);
    expect(shown()).toBe(line('"BLPOP"', '"k"', '"0"'));
    engine.run('RPUSH', 'k', 'a');
    expect(shown()).toBe(line('"RPUSH"', '"k"', '"a"'));
  });

  test('keeps its client from the data, until RESET', () => {
    const { engine, monitor, send, shown } = setUp();
    expect(monitor.receive(request('MONITOR')).output).toBe('');
    expect(monitor.receive(request('GET', 'k')).output).toBe("-ERR Replica can't interact with the keyspace\r\n");
    expect(engine.run('CLIENT', 'LIST', 'ID', monitor.client.id)).toMatchObject({ text: expect.stringContaining(' flags=O ') });
    expect(monitor.idle).toBe(false);
    expect(monitor.receive(request('RESET')).output).toBe('+RESET\r\n');
    send('PING');
    expect(shown()).toBe('');
    expect(monitor.receive(request('GET', 'k')).output).toBe('$-1\r\n');
  });

  test('is muted with its replies, and ends with its connection', () => {
    const { engine, monitor, send, shown } = setUp();
    monitor.receive(request('CLIENT', 'REPLY', 'OFF'));
    send('PING');
    expect(shown()).toBe('');
    monitor.end();
    expect(engine.engine.monitors.isEmpty).toBe(true);
  });

  test('closes a client that lets too much pile up', () => {
    const { monitor, send } = setUp();
    const value = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < MAX_UNASKED_BYTES / value.length - 1; i++) send('ECHO', value);
    expect(monitor.client.closing).toBe('no');
    send('ECHO', value);
    expect(monitor.client.closing).toBe('now');
  });

  test('shows what all shards run', () => {
    const cluster = new TestCluster({ shards: 3 });
    expect(cluster.ask(wire('MONITOR'))).toBe('+OK\r\n');
    expect(cluster.ask(wire('MONITOR') + wire('PING'))).toBe(`+PONG\r\n${line('"PING"')}`);
    const before = cluster.output.length;
    for (const engine of cluster.engines) engine.run('SET', 'k', 'v');
    cluster.settle();
    expect(cluster.output.slice(before)).toBe(line('"SET"', '"k"', '"v"').repeat(3));
    expect(cluster.ask(wire('RESET'))).toBe('+RESET\r\n');
    expect(cluster.ask(wire('PING'))).toBe('+PONG\r\n');
  });
});
