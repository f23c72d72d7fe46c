// Every call that a shard makes to its storage and to the bucket fails once: it refuses or starts again, and the model
// finds nothing lost, doubled or half done. A run without a fault numbers the calls; then there is one run for each that
// fails, in each way in which it can. How many of them is in the settings of the tests (vitest.config.ts).

import { reset, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, inject, it, vi } from 'vitest';
import { seededRandom } from '../../support/engine';
import { shard } from '../shard-client';
import { Drive, type Shown } from './drive';
import type { CountedCall, Target } from './injector';
import { largeSnapshotSteps, mixedSteps, type Step } from './workload';

vi.setConfig({ testTimeout: 30 * 60_000 });
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  await reset();
});

declare module 'vitest' {
  interface ProvidedContext {
    /** Calls of one point that fail, in one way: the others of a point that is called more often are left out. */
    readonly faultsPerPoint: number;
  }
}

const WRONG = 'wrong';
const START_MS = Date.UTC(2030, 0, 1);
/** What others have while a slice waits for its turn: a snapshot lasts as long as there are writes. */
const TURN_MS = 20;
const realWait = scheduler.wait.bind(scheduler);

/** Faults by the point and the way in which it fails, in the order in which points come first. */
type Points = ReadonlyMap<string, readonly Target[]>;

function pointsOf(calls: readonly CountedCall[]): Points {
  const points = new Map<string, Target[]>();
  for (const [call, { point, ways }] of calls.entries()) {
    for (const way of ways) {
      const name = `${point} (${way})`;
      const targets = points.get(name) ?? [];
      points.set(name, targets);
      targets.push({ call, way });
    }
  }
  return points;
}

/** All that is the same in every run. */
function control(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START_MS });
  vi.stubGlobal('scheduler', { wait: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms + TURN_MS)) });
  for (const method of ['log', 'warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(() => undefined);
}

async function run(state: DurableObjectState, steps: readonly Step[], expected?: Shown, target?: Target, crashes?: boolean) {
  // The real object gets its turn, to write what has come together.
  await realWait(0);
  vi.setSystemTime(START_MS);
  vi.spyOn(Math, 'random').mockImplementation(seededRandom(7).float);
  const drive = new Drive(state, env, expected, target, crashes);
  const shown = await drive.run(steps);
  return { shown, survived: drive.survived };
}

/** One run for each fault, and another one where the object ends at once though it has survived it. Returns a line on them. */
async function failAt(state: DurableObjectState, steps: readonly Step[], shown: Shown, targets: readonly Target[]): Promise<string> {
  let survived = 0;
  const wrong: string[] = [];
  for (const target of targets) {
    try {
      const result = await run(state, steps, shown, target);
      if (!result.survived) continue;
      survived++;
      await run(state, steps, shown, target, true);
    } catch (error) {
      wrong.push(`\n  ${WRONG} at call ${target.call}: ${error}`);
    }
  }
  return `failed at ${targets.length}, went on after ${survived}, started again after ${targets.length - survived}${wrong.join('')}`;
}

/** So many of a point, the first one among them. */
function some(targets: readonly Target[], most: number, below: (bound: number) => number): Target[] {
  const left = [...targets];
  const chosen = left.splice(0, 1);
  while (chosen.length < most && left.length > 0) chosen.push(...left.splice(below(left.length), 1));
  return chosen;
}

it.each([
  // What a file in one part shows is in the other scenario.
  { title: 'in a mixed workload with checkpoints, recovery, expiry and snapshots', steps: mixedSteps(1, START_MS), of: /./, least: 90 },
  {
    title: 'of the bucket, in a snapshot of several parts',
    steps: largeSnapshotSteps(),
    of: /^snapshot: (createMultipartUpload|uploadPart|complete|put)/,
    least: 5,
  },
])('a call that fails $title', async ({ steps, of, least }) => {
  const lines: string[] = [];
  await runInDurableObject(shard(), async (_instance, state) => {
    control();
    const { shown } = await run(state, steps);
    const again = await run(state, steps, shown);
    expect(again.shown.calls, 'two runs make the same calls').toEqual(shown.calls);
    const { below } = seededRandom(1);
    for (const [point, targets] of pointsOf(shown.calls)) {
      if (!of.test(point)) continue;
      const result = await failAt(state, steps, shown, some(targets, inject('faultsPerPoint'), below));
      lines.push(`${point}: called ${targets.length} times, ${result}`);
    }
  });
  vi.restoreAllMocks();
  console.log(`injection points:\n${lines.sort().join('\n')}`);
  expect(lines.filter((line) => line.includes(WRONG))).toEqual([]);
  expect(lines.length).toBeGreaterThan(least);
});
