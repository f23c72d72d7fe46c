// Kedge with redis-server's command line, for the parts of Redis' suite that start the server themselves:
//
//   launcher.ts CONFIG-FILE [--name value ...]
//
// Of the configuration it takes `port` and `dir`; everything else is set with CONFIG SET once Kedge runs, and what is
// refused is told in the log. It says in redis-server's words when it is ready, and ends with a signal as that does.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/ports.ts';

const KEDGE = join(dirname(fileURLToPath(import.meta.url)), '../../dist/kedge.js');
const READY = /redis-cli/;

/** Words, of which any may stand in quotes. */
function words(line: string): string[] {
  return Array.from(line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g), ([, double, single, plain]) => double ?? single ?? plain ?? '');
}

/** The directives of the file and of the command line, which come last and win. */
function directives(path: string, args: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [name, ...values] = words(line);
    if (name && !name.startsWith('#')) found.set(name.toLowerCase(), values.join(' '));
  }
  let name: string | undefined;
  for (const arg of args) {
    if (arg.startsWith('--')) {
      name = arg.slice(2).toLowerCase();
      found.set(name, '');
    } else if (name) found.set(name, `${found.get(name)} ${arg}`.trim());
  }
  return found;
}

function request(argv: readonly string[]): string {
  return `*${argv.length}\r\n${argv.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`;
}

/** Sets all of them, each for itself, and returns the answers: one line each. */
async function configure(port: number, settings: readonly (readonly [string, string])[]): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  let answers = '';
  const socket = connect(port, '127.0.0.1');
  socket.on('error', reject);
  socket.on('data', (data) => {
    answers += data;
    const lines = answers.split('\r\n');
    if (lines.length <= settings.length) return;
    socket.destroy();
    resolve(lines.slice(0, settings.length));
  });
  for (const [name, value] of settings) socket.write(request(['CONFIG', 'SET', name, value]));
  return promise;
}

async function main(): Promise<void> {
  const [path, ...args] = process.argv.slice(2);
  if (!path) throw new Error('usage: launcher.ts CONFIG-FILE [--name value ...]');
  const config = directives(path, args);
  const port = Number(config.get('port') ?? 6379);
  const data = join(config.get('dir') ?? '.', 'kedge');
  const flags = ['--port', String(await freePort()), '--resp-port', String(port), '--resp-no-auth', '--data', data];
  const child = spawn(process.execPath, [KEDGE, 'start', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill('SIGTERM'));
  child.on('close', (code) => process.exit(code ?? 1));

  let output = '';
  const ready = Promise.withResolvers<void>();
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (READY.test(output)) ready.resolve();
  });
  await ready.promise;
  const settings = [...config].filter(([name]) => name !== 'port' && name !== 'dir');
  const answers = await configure(port, settings);
  for (const [i, answer] of answers.entries()) {
    if (answer !== '+OK') console.log(`# ${settings[i]?.[0]} is as it always is: ${answer}`);
  }
  console.log(` PID: ${process.pid}\n# Server initialized\n* Ready to accept connections`);
}

await main();
