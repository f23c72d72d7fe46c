// The README's lists come from the registry. `npm run readme` writes them again.

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { registry } from '../../../src/commands/registry';
import { commandTables, differenceList } from '../../../src/spec/command-table';

const PATH = 'README.md';

function between(text: string, name: string, content: string): string {
  const begin = `<!-- ${name}: written by npm run readme -->`;
  const end = `<!-- end of ${name} -->`;
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has no place for ${name}`);
  return `${before}${begin}\n\n${content}\n${end}${after}`;
}

test('the README lists the commands and the differences that there are', () => {
  const current = readFileSync(PATH, 'utf8');
  const fresh = between(between(current, 'differences', differenceList(registry)), 'commands', commandTables(registry));
  if (process.env.KEDGE_WRITE_README === '1') writeFileSync(PATH, fresh);
  else expect(current).toBe(fresh);
});
