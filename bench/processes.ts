// The servers that a benchmark compares, each on a free port of the loopback interface and in a folder of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'smol-toml';
import { freePort } from '../test/support/ports.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The program `kedge`. */
export const CLI = join(root, 'dist/kedge.js');

export interface Server {
  readonly port: number;
  /** TCP port of RESP; 0 when it has none. */
  readonly respPort: number;
  readonly child: ChildProcess;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export const TOKEN = 'bench-token';

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'kedge-bench-'));
}

/** Resolves when the process has ended. */
export function ended(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (child.exitCode !== null || child.signalCode !== null) resolve();
  else child.once('exit', () => resolve());
  return promise;
}

async function start(command: string, args: string[], ready: (output: string) => boolean, env = {}): Promise<ChildProcess> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let output = '';
  const read = (data: Buffer) => {
    output += data;
    if (ready(output)) resolve();
  };
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  child.once('error', reject);
  child.once('exit', (code) => reject(new Error(`${command} ended with ${code}:\n${output}`)));
  await promise;
  return child;
}

function server(child: ChildProcess, port: number, respPort: number, folder?: string): Server {
  return {
    port,
    respPort,
    child,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended(child);
      if (folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Kedge as `kedge start` runs it. With `folder` its data stay there after it stops. */
export async function startKedge(folder?: string, ...options: string[]): Promise<Server> {
  const data = folder ?? temporaryFolder();
  const port = await freePort();
  const respPort = await freePort();
  const flags = ['--port', String(port), '--resp-port', String(respPort), '--data', data, '--token', TOKEN, ...options];
  const child = await start(process.execPath, [CLI, 'start', ...flags], (output) => output.includes('redis-cli'));
  return server(child, port, respPort, folder ? undefined : data);
}

/** A Worker that answers "ok" to everything, on the same workerd with the same flags: the floor of every REST figure. */
export function startPlainWorker(): Promise<Server> {
  return startWorker("export default { fetch() { return new Response('ok'); } };\n");
}

/** A Worker of one file on the same workerd, with the same flags. `object`: a class of it whose objects it finds in `env.OBJECT`. */
export async function startWorker(source: string, object?: string): Promise<Server> {
  const folder = temporaryFolder();
  const port = await freePort();
  const { compatibility_date: date, compatibility_flags: flags } = parse(await readText(join(root, 'wrangler.toml'))) as {
    compatibility_date: string;
    compatibility_flags: string[];
  };
  const objects = `durableObjectNamespaces = [(className = "${object}", uniqueKey = "${object}")],
  durableObjectStorage = (inMemory = void),
  bindings = [(name = "OBJECT", durableObjectNamespace = "${object}")],`;
  writeFileSync(join(folder, 'worker.js'), source);
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = ${JSON.stringify(date)},
  compatibilityFlags = ${JSON.stringify(flags)},
  ${object === undefined ? '' : objects}
);
`,
  );
  const require = createRequire(import.meta.url);
  const workerd: unknown = require('workerd');
  const binary = typeof workerd === 'string' ? workerd : (workerd as { default: string }).default;
  const child = spawn(binary, ['serve', '--experimental', join(folder, 'config.capnp')], { stdio: 'ignore' });
  await answering(port);
  return server(child, port, 0, folder);
}

async function readText(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(path, 'utf8');
}

async function answering(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nothing answers on port ${port}`);
}

/** A real redis-server; with `durable` it syncs every write to disk, as Kedge does. Undefined when it is not installed. */
export async function startRedis(durable: boolean): Promise<Server | undefined> {
  const folder = temporaryFolder();
  const respPort = await freePort();
  const flags = [
    '--port',
    String(respPort),
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    durable ? 'yes' : 'no',
    '--appendfsync',
    'always',
  ];
  try {
    const child = await start('redis-server', flags, (output) => output.includes('Ready to accept connections'));
    return server(child, 0, respPort, folder);
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
}
