// The client against servers that say what each test has them say, over both transports.

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type Bytes, fromBuffer, toBuffer } from '../../../src/bytes/bytes';
import { type Endpoint, endpoints } from '../../../src/cli/endpoint';
import { Failure } from '../../../src/cli/failure';
import { RespClient } from '../../../src/cli/resp-client';
import { ErrorReply } from '../../../src/protocol/reply';
import { encodeRequest } from '../../../src/protocol/request-writer';
import { freePort } from '../../support/ports';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** What a client has sent so far, and what is said to it then; nothing more after `undefined`. */
type Script = (received: string) => string | undefined;

const portOf = (server: Server | WebSocketServer) => (server.address() as AddressInfo).port;

async function tcp(script: Script): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = '';
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      received += fromBuffer(data);
      const answer = script(received);
      if (answer === undefined) socket.end();
      else socket.write(toBuffer(answer as Bytes));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `redis://127.0.0.1:${portOf(server)}`;
}

async function webSocket(script: Script, token = 'token'): Promise<string> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    verifyClient: ({ req }, answer) => answer(req.headers.authorization === `Bearer ${token}`, 401),
  });
  await new Promise<void>((resolve) => server.once('listening', resolve));
  server.on('connection', (ws) => {
    let received = '';
    ws.on('message', (data: Buffer) => {
      received += fromBuffer(data);
      const answer = script(received);
      if (answer === undefined) ws.close(1013, 'try again later');
      else ws.send(toBuffer(answer as Bytes));
    });
  });
  closing.push(() => {
    for (const ws of server.clients) ws.terminate();
    server.close();
  });
  return `http://127.0.0.1:${portOf(server)}`;
}

const at = (url: string, changes: Partial<Endpoint> = {}): Endpoint => ({ ...endpoints.kedge.parse(url), password: 'token', ...changes });

async function open(endpoint: Endpoint, silenceMs?: number): Promise<RespClient> {
  const client = await RespClient.open(endpoint, silenceMs);
  closing.push(() => client.close());
  return client;
}

/** Answers every command with a bulk string of it, whole; the greeting as a server does. */
const echo = (): Script => {
  let seen = 0;
  return (received) => {
    let answers = '';
    for (const match of received.slice(seen).matchAll(/\*1\r\n\$\d+\r\n([^\r]*)\r\n|\*2\r\n\$4\r\nAUTH\r\n\$5\r\ntoken\r\n/g)) {
      seen += match[0].length;
      const word = match[1];
      answers += word === undefined ? '+OK\r\n' : word === 'PING' ? '+PONG\r\n' : `$${word.length}\r\n${word}\r\n`;
    }
    return answers;
  };
};

describe.each([
  ['TCP', tcp],
  ['a WebSocket', webSocket],
])('over %s', (_name, listen) => {
  test('replies come in order, binary safe, however many commands go at once', async () => {
    const client = await open(at(await listen(echo())));
    const words = Array.from({ length: 20_000 }, (_, i) => `\x00\xff${i}` as Bytes);
    const both = [words.slice(0, 7000), words.slice(7000)].map((part) => client.send(part.map((word) => [word])));
    expect((await Promise.all(both)).flat()).toEqual(words);
    expect(await client.send([])).toEqual([]);
  });

  test('an error of a command is a value, and a failure where the tool requires success', async () => {
    const client = await open(at(await listen((received) => (received.includes('DUMP') ? '-ERR unknown command\r\n' : '+OK\r\n'))));
    expect(await client.run('DUMP', 'key')).toEqual(new ErrorReply('ERR unknown command'));
    await expect(client.require('DUMP', 'key')).rejects.toThrow(/answers DUMP with: ERR unknown command$/);
  });

  test('a connection that ends fails what waits and what comes later', async () => {
    const client = await open(at(await listen((received) => (received.includes('GET') ? undefined : '+OK\r\n'))));
    await expect(client.run('GET', 'key')).rejects.toThrow(/^lost the connection to .*the server closed it/);
    await expect(client.run('PING')).rejects.toBeInstanceOf(Failure);
  });

  test('silence is not waited for', async () => {
    const client = await open(at(await listen((received) => (received.includes('GET') ? '' : '+OK\r\n'))), 100);
    await expect(client.run('GET', 'key')).rejects.toThrow(/^no answer from .* for 0.1 seconds$/);
  });

  test('something else than RESP is said to be that', async () => {
    await expect(open(at(await listen(() => 'HTTP/1.1 400 Bad Request\r\n\r\n')))).rejects.toThrow(/does not speak RESP/);
  });

  test('closing rejects what has not been answered', async () => {
    const client = await open(at(await listen((received) => (received.includes('GET') ? '' : '+OK\r\n'))));
    const reply = client.run('GET', 'key');
    client.close();
    await expect(reply).rejects.toThrow(/has been closed$/);
  });
});

describe('being let in', () => {
  test('user, password and database are sent first', async () => {
    let all = '';
    const url = await tcp((received) => {
      all = received;
      return '+OK\r\n';
    });
    await open(at(url, { username: 'ü', password: 'p', database: 4 }));
    const expected = [['AUTH', 'Ã¼', 'p'], ['PING'], ['SELECT', '4']];
    expect(all).toBe(expected.map((argv) => encodeRequest(argv as Bytes[])).join(''));
  });

  test('a refusal of Redis is told', async () => {
    const url = await tcp(() => '-WRONGPASS invalid username-password pair or user is disabled.\r\n');
    await expect(open(at(url))).rejects.toThrow(`${url} answers AUTH with: WRONGPASS`);
  });

  test('a refused token is told, and not shown', async () => {
    const refusal = await open(at(await webSocket(echo(), 'another'))).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Failure);
    expect((refusal as Failure).message).toMatch(/^cannot reach ws:.*the token is not valid there$/);
  });

  test('nobody there', async () => {
    const port = await freePort();
    for (const url of [`redis://127.0.0.1:${port}`, `http://127.0.0.1:${port}`, `rediss://127.0.0.1:${port}`]) {
      await expect(open(at(url))).rejects.toThrow(/^cannot reach .*ECONNREFUSED/);
    }
  });
});
