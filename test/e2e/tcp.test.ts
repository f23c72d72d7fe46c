// How a RESP connection over TCP begins and ends, and what it does when a client does not read.

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisCli, type Server, startServer, until } from './server';

describe.each([1, 4])('RESP over TCP on %i shards', (shards) => {
  let server: Server;

  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(shards)] });
  });

  afterAll(async () => {
    await server.stop();
  });

  /** A client that stays open on its side when the server closes. */
  function open(): Promise<Socket> {
    const socket = connect({ port: server.respPort, host: '127.0.0.1', allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('connect', () => resolve(socket));
    });
  }

  /** All that comes until the server closes. */
  async function readAll(socket: Socket): Promise<string> {
    let text = '';
    for await (const chunk of socket) text += (chunk as Buffer).toString('latin1');
    return text;
  }

  const auth = (): string => `AUTH ${server.token}\r\n`;
  const cli = (...args: string[]): Promise<string> => redisCli(['-p', server.respPort, '-a', server.token, '--no-auth-warning', ...args]);

  test('a password is asked for', async () => {
    const socket = await open();
    socket.end('GET a\r\nAUTH wrong\r\nPING\r\n');
    expect((await readAll(socket)).split('\r\n')).toEqual([
      '-NOAUTH Authentication required.',
      '-WRONGPASS invalid username-password pair or user is disabled.',
      '-NOAUTH Authentication required.',
      '',
    ]);
  });

  test('the port of HTTP is no way around that of RESP', async () => {
    const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1' });
    socket.write(`CONNECT kedge:6379 HTTP/1.1\r\nHost: kedge:6379\r\n\r\n${auth()}SET connected 1\r\n`);
    expect(await readAll(socket)).not.toContain('+OK');
    expect(await cli('GET', 'connected')).toBe('');
  });

  test('a client that ends its side gets all its answers, then the end', async () => {
    const socket = await open();
    socket.end(`${auth()}${'INCR ended\r\n'.repeat(5000)}`);
    const answers = (await readAll(socket)).split('\r\n');
    expect(answers.slice(0, 3)).toEqual(['+OK', ':1', ':2']);
    expect(answers.slice(-2)).toEqual([':5000', '']);
    expect(answers).toHaveLength(5002);
  });

  test('QUIT ends the connection, what follows is not read', async () => {
    const socket = await open();
    socket.write(`${auth()}SET quit 1\r\nQUIT\r\nSET quit 2\r\n`);
    expect(await readAll(socket)).toBe('+OK\r\n+OK\r\n+OK\r\n');
    expect(await cli('GET', 'quit')).toBe('1');
  });

  test('a protocol error is answered and ends the connection', async () => {
    const socket = await open();
    socket.write(`${auth()}*x\r\nPING\r\n`);
    expect(await readAll(socket)).toBe('+OK\r\n-ERR Protocol error: invalid multibulk length\r\n');
  });

  test('a client that vanishes is forgotten', async () => {
    const named = async () => (await cli('CLIENT', 'LIST')).split('\n').filter((line) => line.includes('name=vanishing')).length;
    for (const vanish of [(socket: Socket) => socket.destroy(), (socket: Socket) => socket.resetAndDestroy()]) {
      const socket = await open();
      socket.write(`${auth()}CLIENT SETNAME vanishing\r\n`);
      await until('the client to be listed', async () => ((await named()) === 1 ? true : undefined));
      vanish(socket);
      await until('the client to be forgotten', async () => ((await named()) === 0 ? true : undefined));
    }
  });

  test('CLIENT KILL closes another connection', async () => {
    const socket = await open();
    socket.write(`${auth()}CLIENT SETNAME victim\r\n`);
    await until('the client to be listed', async () => ((await cli('CLIENT', 'LIST')).includes('name=victim') ? true : undefined));
    const id = /id=(\d+) [^\n]*name=victim/.exec(await cli('CLIENT', 'LIST'))?.[1] ?? '';
    expect(await cli('CLIENT', 'KILL', 'ID', id)).toBe('1');
    expect(await readAll(socket)).toBe('+OK\r\n+OK\r\n');
  });

  test('a client that does not read holds nobody up, and loses nothing', async () => {
    const value = 'x'.repeat(1_000_000);
    await redisCli(['-p', server.respPort, '-a', server.token, '--no-auth-warning', '-x', 'SET', 'large'], value);
    const socket = await open();
    socket.pause();
    socket.write(`${auth()}${'GET large\r\n'.repeat(40)}`);
    await sleep(500);
    expect(await cli('PING')).toBe('PONG');
    socket.end();
    const text = await readAll(socket);
    expect(text.length).toBe(5 + 40 * (`$${value.length}\r\n`.length + value.length + 2));
  });

  test('a pipeline may be answered with more than a string can hold', async () => {
    const count = 110;
    await redisCli(['-p', server.respPort, '-a', server.token, '--no-auth-warning', '-x', 'SET', 'large'], 'x'.repeat(5_000_000));
    const socket = await open();
    socket.end(`${auth()}${'GET large\r\n'.repeat(count)}ECHO end\r\n`);
    let length = 0;
    let last = '';
    for await (const chunk of socket) {
      length += (chunk as Buffer).length;
      last = (chunk as Buffer).toString('latin1').slice(-20);
    }
    expect(length).toBe('+OK\r\n'.length + count * (5_000_000 + '$5000000\r\n\r\n'.length) + '$3\r\nend\r\n'.length);
    expect(last.endsWith('$3\r\nend\r\n')).toBe(true);
  });
});

test('no password is asked for with --resp-no-auth', async () => {
  for (const shards of ['1', '2']) {
    const server = await startServer({ args: ['--resp-no-auth', '--shards', shards] });
    try {
      expect(await redisCli(['-p', server.respPort, 'SET', 'a', 'b'])).toBe('OK');
      expect((await fetch(`${server.url}/get/a`)).status).toBe(401);
    } finally {
      await server.stop();
    }
  }
});
