import { expect, test } from 'vitest';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { TestEngine } from '../../support/engine';

test('a connection answers pipelined and inline commands', () => {
  const connection = new TestEngine().connect();
  expect(connection.receive('*1\r\n$4\r\nPI' as never).output).toBe('');
  expect(connection.receive('NG\r\nping hello\r\n*2\r\n$3\r\nget\r\n$1\r\nk\r\n' as never).output).toBe('+PONG\r\n$5\r\nhello\r\n$-1\r\n');
});

test('an unknown command is refused with Redis text', () => {
  expect(encodeReply(new TestEngine().run('nope', 'a'), 2)).toBe("-ERR unknown command 'nope', with args beginning with: 'a' \r\n");
});
