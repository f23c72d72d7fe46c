// HIMPORT beyond its transcript: the connection that fieldsets belong to, and what the journal is told.

import { expect, test } from 'vitest';
import { decodeFrame } from '../../../src/engine/journal';
import { ErrorReply, OK } from '../../../src/protocol/reply';
import { datasetOf } from '../../support/differential';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

const errorOf = (reply: unknown) => (reply instanceof ErrorReply ? reply.text : reply);

test('a fieldset is known to its connection only, until it is reset', () => {
  const engine = new TestEngine();
  const other = engine.newClient();
  engine.run('HIMPORT', 'PREPARE', 'set', 'a');
  expect(errorOf(engine.runAs(other, 'HIMPORT', 'SET', 'h', 'set', 1))).toBe('ERR no such fieldset');
  expect(engine.run('HIMPORT', 'SET', 'h', 'set', 1)).toBe(OK);
  engine.run('RESET');
  expect(errorOf(engine.run('HIMPORT', 'SET', 'h', 'set', 1))).toBe('ERR no such fieldset');
});

test('is recorded as what it amounts to', () => {
  const engine = new TestEngine();
  const effects = () => decodeFrame(engine.journal.at(-1) as never).effects.map((argv) => argv.join(' '));
  engine.run('HIMPORT', 'PREPARE', 'set', 'long', 'c', 'b');
  expect(engine.journal).toEqual([]);
  engine.run('HIMPORT', 'SET', 'h', 'set', 1, 2, 3);
  expect(effects()).toEqual(['HSET h b 3 c 2 long 1']);
  engine.run('HPEXPIREAT', 'h', 2e12, 'FIELDS', 1, 'c');
  engine.run('HIMPORT', 'SET', 'h', 'set', 4, 5, 6);
  expect(effects()).toEqual(['DEL h', 'HSET h b 6 c 5 long 4']);
  expect(engine.run('HPEXPIRETIME', 'h', 'FIELDS', 1, 'c')).toEqual([-1]);
  expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
});

test('works inside MULTI', () => {
  const engine = new TestEngine();
  engine.run('MULTI');
  engine.run('HIMPORT', 'PREPARE', 'set', 'a');
  engine.run('HIMPORT', 'SET', 'h', 'set', 1);
  engine.run('HIMPORT', 'DISCARDALL');
  expect(plain(engine.run('EXEC'))).toEqual(['OK', 'OK', 1]);
});

test('fieldsets are limited, count as memory of their connection, and keep it from being put to sleep', () => {
  const engine = new TestEngine();
  const connection = engine.connect();
  const send = (...argv: string[]) => {
    const request = `*${argv.length}\r\n${argv.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;
    return connection.receive(Buffer.from(request, 'latin1')).output;
  };
  const memory = () => Number(/tot-mem=(\d+)/.exec(send('CLIENT', 'INFO'))?.[1]);
  const before = memory();
  const field = 'f'.repeat(600_000);
  expect([connection.idle, send('HIMPORT', 'PREPARE', 'set', field)]).toEqual([true, '+OK\r\n']);
  expect(memory() - before).toBe(field.length + 'set'.length);
  expect(send('HIMPORT', 'PREPARE', 'more', field)).toBe('-ERR the fieldsets of this connection are too large\r\n');
  expect(connection.idle).toBe(false);
  expect([send('HIMPORT', 'DISCARD', 'set'), connection.idle, send('HIMPORT', 'PREPARE', 'more', field)]).toEqual([
    ':1\r\n',
    true,
    '+OK\r\n',
  ]);
});
