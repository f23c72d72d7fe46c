// The command line as a user meets it: what it prints, what it refuses, and that it stops and comes back as it should.

import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { identify } from '../../src/cli/process-identity';
import { freePort } from '../support/ports';
import { RawClient } from '../support/raw-client';
import { KEDGE, redisCli, type Server, spawnKedge, startServer, stopProcess, until } from './server';

const folders: string[] = [];
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'kedge-cli-'));
  folders.push(path);
  return path;
}
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

/** Runs a command that ends by itself. */
function kedge(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [KEDGE, ...args], {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, stdout, stderr };
}

const get = (server: Server, path: string, token = server.token) =>
  fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });

describe('help and refusals', () => {
  test('--version and --help', () => {
    expect(kedge(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    for (const args of [[], ['--help']]) {
      const { status, stdout } = kedge(args);
      expect(status).toBe(0);
      expect(stdout).toMatch(/kedge start[\s\S]*kedge bridge[\s\S]*kedge deploy/);
    }
    const { stdout } = kedge(['start', '--help']);
    for (const name of [
      '--port',
      'PORT',
      '--resp-port',
      '--host',
      '--data',
      '--token',
      'KEDGE_READONLY_TOKEN',
      '--shards',
      '--resp-no-auth',
    ]) {
      expect(stdout).toContain(name);
    }
  });

  test.each<[string, string[], Record<string, string>, string]>([
    ['an unknown command', ['serve'], {}, "there is no command 'serve'"],
    ['an unknown flag', ['start', '--prot', '1'], {}, "Unknown option '--prot'"],
    ['a flag without its value', ['start', '--port'], {}, "'--port <value>' argument missing"],
    ['an argument too many', ['start', 'here'], {}, "'here'"],
    ['a port out of range', ['start', '--port', '70000'], {}, "--port: '70000' is not a port"],
    ['a port that is no number, in the environment', ['start'], { PORT: '80a' }, "PORT: '80a' is not a port"],
    ['port 0 for HTTP', ['start', '--port', '0'], {}, "--port: '0' is not a port"],
    ['a data folder without a name', ['start', '--data', ''], {}, "--data: '' is empty"],
    ['the same port twice', ['start', '--port', '7000', '--resp-port', '7000'], {}, 'both 7000'],
    ['no shards', ['start', '--shards', '0'], {}, "--shards: '0'"],
    ['too many shards', ['start'], { KEDGE_SHARDS: '65' }, "KEDGE_SHARDS: '65'"],
    ['a switch that is none', ['start'], { KEDGE_BATCH: 'no' }, "KEDGE_BATCH: 'no' is neither 'on' nor 'off'"],
    ['a host that is none', ['start', '--host', 'a b'], {}, "--host: 'a b' is not a host"],
    ['RESP without password for everybody', ['start', '--host', '0.0.0.0', '--resp-no-auth'], {}, '--resp-no-auth: refused'],
    ['two equal tokens', ['start', '--token', 'same'], { KEDGE_READONLY_TOKEN: 'same' }, 'would not be read-only'],
    ['a bridge to nowhere', ['bridge'], {}, '--url is needed'],
    ['a bridge to a web page', ['bridge', '--url', 'https://localhost/ws'], {}, 'is not a WebSocket address'],
    ['a bridge from nowhere', ['bridge', '--url', 'ws://localhost/ws', '--listen', '6379'], {}, "--listen: '6379' is not host:port"],
  ])('%s', (_name, args, env, message) => {
    const { status, stdout, stderr } = kedge(args, env);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test('a token is never repeated in an error', () => {
    const { status, stderr } = kedge(['start'], { KEDGE_TOKEN: 'my secret' });
    expect(status).toBe(2);
    expect(stderr).toContain('KEDGE_TOKEN: the value has a character');
    expect(stderr).not.toContain('my secret');
  });

  test('a data folder that cannot be one', () => {
    const { status, stderr } = kedge(['start', '--data', join(KEDGE, 'inside-a-file')]);
    expect(status).toBe(1);
    expect(stderr).toContain('as data folder');
  });
});

describe('kedge start', () => {
  const running = new Set<Server>();
  async function start(...args: Parameters<typeof startServer>): Promise<Server> {
    const server = await startServer(...args);
    running.add(server);
    return server;
  }
  afterEach(async () => {
    for (const server of running) await server.stop();
    running.clear();
  });

  test('prints the REST URL, the token, a redis-cli line and a snippet, in that order', async () => {
    const [port, respPort, data] = [await freePort(), await freePort(), folder()];
    const { child, log } = spawnKedge(['start', '--port', `${port}`, '--resp-port', `${respPort}`, '--data', data]);
    try {
      await until('the snippet', () => (log().includes('redis.set(') ? true : undefined));
      const token = readFileSync(join(data, 'token'), 'utf8').trim();
      const url = `http://127.0.0.1:${port}`;
      expect(log().match(/\S.*/g)?.slice(0, 5)).toEqual([
        `REST   ${url}`,
        `Token  ${token}`,
        `RESP   redis-cli -p ${respPort} -a ${token}`,
        "import { Redis } from '@upstash/redis';",
        `const redis = new Redis({ url: '${url}', token: '${token}' });`,
      ]);
      expect(token).toMatch(/^[\w-]{43}$/);
    } finally {
      expect(await stopProcess(child)).toBe(0);
    }
  });

  test('keeps the token it made, for its owner alone', async () => {
    const dataDir = folder();
    const first = await start({ dataDir });
    expect((await get(first, '/set/kept/1')).status).toBe(200);
    await first.stop();
    expect(statSync(join(dataDir, 'token')).mode & 0o777).toBe(0o600);
    const second = await start({ dataDir });
    expect(second.token).toBe(first.token);
    expect(await (await get(second, '/get/kept')).json()).toEqual({ result: '1' });
  });

  test('a given token is used and not written down; the flag wins over the variable', async () => {
    const dataDir = folder();
    const env = { KEDGE_TOKEN: 'from-environment', KEDGE_READONLY_TOKEN: 'may-only-read' };
    const server = await start({ dataDir, env, args: ['--token', 'from-flag'] });
    expect(server.token).toBe('from-flag');
    expect((await get(server, '/ping')).status).toBe(200);
    expect((await get(server, '/ping', 'from-environment')).status).toBe(401);
    expect((await get(server, '/get/x', 'may-only-read')).status).toBe(200);
    expect((await get(server, '/set/x/1', 'may-only-read')).ok).toBe(false);
    expect(existsSync(join(dataDir, 'token'))).toBe(false);
    expect(readFileSync(join(dataDir, 'workerd.capnp'), 'utf8')).not.toMatch(/from-flag|may-only-read/);
  });

  test.each(['port', 'resp-port'])('says when --%s is taken, and exits with 1', async (flag) => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    const other = flag === 'port' ? '--resp-port' : '--port';
    const { status, stderr, stdout } = kedge(['start', `--${flag}`, `${port}`, other, `${await freePort()}`, '--data', folder()]);
    squatter.close();
    expect(stderr).toContain(`port ${port} is taken`);
    expect(stderr).toContain(`--${flag}`);
    expect(stdout).toBe('');
    expect(status).toBe(1);
  });

  test('refuses a second start on the same folder, and the first goes on', async () => {
    const server = await start();
    const { status, stderr } = kedge(['start', '--port', `${await freePort()}`, '--resp-port', '0', '--data', server.dataDir]);
    expect(stderr).toContain(`in use by another kedge start (pid ${server.pid})`);
    expect(status).toBe(1);
    expect((await get(server, '/ping')).status).toBe(200);
  });

  test('of several starts at once on one folder, one wins', async () => {
    const dataDir = folder();
    const starts = await Promise.all(
      Array.from({ length: 4 }, async () => spawnKedge(['start', '--port', `${await freePort()}`, '--resp-port', '0', '--data', dataDir])),
    );
    const state = () => ({
      serving: starts.filter(({ child, log }) => child.exitCode === null && log().includes('REST')).length,
      refused: starts.filter(({ child, log }) => child.exitCode === 1 && log().includes('in use by')).length,
    });
    try {
      await until('all to have decided', () => (state().serving + state().refused === 4 ? true : undefined));
      expect(state()).toEqual({ serving: 1, refused: 3 });
    } finally {
      for (const { child } of starts) await stopProcess(child);
    }
  });

  test('the number of shards stays what it was at the first start', async () => {
    const dataDir = folder();
    await (await start({ dataDir, args: ['--shards', '3'] })).stop();
    const { status, stderr } = kedge(['start', '--resp-port', '0', '--port', `${await freePort()}`, '--data', dataDir, '--shards', '2']);
    expect(stderr).toContain('spread over 3 shards and cannot be served with 2');
    expect(status).toBe(1);
    const again = await start({ dataDir });
    expect((await get(again, '/ping')).status).toBe(200);
  });

  test('RESP over TCP asks for the token, unless told not to, or is off', async () => {
    const server = await start();
    expect(await redisCli(['-p', server.respPort, 'PING'])).toContain('NOAUTH');
    expect(await redisCli(['-p', server.respPort, '--no-auth-warning', '-a', server.token, 'PING'])).toBe('PONG');
    await server.stop();
    const open = await start({ args: ['--resp-no-auth'] });
    expect(await redisCli(['-p', open.respPort, 'PING'])).toBe('PONG');
    await open.stop();
    const off = await start({ env: { KEDGE_RESP_PORT: '0' } });
    expect(off.respPort).toBe(0);
    expect((await get(off, '/ping')).status).toBe(200);
  });

  test('works with a call per request too', async () => {
    const server = await start({ env: { KEDGE_BATCH: 'off' } });
    const replies = await Promise.all(Array.from({ length: 20 }, () => get(server, '/incr/together').then((response) => response.json())));
    expect(replies).toContainEqual({ result: 20 });
  });

  test('ready within a few seconds', async () => {
    const before = performance.now();
    await start();
    // On an idle machine it is under one.
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends it in order, with clients connected', async (signal) => {
    const server = await start({ dataDir: folder() });
    const workerd = server.workerdPid();
    const idle = connect(server.respPort, '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    expect((await get(server, '/ping')).status).toBe(200);
    const before = performance.now();
    expect(await server.stop(signal)).toBe(0);
    expect(performance.now() - before).toBeLessThan(3000);
    expect(identify(workerd)).toBeUndefined();
    expect(existsSync(join(server.dataDir, 'lock'))).toBe(false);
    idle.destroy();
  });

  test('starts workerd again when it is killed, with what was acknowledged', async () => {
    const server = await start();
    expect((await get(server, '/set/before/crash')).status).toBe(200);
    const killed = server.workerdPid();
    process.kill(killed, 'SIGKILL');
    const reply = await until('the server to be back', () =>
      get(server, '/get/before').then(
        (response) => response.json(),
        () => undefined,
      ),
    );
    expect(reply).toEqual({ result: 'crash' });
    expect(server.workerdPid()).not.toBe(killed);
    expect(server.log()).toContain('starting it again');
  });

  test('a killed launcher leaves workerd behind, which the next start ends', async () => {
    const dataDir = folder();
    const first = await start({ dataDir });
    expect((await get(first, '/set/before/kill')).status).toBe(200);
    const leftOver = first.workerdPid();
    expect(await first.stop('SIGKILL')).toBeNull();
    expect(identify(leftOver)).toBeDefined();
    const second = await start({ dataDir });
    expect(identify(leftOver)).toBeUndefined();
    expect(await (await get(second, '/get/before')).json()).toEqual({ result: 'kill' });
  });

  test('a lock that nobody alive holds is taken over, whatever is in it', async () => {
    const dataDir = folder();
    await (await start({ dataDir })).stop();
    for (const contents of ['', 'not json', JSON.stringify({ nonce: 'x', launcher: { pid: process.pid, started: 'another time' } })]) {
      writeFileSync(join(dataDir, 'lock'), contents);
      const server = await start({ dataDir });
      expect((await get(server, '/ping')).status).toBe(200);
      await server.stop();
    }
  });

  test('a layout from elsewhere is refused', async () => {
    const dataDir = folder();
    writeFileSync(join(dataDir, 'layout.json'), '{"format":2}');
    const { status, stderr } = kedge(['start', '--resp-port', '0', '--port', String(await freePort()), '--data', dataDir]);
    expect(stderr).toContain('layout.json is not one that this version of kedge wrote');
    expect(status).toBe(1);
  });
});

describe('kedge bridge', () => {
  let server: Server;
  const bridges: ChildProcess[] = [];

  async function bridge(args: readonly string[]): Promise<{ port: number; log: () => string; child: ChildProcess }> {
    const port = await freePort();
    const { child, log } = spawnKedge(['bridge', '--listen', `127.0.0.1:${port}`, ...args]);
    bridges.push(child);
    await until('the bridge', () => (log().includes('leads to') ? true : undefined));
    return { port, log, child };
  }

  const toServer = (token: string) => ['--url', `${server.url.replace('http', 'ws')}/ws`, '--token', token];

  beforeAll(async () => {
    // With a dash in front, which a command line must not take for an option.
    server = await startServer({ env: { KEDGE_TOKEN: '-dash-secret' } });
  });
  afterAll(async () => {
    for (const child of bridges) await stopProcess(child);
    await server.stop();
  });

  /** Sends bytes, half-closes, and answers all that came back. */
  function exchange(port: number, sent: Buffer | string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      const received: Buffer[] = [];
      socket.on('data', (chunk) => received.push(chunk));
      socket.on('error', reject);
      socket.on('close', () => resolve(Buffer.concat(received).toString('latin1')));
      socket.end(sent);
    });
  }

  test('redis-cli through the bridge, several at a time', async () => {
    const { port } = await bridge(toServer(server.token));
    expect(await redisCli(['-p', port, 'PING'])).toBe('PONG');
    const values = Array.from({ length: 8 }, (_unused, i) => `value ${i}`);
    await Promise.all(values.map((value, i) => redisCli(['-p', port, 'SET', `bridge:${i}`, value])));
    expect(await Promise.all(values.map((_value, i) => redisCli(['-p', port, 'GET', `bridge:${i}`])))).toEqual(values);
  });

  test('without a token the client authenticates itself', async () => {
    const { port } = await bridge(toServer(server.token).slice(0, 2));
    expect(await redisCli(['-p', port, 'PING'])).toContain('NOAUTH');
    expect(await redisCli(['-p', port, '--no-auth-warning', '-a', server.token, 'PING'])).toBe('PONG');
  });

  test('a subscriber that only listens may be sent more than what one that does not read is closed for', async () => {
    const { port } = await bridge(toServer(server.token));
    const subscriber = await RawClient.open(port);
    await subscriber.send('SUBSCRIBE', 'much');
    const publisher = await RawClient.open(server.respPort);
    await publisher.send('AUTH', server.token);
    const text = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 48; i++) {
      expect(await publisher.send('PUBLISH', 'much', `${i}:${text}`)).toBe(':1\r\n');
      expect(await subscriber.next()).toMatch(new RegExp(`\r\n${i}:x`));
    }
    publisher.close();
    subscriber.close();
  });

  test('large values go both ways unchanged, to a client that reads slowly', async () => {
    const { port } = await bridge(toServer(server.token));
    const value = Buffer.alloc(5 * 1024 * 1024, Buffer.from(Array.from({ length: 256 }, (_unused, i) => i)));
    const set = Buffer.concat([Buffer.from(`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$${value.length}\r\n`), value, Buffer.from('\r\n')]);
    expect(await exchange(port, set)).toBe('+OK\r\n');

    const copies = 4;
    const socket = connect(port, '127.0.0.1');
    socket.write('*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n'.repeat(copies));
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const expected = (`$${value.length}\r\n`.length + value.length + 2) * copies;
    const received: Buffer[] = [];
    let length = 0;
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        received.push(chunk);
        length += chunk.length;
        if (length >= expected) resolve();
      });
      socket.resume();
    });
    socket.destroy();
    const reply = Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from('\r\n')]);
    expect(Buffer.concat(received).equals(Buffer.concat(Array.from({ length: copies }, () => reply)))).toBe(true);
  });

  test('a pipeline keeps its order, and a client that stops sending gets all its replies', async () => {
    const { port } = await bridge(toServer(server.token));
    const count = 10_000;
    const replies = await exchange(port, 'INCR pipelined\r\n'.repeat(count));
    expect(replies).toBe(Array.from({ length: count }, (_unused, i) => `:${i + 1}\r\n`).join(''));
  });

  test('QUIT closes the connection', async () => {
    const { port } = await bridge(toServer(server.token));
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.write('PING\r\nQUIT\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(received).toBe('+PONG\r\n+OK\r\n');
  });

  test('a refused or unreachable server is told to the client', async () => {
    const wrong = await bridge(toServer('wrong'));
    expect(await exchange(wrong.port, 'PING\r\n')).toBe('-WRONGPASS invalid username-password pair or user is disabled.\r\n');
    const lost = await bridge(['--url', `${server.url.replace('http', 'ws')}/get/nothing`, '--token', server.token]);
    expect(await exchange(lost.port, 'PING\r\n')).toMatch(/^-ERR bridge: the server refused the WebSocket: HTTP \d+/);
    const nowhere = await bridge(['--url', `ws://127.0.0.1:${await freePort()}/ws`]);
    expect(await exchange(nowhere.port, 'PING\r\n')).toMatch(/^-ERR bridge: cannot reach 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    expect(nowhere.log()).toContain('ECONNREFUSED');
  });

  test('says when its port is taken, and ends on SIGTERM', async () => {
    const { port, child } = await bridge(toServer(server.token));
    const { status, stderr } = kedge(['bridge', ...toServer('x'), '--listen', `127.0.0.1:${port}`]);
    expect(stderr).toContain(`port ${port} is taken`);
    expect(status).toBe(1);
    expect(await stopProcess(child)).toBe(0);
  });
});
