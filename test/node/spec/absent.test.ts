// Every command of Redis is here, or there is a reason why not. redis-commands.txt has the names of Redis 8.10 itself,
// without modules: a command a line, with its subcommands.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ABSENT } from '../../../src/commands/absent';
import { registry } from '../../../src/commands/registry';
import type { MapReply, Reply } from '../../../src/protocol/reply';
import { isContainer } from '../../../src/spec/command';
import { absenceList, commandTables } from '../../../src/spec/command-table';
import { ascii, TestEngine } from '../../support/engine';

const redis: readonly string[] = readFileSync(join(import.meta.dirname, 'redis-commands.txt'), 'utf8')
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [name, ...subcommands] = line.split(' ') as [string, ...string[]];
    return [name, ...subcommands.map((subcommand) => `${name}|${subcommand}`)];
  });
const declared = new Set(registry.flatMap((spec) => [spec.name, ...(isContainer(spec) ? spec.subcommands.map(({ name }) => name) : [])]));
const absent = ABSENT.flatMap(({ names }) => names);

function isExcused(name: string): boolean {
  return absent.includes(name) || absent.includes(name.split('|', 1)[0] as string);
}

test('the list of Redis’ commands is whole', () => {
  expect(redis).toHaveLength(449);
  expect(new Set(redis).size).toBe(449);
});

test('every command of Redis is declared, or has its reason', () => {
  expect(redis.filter((name) => !declared.has(name) && !isExcused(name))).toEqual([]);
});

test('what is declared is not named as absent', () => {
  const both = absent.filter((name) => declared.has(name));
  expect(both, 'these commands exist now: take their names out of src/commands/absent.ts').toEqual([]);
});

test('what is absent is a command of Redis, named once', () => {
  expect(absent.filter((name) => !redis.includes(name))).toEqual([]);
  expect(absent.filter((name, i) => absent.indexOf(name) !== i)).toEqual([]);
  for (const { reason, names } of ABSENT) {
    expect(reason).toMatch(/^[A-Z].*\.$/);
    expect(names, `nothing is absent for this reason any more: ${reason}`).not.toEqual([]);
  }
});

test('the README names what is absent', () => {
  const list = absenceList(ABSENT);
  expect(list.trimEnd().split('\n')).toHaveLength(ABSENT.length);
  for (const name of absent) expect(list).toContain(name.split('|').at(-1)?.toUpperCase());
});

/** Names in the answer of COMMAND DOCS, those of subcommands included. */
function documented(docs: Reply): string[] {
  const names: string[] = [];
  const { items } = docs as MapReply;
  for (let i = 0; i < items.length; i += 2) {
    names.push(items[i] as string);
    const fields = (items[i + 1] as MapReply).items;
    const at = fields.indexOf(ascii('subcommands'));
    if (at >= 0) names.push(...documented(fields[at + 1] as Reply));
  }
  return names;
}

test('COMMAND COUNT, COMMAND DOCS and the table of the README agree', () => {
  const engine = new TestEngine();
  const names = documented(engine.run('COMMAND', 'DOCS'));
  expect(names.filter((name) => !name.includes('|'))).toHaveLength(engine.run('COMMAND', 'COUNT') as number);
  const rows = [...commandTables(registry).matchAll(/^\| `([^\s`]+)(?: ([^\s`]+))?/gm)];
  const inTable = new Set(rows.flatMap(([, first = '', second = '']) => [first.toLowerCase(), `${first}|${second}`.toLowerCase()]));
  expect(rows.length).toBeGreaterThan(150);
  expect(names.filter((name) => !inTable.has(name))).toEqual([]);
});
