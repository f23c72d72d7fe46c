// npm run bench [-- rest resp scripts pubsub cold rows segments]: prints ratios that were measured in one run. bench/README.md says how to read them.

import { coldStart } from './cold-start.ts';
import { hitRatio } from './hit-ratio.ts';
import { largerThanMemory } from './larger-than-memory.ts';
import { pubsub } from './pubsub.ts';
import { resp } from './resp.ts';
import { rest } from './rest.ts';
import { rows } from './rows.ts';
import { scripts } from './scripts.ts';
import { segments } from './segments.ts';
import { snapshots } from './snapshots.ts';
import { steadyWrites } from './steady-writes.ts';

const BENCHMARKS = {
  rest,
  resp,
  scripts,
  pubsub,
  cold: coldStart,
  rows,
  segments,
  'hit-ratio': hitRatio,
  'steady-writes': steadyWrites,
  snapshots,
  'larger-than-memory': largerThanMemory,
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHMARKS);
for (const name of names) {
  const benchmark = BENCHMARKS[name as keyof typeof BENCHMARKS];
  if (!benchmark) throw new Error(`there is no benchmark ${name}; there are: ${Object.keys(BENCHMARKS).join(', ')}`);
  await benchmark();
}
