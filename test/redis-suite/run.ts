// Runs Redis' own test suite, file by file, against Kedge and against a real redis-server, and prints both totals.
//
//   npm run redis-suite -- --suite PATH [--files unit/type/hash,unit/scan] [--shards N] [--only-kedge] [--verbose]
//
// PATH is a checkout of redis (tag 7.0.15). It needs tclsh 8.6 and Debian's redis-server and redis-tools. Every file gets
// a fresh server of both kinds, because a test that fails can leave settings behind that fail the next ones.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The files whose commands exist so far. */
const FILES = [
  'unit/protocol',
  'unit/keyspace',
  'unit/scan',
  'unit/info-command',
  'unit/type/string',
  'unit/type/incr',
  'unit/type/hash',
  'unit/type/set',
  'unit/type/zset',
  'unit/type/list',
  'unit/expire',
  'unit/multi',
  'unit/quit',
  'unit/other',
];
/** Longest run of one file, in seconds. */
const FILE_LIMIT_S = 600;

interface Outcome {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** What ended a file early, such as a command that the server does not have. */
  readonly exceptions: readonly string[];
}

interface Target {
  readonly port: number;
  stop(): Promise<void>;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

const { values: options } = parseArgs({
  options: {
    suite: { type: 'string' },
    files: { type: 'string' },
    shards: { type: 'string', default: '1' },
    'only-kedge': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
  });
  return promise;
}

function ended(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (child.exitCode !== null || child.signalCode !== null) resolve();
  else child.once('exit', () => resolve());
  return promise;
}

/** Starts a server in a folder of its own and waits until its output says that it is ready. */
async function startTarget(command: string, args: (folder: string, port: number) => string[], ready: RegExp, env = {}): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-suite-'));
  const port = await freePort();
  const child = spawn(command, args(folder, port), { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const started = Promise.withResolvers<void>();
  child.stdout?.on('data', (data) => {
    output += data;
    if (ready.test(output)) started.resolve();
  });
  child.stderr?.on('data', (data) => {
    output += data;
  });
  child.once('exit', (code) => started.reject(new Error(`${command} ended with ${code}:\n${output}`)));
  await started.promise;
  return {
    port,
    async stop() {
      child.kill('SIGTERM');
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startKedge(): Promise<Target> {
  const http = await freePort();
  return startTarget(
    process.execPath,
    (folder, port) => {
      const flags = ['--port', String(http), '--resp-port', String(port), '--data', folder, '--resp-no-auth', '--shards', options.shards];
      return [join(root, 'dist/kedge.js'), 'start', ...flags];
    },
    /redis-cli/,
  );
}

function startRedis(): Promise<Target> {
  const args = ['--save', '', '--enable-debug-command', 'yes', '--enable-protected-configs', 'yes'];
  return startTarget('redis-server', (folder, port) => ['--port', String(port), '--dir', folder, ...args], /Ready to accept connections/);
}

/** Runs one file of the suite and reads its verdicts. */
async function runFile(suite: string, file: string, port: number): Promise<Outcome> {
  const flags = ['--host', '127.0.0.1', '--port', String(port), '--single', file, '--durable', '--singledb', '--tags', '-slow'];
  const child = spawn('tclsh', ['tests/test_helper.tcl', ...flags, '--timeout', String(FILE_LIMIT_S)], {
    cwd: suite,
    env: { ...process.env, TERM: 'dumb' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const collect = (data: Buffer) => {
    output += data;
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  // The suite starts processes of its own: the whole group ends with it.
  const endGroup = () => {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
  };
  const timer = setTimeout(endGroup, FILE_LIMIT_S * 1000);
  await ended(child);
  clearTimeout(timer);
  endGroup();
  if (options.verbose) process.stdout.write(output);
  return verdicts(output);
}

function verdicts(output: string): Outcome {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the suite colours its output
  const lines = output.replace(/\u001b\[[0-9;]*m/g, '').split('\n');
  const named = (tag: string) => lines.filter((line) => line.startsWith(`[${tag}]: `)).map((line) => line.slice(tag.length + 4));
  const name = (text: string) => text.replace(/ \(\d+ ms\)$/, '').replace(/ in tests\/.*$/, '');
  return { passed: named('ok').map(name), failed: named('err').map(name), exceptions: named('exception') };
}

/** The suite calls the tools of its own build; Debian's do as well. */
function linkTools(suite: string): void {
  for (const tool of ['redis-cli', 'redis-benchmark', 'redis-server', 'redis-check-rdb', 'redis-check-aof']) {
    const link = join(suite, 'src', tool);
    if (!existsSync(link) && existsSync(`/usr/bin/${tool}`)) symlinkSync(`/usr/bin/${tool}`, link);
  }
}

async function against(start: () => Promise<Target>, suite: string, file: string): Promise<Outcome> {
  const target = await start();
  try {
    return await runFile(suite, file, target.port);
  } finally {
    await target.stop();
  }
}

async function main(): Promise<number> {
  const suite = options.suite;
  if (!suite || !existsSync(join(suite, 'tests/test_helper.tcl'))) {
    console.error('--suite must name a checkout of redis, with tests/test_helper.tcl in it');
    return 2;
  }
  linkTools(suite);
  let missing = 0;
  const totals = { kedge: 0, redis: 0 };
  console.log('file                     kedge  redis  missing');
  for (const file of options.files?.split(',') ?? FILES) {
    const kedge = await against(startKedge, suite, file);
    const redis = options['only-kedge'] ? undefined : await against(startRedis, suite, file);
    const passed = new Set(kedge.passed);
    const lost = redis ? [...new Set(redis.passed)].filter((test) => !passed.has(test)) : kedge.failed;
    missing += lost.length;
    totals.kedge += kedge.passed.length;
    totals.redis += redis?.passed.length ?? 0;
    console.log(
      `${file.padEnd(24)} ${String(kedge.passed.length).padStart(5)}  ${String(redis?.passed.length ?? '-').padStart(5)}  ${lost.length}`,
    );
    for (const test of lost) console.log(`    missing: ${test}`);
    for (const exception of kedge.exceptions) console.log(`    exception: ${exception}`);
  }
  console.log(`total                    ${String(totals.kedge).padStart(5)}  ${String(totals.redis).padStart(5)}  ${missing}`);
  return missing === 0 ? 0 : 1;
}

process.exitCode = await main();
