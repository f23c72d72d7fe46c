// Fresh servers for the suite: Kedge as it is built, and Debian's redis-server to compare it with.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/ports.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

export interface Server {
  readonly port: number;
  /** The server's own output so far, for when it ends by itself. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts Kedge with RESP over TCP on a free port and its data in a temporary folder. */
export async function startKedge(shards: string): Promise<Server> {
  const http = await freePort();
  const args = (folder: string, port: number) => [
    join(root, 'dist/kedge.js'),
    ...['start', '--port', String(http), '--resp-port', String(port), '--resp-no-auth', '--data', folder, '--shards', shards],
  ];
  return start(process.execPath, args, /redis-cli/);
}

/** The version of the redis-server that is installed; undefined where there is none. */
export function installedRedis(): string | undefined {
  return /v=(\S+)/.exec(spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1];
}

export function startRedis(): Promise<Server> {
  const flags = ['--save', '', '--enable-debug-command', 'yes', '--enable-protected-configs', 'yes'];
  return start('redis-server', (folder, port) => ['--port', String(port), '--dir', folder, ...flags], /Ready to accept connections/);
}

/** Waits until a child has ended. */
export function ended(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (child.exitCode !== null || child.signalCode !== null) resolve();
  else child.once('close', () => resolve());
  return promise;
}

/** Starts a server in a folder of its own and waits until its output says that it is ready. */
async function start(command: string, args: (folder: string, port: number) => string[], ready: RegExp): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-suite-'));
  const port = await freePort();
  const child = spawn(command, args(folder, port), { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const started = Promise.withResolvers<void>();
  const collect = (data: Buffer) => {
    output += data;
    if (ready.test(output)) started.resolve();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  child.once('error', (error) => started.reject(error));
  child.once('exit', (code) => started.reject(new Error(`${command} ended with ${code}:\n${output}`)));
  await started.promise;
  return {
    port,
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
