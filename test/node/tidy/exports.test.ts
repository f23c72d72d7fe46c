// No dead code: what a file exports, another one imports.

import { expect, test } from 'vitest';
import { parseSource, type Source, sources } from './sources';

/** Files whose exports are for somebody outside the repository. */
const ENTRIES = ['src/index.ts'];

function unusedExports(files: readonly Source[]): string[] {
  const used = new Set<string>();
  for (const { imports, path } of files) {
    for (const { from, names } of imports) for (const name of names) if (`${from}.ts` !== path) used.add(`${from} ${name}`);
  }
  const isUsed = (module: string, name: string) => used.has(`${module} ${name}`) || used.has(`${module} *`);
  return files
    .filter(({ path }) => path.startsWith('src/') && !ENTRIES.includes(path))
    .flatMap(({ path, text, exports }) => {
      const modules = [path.replace(/\.ts$/, ''), ...(path.endsWith('/index.ts') ? [path.slice(0, -'/index.ts'.length)] : [])];
      const unused = exports.filter(({ name }) => !modules.some((module) => isUsed(module, name)));
      // A type that the signature of another export names is part of that export, whether anybody imports it or not.
      return unused
        .filter(({ name, isType }) => !isType || text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length === 1)
        .map(({ name }) => `${path}: ${name}`);
    });
}

test('every export is imported somewhere', () => {
  const files = sources();
  expect(files.flatMap(({ exports }) => exports).length).toBeGreaterThan(300);
  expect(unusedExports(files)).toEqual([]);
});

test('an export that nobody imports is noticed', () => {
  const exporting = parseSource(
    'src/a/index.ts',
    'export const one = 1, two = 2; export type Three = 3; export type Four = 4; export class Five {} export type Size = 6; export function six(): Size { return 6; }',
  );
  const importing = parseSource('src/b.ts', "import { one, type Three } from './a'; import { Five as F } from './a/index';");
  expect(unusedExports([exporting, importing])).toEqual(['src/a/index.ts: two', 'src/a/index.ts: Four', 'src/a/index.ts: six']);
});
