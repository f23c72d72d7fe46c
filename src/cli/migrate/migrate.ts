// `kedge migrate`: copies a live Redis. The first pass copies every key; each that follows copies what has changed since
// the one before, until nothing has. So the source can be written to all the while, and is stopped for the last pass only.

import type { Endpoint } from '../endpoint';
import { Failure } from '../failure';
import { grouped } from '../progress';
import { RespClient } from '../resp-client';
import type { CopyTask } from './copier';
import { FunctionCopier } from './functions';
import { Ledger } from './ledger';
import { type PassResult, runPass, type Sides } from './passes';
import { isComplete, type Outcome, reportLines } from './report';
import { Sample } from './sample';
import type { MigrateSettings } from './settings';
import { examine, type Source } from './source';
import { type Verification, verify } from './verify';

export async function migrate(settings: MigrateSettings): Promise<void> {
  const target = { ...settings.url, password: settings.url.password ?? settings.token };
  const sides: Sides[] = [];
  try {
    for (let left = settings.connections; left > 0; left--) sides.push(await open(settings.from, target));
    const [first] = sides as [Sides, ...Sides[]];
    const source = await examine(first.from, first.to, settings.from.url, settings.from.database);
    const keys = source.keys === undefined ? '' : `, ${grouped(source.keys)} keys`;
    console.log(`kedge: copying ${settings.from.url}/${settings.from.database}${keys}, to ${target.url}`);
    const outcome = await run(sides, source, settings);
    for (const line of reportLines(outcome)) console.log(line);
    if (!isComplete(outcome)) throw new Failure('not everything is at the target as it is at the source, see above');
  } finally {
    for (const { from, to } of sides) {
      from.close();
      to.close();
    }
  }
}

async function open(source: Endpoint, target: Endpoint): Promise<Sides> {
  const from = await RespClient.open(source);
  try {
    return { from, to: await RespClient.open(target) };
  } catch (error) {
    from.close();
    throw error;
  }
}

async function run(sides: readonly Sides[], source: Source, settings: MigrateSettings): Promise<Outcome> {
  const { match, onConflict, passes } = settings;
  const [first] = sides as [Sides, ...Sides[]];
  const ledger = new Ledger(source.deadlineToleranceMs);
  const task: CopyTask = { source, ledger, onConflict, targetUrl: settings.url.url };
  const functions = new FunctionCopier(first, onConflict);
  let sample = new Sample(settings.verify);
  let last: PassResult = { seen: 0, changed: 0, deleted: 0 };
  let deleted = 0;
  let pass = 0;
  do {
    pass++;
    sample = new Sample(settings.verify);
    const libraries = await functions.copy();
    const result = await runPass(sides, task, { match, sample, pass });
    deleted += result.deleted;
    last = { ...result, changed: result.changed + result.deleted + libraries };
    const what = pass === 1 ? `${grouped(result.changed)} copied` : `${grouped(result.changed)} changed, ${grouped(result.deleted)} gone`;
    console.log(`kedge: pass ${pass}: ${grouped(result.seen)} keys, ${what}`);
  } while (last.changed > 0 && pass < passes);
  const verification: Verification | undefined = settings.verify === 0 ? undefined : await verify(first, task, sample.keys, pass);
  return {
    totals: ledger.totals(),
    functions,
    passes: pass,
    deleted,
    // One pass is a copy of what does not change.
    lastChanged: pass === 1 ? 0 : last.changed,
    verification,
    notes: notesOn(source),
  };
}

function notesOn({ clockShiftMs, otherDatabases }: Source): string[] {
  const notes: string[] = [];
  if (clockShiftMs !== 0) {
    notes.push(`the clocks differ by ${Math.abs(clockShiftMs / 1000).toFixed(1)} seconds: keys have as long to live as they had there`);
  }
  if (otherDatabases.length > 0) {
    notes.push(`other databases of the source hold keys too, and each is copied on its own: ${otherDatabases.join(', ')}`);
  }
  return notes;
}
