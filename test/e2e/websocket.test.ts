// RESP over WebSocket at /ws, with one shard (which terminates the connection itself) and with four (the edge does).

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { type Server, startServer } from './server';

const READ_ONLY = 'a-token-that-only-reads';

/** A client that collects what it receives as one stream. */
class Client {
  text = '';
  frames = 0;
  closed = false;
  private wake: () => void = () => undefined;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.text += data.toString('latin1');
      this.frames++;
      this.wake();
    });
    socket.on('close', () => {
      this.closed = true;
      this.wake();
    });
  }

  send(text: string): void {
    this.socket.send(Buffer.from(text, 'latin1'));
  }

  /** Waits until so much has come, takes it and answers it. */
  async take(length: number): Promise<string> {
    while (this.text.length < length && !this.closed) await this.change();
    const taken = this.text.slice(0, length);
    this.text = this.text.slice(length);
    return taken;
  }

  async ask(text: string, reply: string): Promise<void> {
    this.send(text);
    expect(await this.take(reply.length)).toBe(reply);
  }

  async end(): Promise<string> {
    while (!this.closed) await this.change();
    return this.text;
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}

const command = (...argv: string[]): string =>
  `*${argv.length}\r\n${argv.map((arg) => `$${Buffer.byteLength(arg, 'latin1')}\r\n${arg}\r\n`).join('')}`;

describe.each([1, 4])('RESP over WebSocket on %i shards', (shards) => {
  let server: Server;
  const clients: Client[] = [];

  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(shards)], env: { KEDGE_READONLY_TOKEN: READ_ONLY } });
  });

  afterEach(() => {
    for (const { socket } of clients.splice(0)) socket.terminate();
  });

  afterAll(async () => {
    await server.stop();
  });

  const address = (query = ''): string => `${server.url.replace('http', 'ws')}/ws${query}`;

  /** Opens a connection; rejects with the HTTP status when it is refused. */
  function open(query = '', options: ClientOptions = {}, protocols: string[] = []): Promise<Client> {
    const socket = new WebSocket(address(query), protocols, options);
    const client = new Client(socket);
    clients.push(client);
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(client));
      socket.on('unexpected-response', (_request, response) => reject(new Error(`HTTP ${response.statusCode}`)));
      socket.on('error', reject);
    });
  }

  const authorized = (token = server.token): ClientOptions => ({ headers: { authorization: `Bearer ${token}` } });

  test('the token in the header', async () => {
    const client = await open('', authorized());
    await client.ask(command('SET', 'ws', 'value'), '+OK\r\n');
    await client.ask(command('GET', 'ws'), '$5\r\nvalue\r\n');
    expect(client.socket.protocol).toBe('');
  });

  test.each(['token', '_token'])('the token in the query as %s', async (name) => {
    const client = await open(`?${name}=${encodeURIComponent(server.token)}`);
    await client.ask(command('PING'), '+PONG\r\n');
  });

  test('the token in band', async () => {
    const client = await open();
    await client.ask(command('GET', 'ws'), '-NOAUTH Authentication required.\r\n');
    await client.ask(command('AUTH', 'wrong'), '-WRONGPASS invalid username-password pair or user is disabled.\r\n');
    await client.ask(command('AUTH', server.token), '+OK\r\n');
    await client.ask(command('PING'), '+PONG\r\n');
  });

  test('a wrong token is refused at the door', async () => {
    await expect(open('', authorized('wrong'))).rejects.toThrow('HTTP 401');
    await expect(open('?token=wrong')).rejects.toThrow('HTTP 401');
    await expect(open('?token=%zz')).rejects.toThrow('HTTP 401');
  });

  test('no header of the client gives it rights', async () => {
    const client = await open('', { headers: { 'x-kedge-access': 'full', 'x-kedge-protocol': '1' } });
    await client.ask(command('SET', 'ws', 'stolen'), '-NOAUTH Authentication required.\r\n');
  });

  test('no header of the client gets into CLIENT LIST unless it is an address', async () => {
    for (const [header, shown] of [
      ['1.2.3.4 name=forged', '?:0'],
      ['x'.repeat(3000), '?:0'],
      ['2001:db8::1', '[2001:db8::1]:0'],
    ] as const) {
      const client = await open('', { headers: { ...authorized().headers, 'cf-connecting-ip': header } });
      client.send(command('CLIENT', 'INFO'));
      expect(await client.take(100)).toContain(` addr=${shown} laddr=`);
    }
  });

  test('a read-only token reads', async () => {
    const client = await open('', authorized(READ_ONLY));
    await client.ask(command('EXISTS', 'none'), ':0\r\n');
    await client.ask(command('SET', 'ws', 'x'), "-NOPERM this user has no permissions to run the 'set' command\r\n");
  });

  test('the subprotocol is taken when it is offered', async () => {
    expect((await open('', authorized(), ['resp'])).socket.protocol).toBe('resp');
    expect((await open('', authorized(), ['other', 'resp'])).socket.protocol).toBe('resp');
  });

  test('frames are cut anywhere, text frames and inline commands are taken', async () => {
    const client = await open('', authorized());
    const stream = command('SET', 'cut', 'a\r\nb\xff') + command('GET', 'cut');
    for (const byte of stream) client.send(byte);
    expect(await client.take(16)).toBe('+OK\r\n$5\r\na\r\nb\xff\r\n');
    client.socket.send('PING\r\n');
    expect(await client.take(7)).toBe('+PONG\r\n');
    client.socket.send(`ECHO "h\\x69"\r\n${command('ECHO', 'there')}`);
    expect(await client.take(19)).toBe('$2\r\nhi\r\n$5\r\nthere\r\n');
    client.socket.send('*2\r\n$4\r\nECHO\r\n$2\r\né\r\n');
    expect(await client.take(8)).toBe('$2\r\n\xc3\xa9\r\n');
  });

  test('a pipeline keeps its order, and comes back in few frames', async () => {
    const client = await open('', authorized());
    const count = 10_000;
    let stream = '';
    let replies = '';
    for (let i = 0; i < count; i++) {
      stream += command('SET', `pipe:${i}`, `${i}`) + command('GET', `pipe:${i}`);
      replies += `+OK\r\n$${`${i}`.length}\r\n${i}\r\n`;
    }
    client.send(stream);
    expect(await client.take(replies.length)).toBe(replies);
    expect(client.frames).toBeLessThan(count / 10);
  });

  test('RESP3 after HELLO 3, transactions', async () => {
    const client = await open('', authorized());
    client.send(command('HELLO', '3'));
    expect(await client.take(1)).toBe('%');
    client.text = '';
    await client.ask(command('HSET', '{t}h', 'a', '1') + command('HGETALL', '{t}h'), ':1\r\n%1\r\n$1\r\na\r\n$1\r\n1\r\n');
    await client.ask(
      command('MULTI') + command('INCR', '{t}n') + command('INCR', '{t}n') + command('EXEC'),
      '+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:2\r\n',
    );
  });

  test('a protocol error is answered and ends the connection', async () => {
    const client = await open('', authorized());
    client.send('*1\r\n+PING\r\n');
    expect(await client.end()).toBe("-ERR Protocol error: expected '$', got '+'\r\n");
  });

  test('a reply may be longer than a frame; one message may only ask for so much', async () => {
    const client = await open('', authorized());
    const value = 'x'.repeat(5_000_000);
    const reply = `$${value.length}\r\n${value}\r\n`;
    await client.ask(`${command('SET', 'large', value)}${command('DEL', 'n')}`, '+OK\r\n:0\r\n');
    client.send(command('MULTI') + command('GET', 'large').repeat(8) + command('EXEC'));
    const queued = '+OK\r\n'.length + 8 * '+QUEUED\r\n'.length;
    expect((await client.take(queued + '*8\r\n'.length + 8 * reply.length)).endsWith(reply)).toBe(true);
    client.send(command('GET', 'large').repeat(30) + command('INCR', 'n'));
    const rest = await client.end();
    expect(rest.slice(-160)).toMatch(/x\r\n-ERR the replies to what was sent at once are too large, ask for less at a time.*\r\n$/);
    expect(Math.floor(rest.length / reply.length)).toBe(14);
    const other = await open('', authorized());
    // Where the shards are several, another one may have run what came later: the error says so.
    if (shards === 1) await other.ask(command('EXISTS', 'n'), ':0\r\n');
    else expect(rest).toContain('may or may not have been applied');
  });

  test('DEBUG POPULATE creates keys that can be reached', async () => {
    const client = await open('', authorized());
    await client.ask(command('FLUSHALL') + command('DEBUG', 'POPULATE', '200', 'made'), '+OK\r\n+OK\r\n');
    await client.ask(
      command('DBSIZE') + command('GET', 'made:7') + command('GET', 'made:199'),
      ':200\r\n$7\r\nvalue:7\r\n$9\r\nvalue:199\r\n',
    );
  });

  test('QUIT ends the connection', async () => {
    const client = await open();
    client.send(command('QUIT'));
    expect(await client.end()).toBe('+OK\r\n');
  });

  test('who is not a WebSocket is told so', async () => {
    const response = await fetch(`${server.url}/ws`);
    expect(response.status).toBe(426);
    expect(await response.json()).toEqual({ error: expect.stringContaining('WebSocket') });
  });
});
