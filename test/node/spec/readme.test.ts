// The README's lists come from the registry. `npm run readme` writes them again.

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ABSENT } from '../../../src/commands/absent';
import { registry } from '../../../src/commands/registry';
import { absenceList, commandTables, differenceList } from '../../../src/spec/command-table';

const PATH = 'README.md';

function between(text: string, name: string, content: string): string {
  const begin = `<!-- ${name}: written by npm run readme -->`;
  const end = `<!-- end of ${name} -->`;
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has no place for ${name}`);
  return `${before}${begin}\n\n${content}\n${end}${after}`;
}

const LISTS: Readonly<Record<string, string>> = {
  differences: differenceList(registry),
  'absent commands': absenceList(ABSENT),
  commands: commandTables(registry),
};

test('the README lists the commands, those that are not here, and the differences', () => {
  const current = readFileSync(PATH, 'utf8');
  const fresh = Object.entries(LISTS).reduce((text, [name, content]) => between(text, name, content), current);
  if (process.env.KEDGE_WRITE_README === '1') writeFileSync(PATH, fresh);
  else expect(current).toBe(fresh);
});
