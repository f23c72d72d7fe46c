// Runs Redis' own test suite, file by file, against Kedge and against a real redis-server, and prints both totals.
//
//   npm run redis-suite -- --suite PATH [--files unit/type/hash,unit/scan] [--shards N] [--only-kedge] [--all] [--verbose]
//   npm run redis-suite -- --suite PATH --native [--files unit/type/hash-field-expire] [--all] [--verbose]
//
// PATH is a checkout of redis (tag 7.0.15 or 7.4.1). It needs tclsh 8.6 and Debian's redis-server and redis-tools. Every
// file gets a fresh server of both kinds, because a test that fails can leave settings behind that fail the next ones.
//
// Columns: tests that Kedge passed, tests that redis-server passed, tests of these left out (left-out.ts), and tests
// that are missing: redis-server passes them, Kedge does not, and nothing excuses it. With --all nothing is left out.
// Where the installed redis-server is not of the checkout's version, Kedge is expected to pass every test that is not
// left out.
//
// With --native the suite starts the servers itself, in a copy of the checkout whose redis-server is Kedge (launcher.ts):
// it then runs the tests, too, that it does not run against a server which it finds. Redis-server is not asked.

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { REDIS_VERSION } from '../../src/spec/version.ts';
import { LEFT_OUT, type LeftOut } from './left-out.ts';
import { installedRedis, type Server, startKedge, startRedis } from './servers.ts';
import { linkTools, nativeCopy, runFile, type Verdicts, versionOf } from './suite.ts';

/** The files whose commands exist so far. */
const FILES = [
  'unit/protocol',
  'unit/keyspace',
  'unit/scan',
  'unit/sort',
  'unit/dump',
  'unit/info-command',
  'unit/type/string',
  'unit/type/incr',
  'unit/type/hash',
  'unit/type/set',
  'unit/type/zset',
  'unit/type/list',
  'unit/type/stream',
  'unit/type/stream-cgroups',
  'unit/bitops',
  'unit/bitfield',
  'unit/type/list-2',
  'unit/type/list-3',
  'unit/hyperloglog',
  'unit/geo',
  'unit/expire',
  'unit/multi',
  'unit/scripting',
  'unit/functions',
  'unit/pubsub',
  'unit/tracking',
  'unit/querybuf',
  'unit/pause',
  'unit/quit',
  'unit/other',
  'unit/introspection',
  'unit/introspection-2',
  'unit/lazyfree',
  'unit/latency-monitor',
  'unit/slowlog',
  'unit/violations',
];

/** Files that run only where the suite starts the server itself. */
const NATIVE_FILES = ['unit/type/hash-field-expire', 'unit/pubsubshard', 'unit/maxmemory', 'unit/memefficiency'];

const { values: options } = parseArgs({
  options: {
    suite: { type: 'string' },
    files: { type: 'string' },
    shards: { type: 'string', default: '1' },
    'only-kedge': { type: 'boolean', default: false },
    native: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

interface Row {
  readonly kedge: number;
  /** Undefined where no redis-server was asked. */
  readonly redis: number | undefined;
  readonly leftOut: number;
  readonly missing: readonly string[];
}

interface Run {
  readonly suite: string;
  readonly version: string;
  readonly withRedis: boolean;
}

/** OBJECT ENCODING names encodings as this version of Redis does; tests of others go on without looking at them. */
function flagsFor({ version }: Run): string[] {
  return version === REDIS_VERSION ? [] : ['--ignore-encoding'];
}

async function natively(run: Run, file: string, skip: readonly string[]): Promise<Verdicts> {
  const copy = nativeCopy(run.suite);
  try {
    const verdicts = await runFile(copy, file, 'native', skip, flagsFor(run));
    if (options.verbose) console.log(verdicts.output);
    return verdicts;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function against(start: () => Promise<Server>, run: Run, file: string, skip: readonly string[]): Promise<Verdicts> {
  const server = await start();
  try {
    const verdicts = await runFile(run.suite, file, server, skip, flagsFor(run));
    if (options.verbose) console.log(`${verdicts.output}\n${server.output()}`);
    return verdicts;
  } finally {
    await server.stop();
  }
}

/** What is in `all` and not in `some`, where a name that occurs twice has to be there twice. */
function without(all: readonly string[], some: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const name of some) left.set(name, (left.get(name) ?? 0) + 1);
  return all.filter((name) => {
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count <= 0;
  });
}

function matches(test: string, pattern: string): boolean {
  return pattern.startsWith('/') ? new RegExp(pattern.slice(1)).test(test) : pattern === test;
}

/** Runs one file against both servers, or against Kedge alone. */
async function compare(run: Run, file: string): Promise<Row> {
  const { version, withRedis } = run;
  const applies = (entry: LeftOut) => (entry.version ?? version) === version && (options.native || !entry.native);
  const leftOut = options.all ? [] : LEFT_OUT.filter((entry) => entry.file === file && applies(entry));
  const skip = leftOut.flatMap((entry) => entry.tests);
  const kedge = await (options.native ? natively(run, file, skip) : against(() => startKedge(options.shards), run, file, skip));
  const redis = withRedis ? await against(startRedis, run, file, []) : undefined;
  const expected = redis?.passed ?? [...kedge.passed, ...kedge.failed, ...kedge.skipped];
  const excused = expected.filter((test) => skip.some((pattern) => matches(test, pattern)));
  const row = {
    kedge: kedge.passed.length,
    redis: redis?.passed.length,
    leftOut: excused.length,
    missing: without(expected, [...kedge.passed, ...excused]),
  };
  print(file, row);
  for (const test of row.missing) console.log(`    missing: ${test}`);
  for (const error of kedge.lostBlocks) console.log(`    a block of tests was lost: ${error}`);
  if (kedge.stopped) console.log(`    stopped early: ${kedge.stopped}`);
  explain(leftOut, expected);
  if (redis) for (const test of without(redis.failed, kedge.failed)) console.log(`    redis-server itself fails: ${test}`);
  // What a lost block would have tested is unknown, unless redis-server says it.
  return redis || (kedge.lostBlocks.length === 0 && !kedge.stopped) ? row : { ...row, missing: [...row.missing, 'lost'] };
}

/** Says why tests were left out, and which entries of the list have nothing to excuse. */
function explain(leftOut: readonly LeftOut[], expected: readonly string[]): void {
  for (const { needs, tests, version } of leftOut) {
    const count = expected.filter((test) => tests.some((pattern) => matches(test, pattern))).length;
    if (count > 0) console.log(`    left out: ${String(count).padStart(3)}, for want of ${needs}`);
    for (const pattern of tests) {
      if (expected.some((test) => matches(test, pattern))) continue;
      const where = version === undefined ? 'in this version ' : '';
      console.log(`    left-out.ts names what is ${where}no test that would pass: ${pattern}`);
    }
  }
}

function print(file: string, row: Row): void {
  const columns = [row.kedge, row.redis ?? '-', row.leftOut, row.missing.length];
  console.log(`${file.padEnd(22)}${columns.map((column) => String(column).padStart(10)).join('')}`);
}

function total(rows: readonly Row[]): Row {
  const sum = (column: (row: Row) => number | undefined) => rows.reduce((all, row) => all + (column(row) ?? 0), 0);
  return {
    kedge: sum((row) => row.kedge),
    redis: rows.some((row) => row.redis === undefined) ? undefined : sum((row) => row.redis),
    leftOut: sum((row) => row.leftOut),
    missing: rows.flatMap((row) => row.missing),
  };
}

async function main(): Promise<number> {
  const { suite } = options;
  const version = suite ? versionOf(suite) : undefined;
  if (!suite || version === undefined) {
    console.error('--suite must name a checkout of redis, with src/version.h in it');
    return 2;
  }
  if (!options.native) linkTools(suite);
  const withRedis = !options['only-kedge'] && !options.native && installedRedis() === version;
  console.log(`${`Redis ${version}`.padEnd(22)}${['kedge', 'redis', 'left out', 'missing'].map((title) => title.padStart(10)).join('')}`);
  const rows: Row[] = [];
  const files = options.native ? NATIVE_FILES.filter((file) => existsSync(join(suite, 'tests', `${file}.tcl`))) : FILES;
  for (const file of options.files?.split(',') ?? files) rows.push(await compare({ suite, version, withRedis }, file));
  const all = total(rows);
  print('total', all);
  return all.missing.length === 0 ? 0 : 1;
}

process.exitCode = await main();
