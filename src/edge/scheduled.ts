// The cron trigger.

import { ascii } from '../bytes/bytes';
import type { Env } from '../env';
import type { Lifetime } from '../router/batch';
import { dispatch } from '../router/dispatch';
import { HOME_SHARD } from '../router/slot-map';
import { STOP_SCHEDULE } from '../settings';
import { objectName } from '../spec/slots';
import { deploymentOf, Unready } from './deployment';

/** Reaches every shard. */
const DBSIZE = [ascii('DBSIZE')];

/**
 * Wakes every shard. One that starts sees to its own housekeeping: it sets the alarm for the next key to expire, which
 * the platform gives up after six failures.
 */
export async function runSchedule(schedule: string, env: Env, lifetime: Lifetime): Promise<void> {
  const deployment = deploymentOf(env);
  if (deployment instanceof Unready) throw new Error(deployment.text);
  if (schedule === STOP_SCHEDULE) {
    await settleAll(env, deployment.router.shards);
    return;
  }
  const { results } = await dispatch(deployment.router, lifetime, [{ format: 'json', access: 'full', kind: 'single', lines: [DBSIZE] }]);
  const failed = results.find((result) => result.failed);
  if (failed) throw new Error(`a shard does not answer: ${failed.text}`);
  await env.SHARD.getByName(objectName(HOME_SHARD, deployment.router.shards)).scheduleSnapshots();
}

/** Brings the storage of every shard up to date, and keeps it so until the end. */
async function settleAll(env: Env, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, shard) => env.SHARD.getByName(objectName(shard, count)).settle()));
}
