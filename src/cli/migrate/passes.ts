// Going over all keys of the source, and over those of the target that the source may have lost.

import { ascii, type Bytes } from '../../bytes/bytes';
import { ErrorReply } from '../../protocol/reply';
import { Failure } from '../failure';
import { grouped, Progress } from '../progress';
import type { RespClient } from '../resp-client';
import { Copier, type CopyTask } from './copier';
import type { Sample } from './sample';

const SCAN_COUNT = 1000;

export interface Sides {
  readonly from: RespClient;
  readonly to: RespClient;
}

interface PassOptions {
  readonly match: string | undefined;
  /** Filled with the keys of this pass. */
  readonly sample: Sample;
  readonly pass: number;
}

export interface PassResult {
  readonly seen: number;
  readonly changed: number;
  readonly deleted: number;
}

/** One pass. Each pair of connections takes the next keys when it is done with its last ones. */
export async function runPass(sides: readonly Sides[], task: CopyTask, { match, sample, pass }: PassOptions): Promise<PassResult> {
  const copiers = sides.map(({ from, to }) => new Copier(from, to, task));
  const [first] = sides as [Sides, ...Sides[]];
  const progress = new Progress(`pass ${pass}:`, 'keys', match === undefined ? task.source.keys : undefined);
  const changed = () => copiers.reduce((sum, copier) => sum + copier.changed, 0);
  const batches = scan(first.from, match);
  let seen = 0;
  await Promise.all(
    copiers.map(async (copier) => {
      for (let next = await batches.next(); !next.done; next = await batches.next()) {
        for (const key of next.value) sample.offer(key);
        await copier.copy(next.value, pass);
        seen += next.value.length;
        progress.update(seen, `${grouped(changed())} ${pass === 1 ? 'copied' : 'changed'}`);
      }
    }),
  );
  const deleted = await removeMissing(first, copiers[0] as Copier, task, match, pass);
  progress.end();
  return { seen, changed: changed(), deleted };
}

/** Deletes keys that came from here and are gone from the source since. */
async function removeMissing(
  { from, to }: Sides,
  copier: Copier,
  { ledger }: CopyTask,
  match: string | undefined,
  pass: number,
): Promise<number> {
  if (!ledger.hasMissing(pass)) return 0;
  let deleted = 0;
  for await (const keys of scan(to, match)) {
    const missing = keys.filter((key) => ledger.isMissing(key, pass));
    const found = await from.send(missing.map((key) => [ascii('EXISTS'), key]));
    const gone = missing.filter((_key, i) => found[i] === 0);
    for (const reply of await to.send(gone.map((key) => [ascii('DEL'), key]))) if (reply === 1) deleted++;
    // Here again, or overlooked by a SCAN that it came too late for.
    const back = missing.filter((_key, i) => found[i] !== 0);
    if (back.length > 0) await copier.copy(back, pass);
  }
  ledger.forgetMissing(pass);
  return deleted;
}

/** The next reply is asked for while the last one is worked on. */
async function* scan(client: RespClient, match: string | undefined): AsyncGenerator<Bytes[]> {
  const options = match === undefined ? [] : ['MATCH', match];
  const next = (cursor: string) => {
    const reply = client.run('SCAN', cursor, ...options, 'COUNT', `${SCAN_COUNT}`);
    // Whoever waits for it meets the failure; until then nobody may be waiting.
    reply.catch(() => undefined);
    return reply;
  };
  for (let pending = next('0'); ; ) {
    const reply = await pending;
    if (reply instanceof ErrorReply) throw new Failure(`SCAN failed: ${reply.text}`);
    const [cursor, keys] = reply as [Bytes, Bytes[]];
    if (cursor !== '0') pending = next(cursor);
    if (keys.length > 0) yield keys;
    if (cursor === '0') return;
  }
}
