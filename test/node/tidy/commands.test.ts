// A command that no test runs is not known to work.

import { expect, test } from 'vitest';
import { registry } from '../../../src/commands/registry';
import { isContainer } from '../../../src/spec/command';
import { projectFiles, read } from './sources';

/** The words of all tests, upper case, quotes and commas gone: `['config', 'get', …]` and `CONFIG GET …` look alike. */
const tested = projectFiles()
  .filter((path) => path.startsWith('test/') && path.endsWith('.ts') && !path.startsWith('test/node/tidy/'))
  .map(
    (path) =>
      ` ${read(path)
        .toUpperCase()
        .replaceAll(/[^\w.-]+/g, ' ')} `,
  )
  .join('\n');

const names = registry.flatMap((spec) => [spec.name, ...(isContainer(spec) ? spec.subcommands.map((subcommand) => subcommand.name) : [])]);

test('every command appears in a test', () => {
  expect(names.length).toBeGreaterThan(150);
  expect(names.filter((name) => !tested.includes(` ${name.toUpperCase().replace('|', ' ')} `))).toEqual([]);
});

test('no command is declared twice', () => {
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
