// Lets the parts of a snapshot begin so that they show one moment.
//
// Every shard puts off what would change something; when all do, each begins its part; then they go on. What has been
// answered anywhere before that moment is in the files, and what begins after it is not: so whatever one client wrote
// first is never missing where something that it wrote later is there. Should a hold end by itself, because its time was
// over, the moment is not one, and all begin again.

import type { PartRequest } from './part';
import type { PartAnswer, PartStep } from './part-host';

/** What a shard is held at most, should it not be told to go on. */
const HOLD_MS = 3000;
const MAX_ATTEMPTS = 3;

/** Has a shard take a step. */
export type AskShard = (shard: number, step: PartStep) => Promise<PartAnswer>;

/** @param requests one per shard */
export async function beginTogether(id: string, requests: readonly PartRequest[], ask: AskShard): Promise<void> {
  const [only, ...others] = requests;
  // Of one shard, a moment is a moment.
  if (only && others.length === 0) await ask(0, { step: 'begin', request: only });
  else for (let attempt = 1; !(await beginHeld(id, requests, ask)); attempt++) if (attempt === MAX_ATTEMPTS) throw TOO_SLOW;
}

const TOO_SLOW = new Error('the shards could not be held for long enough to begin together');

/** False when a hold has not lasted until all had begun. */
async function beginHeld(id: string, requests: readonly PartRequest[], ask: AskShard): Promise<boolean> {
  let lasted: PartAnswer[];
  try {
    await Promise.all(requests.map((_, shard) => ask(shard, { step: 'hold', id, mostMs: HOLD_MS })));
    await Promise.all(requests.map((request, shard) => ask(shard, { step: 'begin', request })));
  } finally {
    lasted = await Promise.all(requests.map((_, shard) => ask(shard, { step: 'release', id }).catch(() => false)));
  }
  return lasted.every((held) => held === true);
}
