// What no file of the project says, whatever its language.

import { expect, test } from 'vitest';
import { projectFiles, read } from './sources';

interface Rule {
  readonly name: string;
  readonly pattern: RegExp;
  /** A line that breaks the rule, put together from pieces so that this file does not break it. */
  readonly example: string;
}

const rules: readonly Rule[] = [
  { name: 'a note to do something has an owner', pattern: /\b(TODO|FIXME)\b(?!\()/, example: ['// TO', 'DO: later'].join('') },
  {
    name: 'no host of a package registry',
    pattern: /\b(npmjs\.(org|com)|debian\.org|pypi\.org)\b/,
    example: ['registry.npmjs', 'org'].join('.'),
  },
  {
    name: "no path of somebody's machine",
    pattern: /(^|[\s'"`(=:])\/(work|root|home|Users)\//,
    example: ['see ', 'root', 'notes'].join('/'),
  },
  { name: 'no trailing space in prose', pattern: /\S[ \t]{3,}$/, example: 'text   ' },
  { name: 'no mark of an unfinished merge', pattern: /^(<{7}|>{7}) /, example: `${'<'.repeat(7)} HEAD` },
];

const files = projectFiles().filter((path) =>
  /(^|\/)[^.]+$|\.(ts|mjs|js|json|jsonc|toml|md|yml|yaml|sh|html|css|example|npmrc|gitignore)$/.test(path),
);

test.each(rules)('$name', ({ pattern, example }) => {
  expect(pattern.test(example)).toBe(true);
  expect(files.length).toBeGreaterThan(100);
  const faults = files.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
  // This file names the patterns themselves.
  expect(faults.filter((fault) => !fault.startsWith('test/node/tidy/text.test.ts'))).toEqual([]);
});

test('the lockfile names no place to download from', () => {
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { resolved?: string; integrity?: string }> };
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
  expect(packages.length).toBeGreaterThan(100);
  for (const [path, { resolved, integrity }] of packages) {
    expect(resolved, path).toBeUndefined();
    expect(integrity, path).toBeDefined();
  }
});

test('the lockfile has the packages for every platform', () => {
  // npm leaves out what it did not find when it wrote the lockfile, and then refuses it on the platform concerned.
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { optionalDependencies?: Record<string, string> }> };
  const has = (from: string, name: string): boolean => {
    for (let path = from; ; path = path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1))) {
      if (`${path === '' ? '' : `${path}/`}node_modules/${name}` in lock.packages) return true;
      if (path === '') return false;
    }
  };
  const wanted = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => ({ path, name })),
  );
  expect(wanted.length).toBeGreaterThan(20);
  expect(wanted.filter(({ path, name }) => !has(path, name))).toEqual([]);
});

test('versions are exact', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const versions = Object.entries({ ...dependencies, ...devDependencies });
  expect(versions.length).toBeGreaterThan(10);
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});
