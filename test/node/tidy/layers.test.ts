// Which part may import what. The parts are independent because of this and not because somebody was careful: handlers
// cannot reach into the engine, the engine cannot wait, and everything below the shard runs in plain Node.

import { describe, expect, test } from 'vitest';
import { parseSource, position, type Source, sources, walk } from './sources';

const ENGINE_SIDE = ['bytes', 'structures', 'lua', 'types', 'protocol', 'spec', 'commands', 'engine'];

/** For each part of src/, the other parts that it may import. `.` is what lies in src/ itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  structures: ['bytes'],
  lua: ['bytes', 'structures'],
  types: ['bytes', 'structures'],
  protocol: ['bytes'],
  spec: ['bytes', 'protocol', 'types'],
  commands: ['bytes', 'protocol', 'spec', 'structures', 'types'],
  engine: ['bytes', 'lua', 'protocol', 'spec', 'structures', 'types'],
  shard: [...ENGINE_SIDE, 'observe', '.'],
  replica: [...ENGINE_SIDE, 'observe', '.'],
  directory: ['bytes', 'protocol', 'observe', '.'],
  router: [...ENGINE_SIDE, 'observe', '.'],
  services: ['bytes', 'protocol', 'router', 'spec', '.'],
  edge: [...ENGINE_SIDE, 'directory', 'observe', 'replica', 'router', 'services', 'shard', '.'],
  observe: ['bytes', 'protocol', 'spec'],
  client: ['bytes', 'protocol'],
  cli: ['bytes', 'protocol', 'types', '.'],
  '.': ['bytes', 'directory', 'edge', 'replica', 'router', 'shard', 'spec'],
};

/** For each package, the parts that may import it. */
const PACKAGES: readonly (readonly [RegExp, (path: string) => boolean])[] = [
  [/^cloudflare:/, (path) => /^src\/(shard|replica|directory|edge)\/|^src\/router\/[^/]*socket|^src\/index\.ts$/.test(path)],
  [/^hono(\/|$)/, (path) => /^src\/(edge|client)\//.test(path)],
  [/^zod(\/|$)/, (path) => /^src\/(edge|directory|cli)\/|^src\/(env|settings)\.ts$/.test(path)],
  // The Workers runtime has this one of Node's modules too, and only there is a comparison in constant time.
  [/^node:crypto$/, (path) => /^src\/(cli|edge)\//.test(path)],
  [/^node:/, (path) => path.startsWith('src/cli/')],
  [/./, (path) => path.startsWith('src/cli/')],
];

/** What would make a result depend on something else than the arguments and the ports that were handed in. */
const AMBIENT = ['Promise', 'setTimeout', 'setInterval', 'queueMicrotask', 'fetch', 'console', 'performance', 'crypto', 'process'];
const AMBIENT_MEMBERS = ['Date.now', 'Math.random'];

function partOf(path: string): string {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? '.';
}

function importFaults(source: Source): string[] {
  const part = partOf(source.path);
  return source.imports.flatMap(({ from }) => {
    if (from === 'package.json') return part === 'cli' || part === 'commands' ? [] : [`${source.path} imports package.json`];
    if (from.startsWith('src/')) {
      const other = partOf(from);
      return other === part || MAY_IMPORT[part]?.includes(other) ? [] : [`${source.path} (${part}) imports ${from}`];
    }
    const rule = PACKAGES.find(([name]) => name.test(from));
    return rule?.[1](source.path) ? [] : [`${source.path} imports ${from}`];
  });
}

function waitingFaults(source: Source): string[] {
  const faults: string[] = [];
  for (const node of walk(source.tree)) {
    if (node.async === true || node.await === true || node.type === 'AwaitExpression') faults.push(`${position(source, node)}: async`);
    if (node.type === 'Identifier' && AMBIENT.includes(node.name as string)) faults.push(`${position(source, node)}: ${node.name}`);
    if (node.type !== 'MemberExpression') continue;
    const { object, property } = node as unknown as { object: { name?: string }; property: { name?: string } };
    const member = `${object.name}.${property.name}`;
    if (AMBIENT_MEMBERS.includes(member)) faults.push(`${position(source, node)}: ${member}`);
  }
  return faults;
}

const ours = sources().filter(({ path }) => path.startsWith('src/'));

describe('the layers', () => {
  test('every part has its rule', () => {
    const parts = new Set(ours.map(({ path }) => partOf(path)));
    expect(parts.size).toBeGreaterThanOrEqual(10);
    for (const part of parts) expect(Object.keys(MAY_IMPORT)).toContain(part);
  });

  test('imports go in the right direction, and packages stay where they belong', () => {
    expect(ours.flatMap(importFaults)).toEqual([]);
  });

  test('nothing below the shard waits, and nothing there has a clock, a die or a network of its own', () => {
    const pure = ours.filter(({ path }) => ENGINE_SIDE.includes(partOf(path)));
    expect(pure.length).toBeGreaterThan(50);
    expect(pure.flatMap(waitingFaults)).toEqual([]);
  });
});

describe('these tests notice', () => {
  test.each([
    ['src/commands/string/x.ts', "import { Engine } from '../../engine/engine';"],
    ['src/bytes/x.ts', "import type { Reply } from '../protocol/reply';"],
    ['src/engine/x.ts', "export { Shard } from '../shard/shard';"],
    ['src/types/x.ts', "import { z } from 'zod';"],
    ['src/router/plan.ts', "import { DurableObject } from 'cloudflare:workers';"],
    ['src/shard/x.ts', "import { Hono } from 'hono';"],
    ['src/edge/x.ts', "import { readFileSync } from 'node:fs';"],
    ['src/engine/x.ts', "type Later = import('../router/batch').Batch;"],
    ['src/engine/x.ts', "const later = () => import('../shard/shard');"],
  ])('in %s: %s', (path, text) => {
    expect(importFaults(parseSource(path, text))).toHaveLength(1);
  });

  test.each([
    'export async function run() {}',
    'const run = async () => 1;',
    'class A { async run() {} }',
    'export function run(): Promise<void> | undefined { return undefined; }',
    'const now = Date.now();',
    'const die = Math.random();',
    'setTimeout(run, 1);',
  ])('%s', (text) => {
    expect(waitingFaults(parseSource('src/engine/x.ts', text))).toHaveLength(1);
  });
});
