// `kedge export` and `kedge snapshot`.

import { Failure, UsageFailure } from '../failure';
import { grouped } from '../progress';
import type { Environment } from '../settings';
import { type CompleteSnapshot, SnapshotClient } from './client';
import { STANDARD_OUTPUT, save } from './download';
import { contentLines, listLine, shownLines } from './report';
import {
  isSnapshotAction,
  type readExportSettings,
  readSnapshotSettings,
  requireId,
  type SnapshotAction,
  snapshotSettings,
} from './settings';

/** A snapshot that exists only until it is here. */
export async function exportDatabase(settings: ReturnType<typeof readExportSettings>): Promise<void> {
  const { file, keep, modules, rdbVersion } = settings;
  refuseTerminal(file);
  const client = new SnapshotClient(settings.url, settings.token);
  const id = await client.create({ rdbVersion, modules });
  const snapshot = await client.finished(id);
  try {
    await fetchInto(client, snapshot, file);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`${error.message}; the snapshot is still there: kedge snapshot download ${id}`);
  }
  if (!keep) await client.delete(id);
}

export async function runSnapshot([action, ...args]: readonly string[], env: Environment): Promise<void> {
  if (!isSnapshotAction(action)) {
    const known = Object.keys(snapshotSettings).join(', ');
    throw new UsageFailure(`${action === undefined ? 'what to do is needed' : `there is no '${action}'`}: one of ${known}`);
  }
  await actions[action](args, env);
}

const actions: Readonly<Record<SnapshotAction, (args: readonly string[], env: Environment) => Promise<void>>> = {
  create: async (args, env) => {
    const { modules, rdbVersion, token, url } = readSnapshotSettings(snapshotSettings.create, args, env);
    const client = new SnapshotClient(url, token);
    const snapshot = await client.finished(await client.create({ rdbVersion, modules }));
    print(shownLines(snapshot));
  },
  list: async (args, env) => {
    const { limit, token, url } = readSnapshotSettings(snapshotSettings.list, args, env);
    print((await new SnapshotClient(url, token).list(limit)).map(listLine));
  },
  show: async (args, env) => {
    const { id, token, url } = readSnapshotSettings(snapshotSettings.show, args, env);
    print(shownLines(await new SnapshotClient(url, token).show(requireId(id))));
  },
  download: async (args, env) => {
    const settings = readSnapshotSettings(snapshotSettings.download, args, env);
    const id = requireId(settings.id);
    const { file = `${id}.rdb`, token, url } = settings;
    refuseTerminal(file);
    const client = new SnapshotClient(url, token);
    const snapshot = await client.show(id);
    if (snapshot.status !== 'complete') throw new Failure(`the snapshot ${id} is not complete: ${snapshot.status}`);
    await fetchInto(client, snapshot, file);
  },
  delete: async (args, env) => {
    const { id, token, url } = readSnapshotSettings(snapshotSettings.delete, args, env);
    await new SnapshotClient(url, token).delete(requireId(id));
  },
};

async function fetchInto(client: SnapshotClient, snapshot: CompleteSnapshot, file: string): Promise<void> {
  const bytes = await save(await client.download(snapshot.id), file);
  const lines = contentLines(snapshot);
  // Standard output may be the file itself.
  for (const line of lines) console.error(line);
  console.error(`wrote ${grouped(bytes)} bytes to ${file === STANDARD_OUTPUT ? 'standard output' : file}, checksum verified`);
}

function refuseTerminal(file: string): void {
  if (file === STANDARD_OUTPUT && process.stdout.isTTY)
    throw new UsageFailure('standard output is a terminal: name a file, or redirect it');
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
