// `kedge import`: loads an RDB file. It is read twice: first to know that all of it is whole, then to load it.

import { Failure } from '../failure';
import { grouped, Progress } from '../progress';
import { RespClient } from '../resp-client';
import { check } from './check';
import { closeFile, openFile, type RdbFile, recordsOf } from './file';
import { Loader } from './loader';
import { Position } from './position';
import type { ImportSettings } from './settings';
import { Summary } from './summary';

export async function importFile(settings: ImportSettings): Promise<void> {
  const file = await openFile(settings.file);
  try {
    if (settings.dryRun) print((await check(file, { database: settings.db, check: true }, undefined)).lines('found'));
    else await load(file, settings);
  } finally {
    await closeFile(file);
  }
}

async function load(file: RdbFile, settings: ImportSettings): Promise<void> {
  const { url, token, db: database, onConflict, resume } = settings;
  if (!url) throw new Failure('there is no target');
  const position = new Position(file, { url: url.url, database });
  const from = resume ? position.resume() : 0;
  const target = { ...url, password: url.password ?? token };
  const clients: RespClient[] = [];
  try {
    for (let left = settings.connections; left > 0; left--) clients.push(await RespClient.open(target));
    // What one that was broken off has loaded already is no conflict, nor is it known any more what of it was there before.
    const occupied = onConflict === 'fail' && !resume ? clients[0] : undefined;
    const { keys } = await check(file, { database, check: true }, occupied);
    console.log(`kedge: ${settings.file} is whole: importing ${grouped(keys)} keys into ${url.url}`);
    const summary = new Summary();
    const loader = new Loader(clients, resume && onConflict === 'fail' ? 'skip' : onConflict, summary, position, Date.now);
    await loadRecords(file, { database, from, keys }, loader, position, summary);
    print(summary.lines('imported'));
    if (loader.refused > 0) throw new Failure('the target did not take everything, see above');
  } finally {
    for (const client of clients) client.close();
  }
}

async function loadRecords(
  file: RdbFile,
  { database, from, keys }: { readonly database: number; readonly from: number; readonly keys: number },
  loader: Loader,
  position: Position,
  summary: Summary,
): Promise<void> {
  const progress = new Progress('importing', 'keys', keys);
  let isPassed = false;
  let passed = 0;
  try {
    for await (const record of recordsOf(file, { database, check: false })) {
      if (record.kind === 'key' || record.kind === 'large') {
        isPassed = record.key.offset < from;
        if (isPassed) {
          summary.leaveOut('they were imported before');
          passed++;
        } else progress.update(passed + loader.answered);
      }
      // What is left out is told of anew, and functions are loaded anew.
      if (!isPassed || record.kind === 'function' || record.kind === 'left out') await loader.take(record);
    }
    await loader.end();
    position.finish();
  } catch (error) {
    position.save();
    if (error instanceof Failure && !file.isCopy) throw new Failure(`${error.message}; --resume goes on from there`);
    throw error;
  } finally {
    progress.end();
  }
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
