// Builds the two things that run outside a test: dist/worker/ (the Worker, for workerd) and dist/kedge.js (the command
// line, for Node 20 and later). Plain JavaScript, because it also runs in `npm ci` on whatever Node is there.

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');

const shared = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  format: 'esm',
  sourcemap: 'linked',
  // The maps are for stack traces of one's own checkout: they need no second copy of the sources.
  sourcesContent: false,
  // Puts constants in the place of their names. A `switch` over numbers becomes a table of jumps then, which halves the
  // time that a step of a Lua script takes.
  minifySyntax: true,
  logLevel: 'warning',
};

/** The Worker. What wrangler does on a deploy, with the same conditions, so that both run the same code. */
const worker = {
  ...shared,
  entryPoints: { index: 'src/index.ts' },
  outdir: join(dist, 'worker'),
  target: 'es2024',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['workerd', 'worker', 'browser'],
  external: ['cloudflare:*', 'node:*'],
  // Leaves `import module from './x.wasm'` as it is: workerd resolves it as a wasm module of its own.
  loader: { '.wasm': 'copy' },
  assetNames: '[name]',
};

/** The command line. Its packages stay outside: workerd and miniflare are files on disk that it has to find anyway. */
const cli = {
  ...shared,
  entryPoints: { kedge: 'src/cli/main.ts' },
  outdir: dist,
  target: 'node20',
  platform: 'node',
  packages: 'external',
  banner: { js: '#!/usr/bin/env node' },
};

/** Replaces a file in one step, and only when it differs: a server that is starting may be reading it just now. */
async function replace(path, contents, mode) {
  const before = await readFile(path).catch(() => undefined);
  if (before?.equals(contents)) return;
  const next = `${path}.${process.pid}.tmp`;
  await writeFile(next, contents, { mode });
  await rename(next, path);
}

async function bundle(options) {
  const { outputFiles } = await build(options);
  await mkdir(options.outdir, { recursive: true });
  // Maps first: the code names them.
  for (const file of outputFiles.sort((a, b) => Number(b.path.endsWith('.map')) - Number(a.path.endsWith('.map')))) {
    await replace(file.path, Buffer.from(file.contents), file.path === join(dist, 'kedge.js') ? 0o755 : 0o644);
  }
  return outputFiles.map((file) => basename(file.path));
}

const [files] = await Promise.all([bundle(worker), bundle(cli)]);
// What an earlier build left and this one does not have would be loaded as a module of the Worker.
for (const name of await readdir(worker.outdir)) {
  if (!files.includes(name) && !name.endsWith('.tmp')) await rm(join(worker.outdir, name));
}
