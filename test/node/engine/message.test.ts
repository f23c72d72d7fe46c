// What a client is sent that it did not ask for: how it is written, where it comes, how much of it may pile up.

import { expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { Connection } from '../../../src/engine/connection';
import { Message } from '../../../src/engine/message';
import { MAX_LASTING_UNASKED_BYTES, MAX_UNASKED_BYTES, MAX_UNASKED_MS } from '../../../src/protocol/limits';
import { TestCluster, wire } from '../../support/cluster';
import { TestEngine } from '../../support/engine';
import { request } from '../../support/raw-client';

const message = new Message([ascii('message'), ascii('c'), null, 7]);
const RESP2 = '4\r\n$7\r\nmessage\r\n$1\r\nc\r\n$-1\r\n:7\r\n';
const RESP3 = '4\r\n$7\r\nmessage\r\n$1\r\nc\r\n_\r\n:7\r\n';

test('is an array in RESP2 and a push in RESP3; for a session at the edge always a push', () => {
  const engine = new TestEngine();
  const written = (marked: boolean, ...hello: string[]): string => {
    const connection = engine.connect('full', marked);
    if (hello.length > 0) connection.receive(request(...hello));
    connection.client.tell(message);
    return connection.proceed().output;
  };
  expect(written(false)).toBe(`*${RESP2}`);
  expect(written(false, 'HELLO', '3')).toBe(`>${RESP3}`);
  expect(written(true)).toBe(`>${RESP2}`);
  expect(written(true, 'HELLO', '3')).toBe(`>${RESP3}`);
});

test('a session writes it as its client reads it', () => {
  for (const [protocol, written] of [
    [2, `*${RESP2}`],
    [3, `>${RESP3}`],
  ] as const) {
    const cluster = new TestCluster({ shards: 2 });
    cluster.send(wire('HELLO', protocol) + wire('GET', cluster.keyOf(1)));
    const before = cluster.output.length;
    for (const engine of cluster.engines) {
      const client = engine.engine.server.clients().find(({ id }) => id !== engine.client.id);
      (client as typeof engine.client).tell(message);
    }
    cluster.settle();
    expect(cluster.output.slice(before)).toBe(written.repeat(2));
  }
});

test('comes although replies are muted, wakes the connection, and keeps it from being idle until it is taken', () => {
  const engine = new TestEngine();
  const connection = engine.connect();
  let woken = 0;
  connection.onWake = () => woken++;
  connection.receive(request('CLIENT', 'REPLY', 'OFF'));
  connection.client.tell(message);
  expect(woken).toBe(1);
  expect(connection.idle).toBe(false);
  expect(connection.proceed().output).toBe(`*${RESP2}`);
  expect(connection.idle).toBe(true);
});

const large = new Message([ascii('x'.repeat(1024 * 1024))]);

function fill(connection: Connection, bytes: number): void {
  for (let sent = 0; sent < bytes; sent += 1024 * 1024) connection.client.tell(large);
}

test('a client that lets too much pile up is closed, with a reason', () => {
  const engine = new TestEngine();
  const connection = engine.connect();
  fill(connection, MAX_UNASKED_BYTES - 1024 * 1024);
  connection.proceed();
  fill(connection, MAX_UNASKED_BYTES - 1024 * 1024);
  expect(connection.client.closing).toBe('no');
  fill(connection, 1);
  expect(connection.client.closing).toBe('now');
  expect(connection.client.closeReason).toMatch(/did not read/);
  expect(connection.proceed()).toMatchObject({ output: '', close: true });
});

test('a client that lets less pile up is closed when that lasts', () => {
  const engine = new TestEngine();
  const connection = engine.connect();
  fill(connection, MAX_LASTING_UNASKED_BYTES);
  engine.now += MAX_UNASKED_MS;
  connection.client.tell(message);
  expect(connection.client.closing).toBe('no');
  engine.now += 1;
  connection.client.tell(message);
  expect(connection.client.closing).toBe('now');

  const other = engine.connect();
  fill(other, MAX_LASTING_UNASKED_BYTES);
  other.proceed();
  engine.now += MAX_UNASKED_MS + 1;
  fill(other, MAX_LASTING_UNASKED_BYTES);
  expect(other.client.closing).toBe('no');
});

test('where nobody knows what the client has read, all counts that it was sent since it sent something itself', () => {
  const engine = new TestEngine();
  const origin = { id: 99, address: '', localAddress: '', connectedAtMs: 0, access: 'full' as const };
  const connection = new Connection(engine.engine, origin, { marked: false, measured: false });
  const read = (): void => {
    fill(connection, MAX_UNASKED_BYTES - 1024 * 1024);
    connection.proceed();
  };
  read();
  connection.receive(request('PING'));
  read();
  expect(connection.client.closing).toBe('no');
  fill(connection, 1);
  expect(connection.client.closing).toBe('now');
});
