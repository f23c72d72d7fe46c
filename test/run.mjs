// `npm test`: lint, types, build, the tests of all three kinds, and what a deployment would upload. Every step runs,
// whatever became of the ones before it, and the last line sums up: each test counts as one, each other step as one.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kedge-report-'));
const report = join(folder, 'vitest.json');
const sums = { passed: 0, failed: 0, skipped: 0 };

const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Runs one step. Answers whether it went well. */
function run(name, command, args) {
  console.log(`\n--- ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } });
  return status === 0;
}

function step(name, command, args) {
  if (run(name, command, args)) sums.passed++;
  else sums.failed++;
}

/** The tests. A run that fails as a whole (an unhandled error, a file that cannot be loaded) counts as one failure. */
function tests() {
  const passed = run('tests', bin('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  let failed = 0;
  try {
    const results = JSON.parse(readFileSync(report, 'utf8'));
    failed = results.numFailedTests;
    sums.passed += results.numPassedTests;
    sums.skipped += results.numPendingTests + results.numTodoTests;
  } catch (error) {
    console.error(`no report of the tests: ${error.message}`);
  }
  sums.failed += passed ? failed : Math.max(failed, 1);
}

step('lint', bin('biome'), ['check', '.']);
step('types of the sources', bin('tsc'), ['-p', 'tsconfig.json']);
step('types of the tests', bin('tsc'), ['-p', 'test/tsconfig.json']);
step('types of the tests in the Workers runtime', bin('tsc'), ['-p', 'test/workers/tsconfig.json']);
step('build', process.execPath, ['build.mjs']);
tests();
step('deployment, dry run', bin('wrangler'), ['deploy', '--dry-run', '--outdir', join(folder, 'deploy')]);

rmSync(folder, { recursive: true, force: true });
const skipped = sums.skipped > 0 ? `, ${sums.skipped} skipped` : '';
console.log(`\n${sums.passed} passed, ${sums.failed} failed${skipped}`);
process.exit(sums.failed === 0 ? 0 : 1);
