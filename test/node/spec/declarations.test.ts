// Rules that every declaration keeps.

import { describe, expect, test } from 'vitest';
import { registry } from '../../../src/commands/registry';
import { ACL_CATEGORIES } from '../../../src/spec/acl';
import { type AnyCommandSpec, isContainer } from '../../../src/spec/command';
import { commandTables, differenceList } from '../../../src/spec/command-table';
import { type Argument, parseSyntax } from '../../../src/spec/syntax';

const all: AnyCommandSpec[] = registry.flatMap((spec) => (isContainer(spec) ? [spec, ...spec.subcommands] : [spec]));
const callable = all.filter((spec) => !isContainer(spec) || spec.run);

/** The least number of words that fit a syntax, and whether more may follow. */
function extent(args: readonly Argument[]): { least: number; open: boolean } {
  let least = 0;
  let open = false;
  for (const argument of args) {
    const inner = argument.arguments.map((one) => extent([one]));
    let words = argument.token === undefined || argument.type === 'pure-token' ? 0 : 1;
    if (argument.type === 'block') words += inner.reduce((sum, one) => sum + one.least, 0);
    else if (argument.type === 'oneof') words += Math.min(...inner.map((one) => one.least));
    else words += 1;
    const leasts = new Set(inner.map((one) => one.least));
    open ||= argument.optional || argument.multiple || inner.some((one) => one.open) || (argument.type === 'oneof' && leasts.size > 1);
    if (!argument.optional) least += words;
  }
  return { least, open };
}

const ARITY_EXCEPTIONS: Readonly<Record<string, string>> = {
  'client|kill': 'At least one of the filters must be there, which no syntax says.',
  command: 'Called bare, or with a subcommand.',
  quit: 'Redis lets arguments pass.',
};

test('there are commands', () => {
  expect(callable.length).toBeGreaterThan(100);
});

test('names are unique and subcommands carry the name of their container', () => {
  expect(new Set(all.map((spec) => spec.name)).size).toBe(all.length);
  for (const spec of registry) {
    expect(spec.name).toMatch(/^([a-z]+\.)?[a-z]+(_ro)?$/);
    if (isContainer(spec)) for (const { name } of spec.subcommands) expect(name).toMatch(new RegExp(`^${spec.name}\\|[a-z-]+$`));
  }
});

describe.each(all.map((spec) => [spec.name, spec] as const))('%s', (name, spec) => {
  test('says what it is', () => {
    expect(spec.summary).toMatch(/^[A-Z`].*\.$/);
    expect(spec.summary).not.toContain('\n');
    expect(spec.since).toMatch(/^\d+\.\d+\.\d+$/);
    if (name !== 'lolwut') expect(spec.complexity).not.toBe('');
    if (spec.difference !== undefined) expect(spec.difference).toMatch(/^[A-Z].*\.$/);
    for (const [version] of spec.history ?? []) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    for (const category of spec.categories ?? []) expect(ACL_CATEGORIES).toContain(category);
  });

  test('has a syntax that fits its arity', () => {
    const { least, open } = extent(parseSyntax(spec.syntax));
    const words = name.split('|').length + least;
    if (isContainer(spec) && !spec.run) expect(spec.arity).toBe(-2);
    else if (!(name in ARITY_EXCEPTIONS)) expect(spec.arity).toBe(open ? -words : words);
  });

  test('names its keys where its syntax has some', () => {
    const keys = (args: readonly Argument[]): number =>
      args.reduce((sum, one) => sum + (one.type === 'key' ? 1 : 0) + keys(one.arguments), 0);
    // A shard channel has a slot, but is no key.
    const specs = (spec.keys ?? []).filter((key) => !key.flags.includes('not_key'));
    expect(specs.length > 0).toBe(keys(parseSyntax(spec.syntax)) > 0);
    if (spec.sharding === 'local') expect(specs).toEqual([]);
    // PFCOUNT may write its count down.
    if (spec.flags.includes('readonly') && !spec.flags.includes('may_replicate'))
      for (const key of spec.keys ?? []) expect(key.flags).toContain('RO');
    // Redis calls the keys of XREADGROUP read only: nothing of the entries changes.
    if (spec.flags.includes('write') && spec.keys && name !== 'xreadgroup')
      expect(spec.keys.some((key) => !key.flags.includes('RO'))).toBe(true);
    expect(spec.flags.includes('readonly') && spec.flags.includes('write')).toBe(false);
  });
});

describe('the tables of the README', () => {
  test('have a row for every command, in order, and are the same each time', () => {
    const tables = commandTables(registry);
    expect(tables).toBe(commandTables([...registry].reverse()));
    const rows = tables.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toHaveLength(callable.length);
    for (const row of rows) expect(row.replaceAll('\\|', '')).toMatch(/^\| `[A-Z][^`|]*` \| [^|]+\. \|$/);
    expect(tables).toContain('### Strings');
    expect(tables).toContain('| `GET key` |');
    expect(tables).not.toContain(':integer');
  });

  test('list every difference once', () => {
    const list = differenceList(registry);
    expect(list).toBe(differenceList([...registry].reverse()));
    for (const { difference } of all) if (difference) expect(list.split(`- ${difference}\n`)).toHaveLength(2);
  });
});
