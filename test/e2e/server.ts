// Starts the real thing for a test: `kedge start` as a user would run it, on free ports and a folder of its own. Whatever
// a test starts here is ended by its pid when the test's process ends, passed or not.

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { identify, isAlive, type ProcessIdentity } from '../../src/cli/process-identity';
import { freePort } from '../support/ports';

export const KEDGE = fileURLToPath(new URL('../../dist/kedge.js', import.meta.url));
/** Generous: several test runs may share the machine. */
const READY_WITHIN_MS = 30_000;

export interface Server {
  readonly url: string;
  readonly respPort: number;
  readonly token: string;
  /** The launcher. */
  readonly pid: number;
  readonly dataDir: string;
  /** What the launcher and workerd have written so far. */
  log(): string;
  /** The workerd that serves now: another one after a crash. */
  workerdPid(): number;
  /** Ends the launcher, and answers its exit code (nothing if it did not exit by itself). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Kept when given; otherwise a folder is made, and removed by `stop`. */
  readonly dataDir?: string;
}

const started = new Set<ProcessIdentity>();
process.on('exit', () => {
  for (const identity of started) if (isAlive(identity)) process.kill(identity.pid, 'SIGKILL');
});

function remember(pid: number): void {
  const identity = identify(pid);
  if (identity !== undefined) started.add(identity);
}

/** A `kedge` process with its output collected. Settings of the developer's own environment do not reach it. */
export function spawnKedge(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { child: ChildProcess; log: () => string } {
  const inherited = Object.entries(process.env).filter(([name]) => name !== 'PORT' && !name.startsWith('KEDGE_'));
  const child = spawn(process.execPath, [KEDGE, ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) remember(child.pid);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      log += text;
    });
  }
  return { child, log: () => log };
}

/** Resolves when `found` answers something. */
export async function until<T>(what: string, found: () => T | undefined | Promise<T | undefined>, withinMs = READY_WITHIN_MS): Promise<T> {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(20)) {
    const answer = await found();
    if (answer !== undefined) return answer;
  }
  throw new Error(`waited ${withinMs} ms for ${what}`);
}

export async function startServer({ env = {}, args = [], dataDir }: ServerOptions = {}): Promise<Server> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'kedge-test-'));
  // Between finding a free port and listening on it another test may take it: then try others.
  for (let attempt = 0; ; attempt++) {
    const port = await freePort();
    const respPort = await freePort();
    const settings = { PORT: String(port), KEDGE_RESP_PORT: String(respPort), KEDGE_DATA: folder, KEDGE_JSON: '1', ...env };
    const { child, log } = spawnKedge(['start', ...args], settings);
    const ready = await until('kedge start', () => announcement(log()) ?? (child.exitCode === null ? undefined : 'ended'));
    if (ready !== 'ended') return running(child, log, ready, folder, dataDir === undefined);
    if (attempt === 3 || !log().includes('is taken')) throw new Error(`kedge start exited with ${child.exitCode}:\n${log()}`);
  }
}

type Announcement = Pick<Server, 'url' | 'respPort' | 'token'>;

function announcement(log: string): Announcement | undefined {
  const line = log.split('\n').find((text, i, lines) => text.startsWith('{"url"') && i < lines.length - 1);
  return line === undefined ? undefined : (JSON.parse(line) as Announcement);
}

function running(child: ChildProcess, log: () => string, ready: Announcement, dataDir: string, removeData: boolean): Server {
  const workerdPid = (): number => {
    const { workerd } = JSON.parse(readFileSync(join(dataDir, 'lock'), 'utf8')) as { workerd?: ProcessIdentity };
    if (workerd === undefined) throw new Error('no workerd is running');
    started.add(workerd);
    return workerd.pid;
  };
  workerdPid();
  return {
    url: ready.url,
    respPort: ready.respPort,
    token: ready.token,
    pid: child.pid as number,
    dataDir,
    log,
    workerdPid,
    stop: async (signal = 'SIGTERM') => {
      const code = await stopProcess(child, signal);
      // A launcher that is killed leaves workerd behind. That is the next start's to clear up, unless there is none.
      if (removeData) {
        for (const identity of started) if (!isAlive(identity)) started.delete(identity);
        if (signal === 'SIGKILL') await endLeftOver(dataDir);
        rmSync(dataDir, { recursive: true, force: true });
      }
      return code;
    },
  };
}

async function endLeftOver(dataDir: string): Promise<void> {
  const { workerd } = JSON.parse(readFileSync(join(dataDir, 'lock'), 'utf8')) as { workerd?: ProcessIdentity };
  if (workerd === undefined || !isAlive(workerd)) return;
  process.kill(workerd.pid, 'SIGKILL');
  await until('workerd to end', () => (isAlive(workerd) ? undefined : true));
}

/** Sends the signal and waits for the end. */
export async function stopProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
}

/** Runs redis-cli and answers what it printed. */
export function redisCli(args: readonly (string | number)[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('redis-cli', args.map(String), { timeout: 30_000, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`redis-cli ${args.join(' ')}: ${stderr || error.message}`));
      else resolve(stdout.trimEnd());
    });
    // One that cannot connect is gone before it has read anything: its exit code says so.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

export interface Redis {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A real redis-server that keeps nothing on disk. Tests that need it are skipped where `hasRedis` is false. */
export async function startRedis(args: readonly string[] = []): Promise<Redis> {
  const port = await freePort();
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    tmpdir(),
    '--dbfilename',
    `kedge-test-${port}.rdb`,
    ...args,
  ];
  const child = spawn('redis-server', settings, { stdio: 'ignore' });
  const { pid } = child;
  if (pid === undefined) throw new Error('redis-server cannot be run');
  remember(pid);
  await until('redis-server', async () => ((await redisCli(['-p', port, 'PING']).catch(() => '')) === 'PONG' ? true : undefined));
  return {
    port,
    pid,
    stop: async () => {
      await stopProcess(child);
    },
  };
}
