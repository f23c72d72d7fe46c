// One file of Redis' own test suite: running it against a port, and reading its verdicts.

import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ended } from './servers.ts';

/** The suite gives up a file when no test of it has ended for this long. */
const SILENCE_LIMIT_S = 180;
/** Longest run of one file. */
const FILE_LIMIT_S = 900;

export interface Verdicts {
  /** Names of tests. One name can occur more than once: the suite runs some tests in several settings. */
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** Those that it was told to skip. */
  readonly skipped: readonly string[];
  /** Errors outside of a test: what followed in the same block of tests was not run. */
  readonly lostBlocks: readonly string[];
  /** What ended the whole file early. */
  readonly stopped: string | undefined;
  readonly output: string;
}

/** The version of a checkout; undefined where there is none. */
export function versionOf(suite: string): string | undefined {
  const path = join(suite, 'src/version.h');
  return existsSync(path) ? /REDIS_VERSION "([^"]+)"/.exec(readFileSync(path, 'utf8'))?.[1] : undefined;
}

/** The suite calls the tools of its own build; the installed ones do as well. */
export function linkTools(suite: string): void {
  for (const tool of ['redis-cli', 'redis-benchmark', 'redis-server', 'redis-check-rdb', 'redis-check-aof']) {
    const link = join(suite, 'src', tool);
    if (!existsSync(link) && existsSync(`/usr/bin/${tool}`)) symlinkSync(`/usr/bin/${tool}`, link);
  }
}

/** A copy of the suite whose redis-server is Kedge: the checkout itself stays as it is. */
export function nativeCopy(suite: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'redis-suite-copy-'));
  cpSync(join(suite, 'tests'), join(copy, 'tests'), { recursive: true, filter: (path) => !path.includes('tests/tmp/') });
  for (const name of ['utils', 'redis.conf']) symlinkSync(join(suite, name), join(copy, name));
  mkdirSync(join(copy, 'src'));
  mkdirSync(join(copy, 'tests/tmp'), { recursive: true });
  const server = join(copy, 'src/redis-server');
  const launcher = join(dirname(fileURLToPath(import.meta.url)), 'launcher.ts');
  writeFileSync(server, `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`);
  chmodSync(server, 0o755);
  linkTools(copy);
  return copy;
}

/** The server that tests run against: one that is there, or those that the suite starts. */
export type Target = { readonly port: number } | 'native';

/** All tests of these are tagged slow; elsewhere those that are do not run. */
const SLOW_FILES = new Set(['unit/querybuf']);

/**
 * Runs one file of the suite, without the tests in `skip` (names, or regular expressions that start with a slash). What
 * needs a second server to replicate to is never run.
 * @param more flags for the suite
 */
export async function runFile(
  suite: string,
  file: string,
  target: Target,
  skip: readonly string[],
  more: readonly string[],
): Promise<Verdicts> {
  const server = target === 'native' ? [] : ['--host', '127.0.0.1', '--port', String(target.port)];
  const tags = [...(SLOW_FILES.has(file) ? [] : ['-slow']), ...(target === 'native' ? ['-needs:repl', '-cluster'] : [])].join(' ');
  // Two runs at a time would fight for the same ports.
  const ports = ['--baseport', String(11_000 + Math.floor(Math.random() * 10_000)), '--portcount', '1000'];
  const flags = [...server, ...ports, '--singledb', '--durable', '--tags', tags, ...more];
  const limits = ['--timeout', String(SILENCE_LIMIT_S)];
  const child = spawn(
    'tclsh',
    ['tests/test_helper.tcl', '--single', file, ...flags, ...limits, ...skip.flatMap((name) => ['--skiptest', name])],
    {
      cwd: suite,
      env: { ...process.env, TERM: 'dumb' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  let output = '';
  const collect = (data: Buffer) => {
    output += data.toString('latin1');
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
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
  return verdicts(output);
}

/** A verdict is a line such as `[ok]: NAME (3 ms)` or `[err]: NAME in tests/unit/scan.tcl`, with the details after it. */
function verdicts(coloured: string): Verdicts {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the suite colours its output
  const output = coloured.replace(/\u001b\[[0-9;]*m/g, '');
  const passed: string[] = [];
  const failed: string[] = [];
  const skipped: string[] = [];
  const lostBlocks: string[] = [];
  let stopped: string | undefined;
  for (const [, tag, text = ''] of output.matchAll(/^\[(ok|err|skip|exception|TIMEOUT)\]: (.*)$/gm)) {
    if (tag === 'ok') passed.push(text.replace(/ \(\d+ ms\)$/, ''));
    else if (tag === 'skip') skipped.push(text);
    else if (tag !== 'err') stopped = text;
    else if (/ in tests\/[^ ]*\.tcl$/.test(text)) failed.push(text.replace(/ in tests\/[^ ]*\.tcl$/, ''));
    else lostBlocks.push(text);
  }
  if (!output.includes('The End')) stopped ??= 'the suite did not end by itself';
  return { passed, failed, skipped, lostBlocks, stopped, output };
}
