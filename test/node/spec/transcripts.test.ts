// The conformance transcripts are whole: every command of the registry is in them, and every option of its syntax.

import { describe, expect, test } from 'vitest';
import { registry } from '../../../src/commands/registry';
import { Table } from '../../../src/engine/table';
import { type CommandSpec, isContainer } from '../../../src/spec/command';
import { type Argument, parseSyntax } from '../../../src/spec/syntax';
import { readTranscript, transcriptNames } from '../../conformance/transcript';

const CLUSTER = ['countkeysinslot', 'getkeysinslot', 'info', 'links', 'myid', 'myshardid', 'nodes', 'shards', 'slots'];

/** Commands that no transcript can see succeed: why, and which. */
const NEVER_SUCCEED: readonly (readonly [reason: string, names: readonly string[]])[] = [
  ['There is no cluster.', ['asking', 'readonly', 'readwrite', ...CLUSTER.map((name) => `cluster|${name}`)]],
  ['There is one database.', ['move']],
  ['There is no configuration file.', ['config|rewrite']],
  ['Whether a password is set depends on the way in.', ['auth']],
  ['It answers with the error that it is given.', ['debug|error']],
  ['Where the transcripts are played there may be no bucket to write into.', ['save', 'bgsave']],
  ['No script runs while another command does.', ['function|kill', 'script|kill']],
];
/** Options that a recorded session cannot use: why, and which. */
const NEVER_USED: readonly (readonly [reason: string, options: readonly string[]])[] = [
  ['What is not answered cannot be recorded.', ['client|reply OFF', 'client|reply SKIP']],
  ['Whether a password is set depends on the way in.', ['hello AUTH']],
  ['It is an option of a command that is not seen to succeed.', ['bgsave SCHEDULE']],
  ['There is no debugger.', ['script|debug SYNC', 'script|debug YES']],
  ['Another client has to be there.', ['client|tracking REDIRECT']],
];

const table = new Table(registry);
const commands = registry.flatMap((spec): CommandSpec[] => (isContainer(spec) ? [...spec.subcommands] : [spec]));

/** By command: the words of all of its lines that were answered with something else than an error. */
const succeeded = new Map<string, Set<string>>();
const occurring = new Set<string>();
for (const name of transcriptNames()) {
  for (const { lines } of readTranscript(name)) {
    for (const { argv, resp2 } of lines) {
      const spec = table.resolve(argv);
      if (!spec) continue;
      occurring.add(spec.name);
      if (resp2?.startsWith('-')) continue;
      const words = succeeded.get(spec.name) ?? new Set();
      for (const word of argv) words.add(word.toUpperCase());
      succeeded.set(spec.name, words);
    }
  }
}

/** All tokens of a syntax. */
function tokensOf(args: readonly Argument[]): string[] {
  return args.flatMap((argument) => [...(argument.token === undefined ? [] : [argument.token]), ...tokensOf(argument.arguments)]);
}

function names(exceptions: readonly (readonly [string, readonly string[]])[]): string[] {
  return exceptions.flatMap(([, some]) => some);
}

describe('in the transcripts', () => {
  test('every command occurs', () => {
    expect(commands.length).toBeGreaterThan(150);
    expect(commands.map(({ name }) => name).filter((name) => !occurring.has(name))).toEqual([]);
  });

  test('every command succeeds', () => {
    const failing = commands.map(({ name }) => name).filter((name) => !succeeded.has(name));
    expect(failing.sort()).toEqual(names(NEVER_SUCCEED).sort());
  });

  test('every option of every command is used', () => {
    const options = commands.flatMap((spec) => tokensOf(parseSyntax(spec.syntax)).map((token) => ({ name: spec.name, token })));
    expect(options.length).toBeGreaterThan(100);
    const unused = options.filter(({ name, token }) => !succeeded.get(name)?.has(token.replaceAll('"', '').toUpperCase()));
    expect([...new Set(unused.map(({ name, token }) => `${name} ${token}`))].sort()).toEqual(names(NEVER_USED).sort());
  });
});
