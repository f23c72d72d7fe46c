// Runs Redis' own test suite, file by file, against Kedge and against a real redis-server, and prints both totals.
//
//   npm run redis-suite -- --suite PATH [--files unit/type/hash,unit/scan] [--shards N] [--only-kedge] [--all] [--verbose]
//
// PATH is a checkout of redis (tag 7.0.15). It needs tclsh 8.6 and Debian's redis-server and redis-tools. Every file gets
// a fresh server of both kinds, because a test that fails can leave settings behind that fail the next ones.
//
// Columns: tests that Kedge passed, tests that redis-server passed, tests of these left out (left-out.ts), and tests
// that are missing: redis-server passes them, Kedge does not, and nothing excuses it. With --all nothing is left out.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LEFT_OUT, type LeftOut } from './left-out.ts';
import { type Server, startKedge, startRedis } from './servers.ts';
import { linkTools, runFile, type Verdicts } from './suite.ts';

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
  'unit/introspection-2',
];

const { values: options } = parseArgs({
  options: {
    suite: { type: 'string' },
    files: { type: 'string' },
    shards: { type: 'string', default: '1' },
    'only-kedge': { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

interface Row {
  readonly kedge: number;
  readonly redis: number;
  readonly leftOut: number;
  readonly missing: readonly string[];
}

async function against(start: () => Promise<Server>, suite: string, file: string, skip: readonly string[]): Promise<Verdicts> {
  const server = await start();
  try {
    const verdicts = await runFile(suite, file, server.port, skip);
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

async function compare(suite: string, file: string): Promise<Row> {
  const leftOut = options.all ? [] : LEFT_OUT.filter((entry) => entry.file === file);
  const skip = leftOut.flatMap((entry) => entry.tests);
  const kedge = await against(() => startKedge(options.shards), suite, file, skip);
  const redis = options['only-kedge'] ? undefined : await against(startRedis, suite, file, []);
  const expected = redis?.passed ?? [...kedge.passed, ...kedge.failed];
  const excused = expected.filter((test) => skip.some((pattern) => matches(test, pattern)));
  const row = {
    kedge: kedge.passed.length,
    redis: redis?.passed.length ?? 0,
    leftOut: excused.length,
    missing: without(expected, [...kedge.passed, ...excused]),
  };
  print(file, row);
  for (const test of row.missing) console.log(`    missing: ${test}`);
  for (const error of kedge.lostBlocks) console.log(`    a block of tests was lost: ${error}`);
  if (kedge.stopped) console.log(`    stopped early: ${kedge.stopped}`);
  if (redis) {
    explain(leftOut, redis.passed);
    for (const test of without(redis.failed, kedge.failed)) console.log(`    redis-server itself fails: ${test}`);
  }
  return row;
}

/** Says why tests were left out, and which entries of the list have nothing to excuse. */
function explain(leftOut: readonly LeftOut[], passed: readonly string[]): void {
  for (const { needs, tests } of leftOut) {
    const count = passed.filter((test) => tests.some((pattern) => matches(test, pattern))).length;
    console.log(`    left out: ${String(count).padStart(3)}, for want of ${needs}`);
    for (const pattern of tests) {
      if (!passed.some((test) => matches(test, pattern)))
        console.log(`    left-out.ts names a test that redis-server does not pass: ${pattern}`);
    }
  }
}

function print(file: string, row: Row): void {
  const columns = [row.kedge, options['only-kedge'] ? '-' : row.redis, row.leftOut, row.missing.length];
  console.log(`${file.padEnd(22)}${columns.map((column) => String(column).padStart(10)).join('')}`);
}

async function main(): Promise<number> {
  const suite = options.suite;
  if (!suite || !existsSync(join(suite, 'tests/test_helper.tcl'))) {
    console.error('--suite must name a checkout of redis, with tests/test_helper.tcl in it');
    return 2;
  }
  linkTools(suite);
  console.log(`${'file'.padEnd(22)}${['kedge', 'redis', 'left out', 'missing'].map((title) => title.padStart(10)).join('')}`);
  const rows: Row[] = [];
  for (const file of options.files?.split(',') ?? FILES) rows.push(await compare(suite, file));
  const sum = (column: (row: Row) => number) => rows.reduce((total, row) => total + column(row), 0);
  const missing = rows.flatMap((row) => row.missing);
  print('total', { kedge: sum((row) => row.kedge), redis: sum((row) => row.redis), leftOut: sum((row) => row.leftOut), missing });
  return missing.length === 0 ? 0 : 1;
}

process.exitCode = await main();
