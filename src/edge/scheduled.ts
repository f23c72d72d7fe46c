// The cron trigger.

import { ascii } from '../bytes/bytes';
import type { Env } from '../env';
import type { Lifetime } from '../router/batch';
import { dispatch } from '../router/dispatch';
import { deploymentOf, Unready } from './deployment';

/** Reaches every shard. */
const DBSIZE = [ascii('DBSIZE')];

/**
 * Wakes every shard. One that starts sees to its own housekeeping: it sets the alarm for the next key to expire, which
 * the platform gives up after six failures.
 */
export async function runSchedule(env: Env, lifetime: Lifetime): Promise<void> {
  const deployment = deploymentOf(env);
  if (deployment instanceof Unready) throw new Error(deployment.text);
  const { results } = await dispatch(deployment.router, lifetime, [{ format: 'json', access: 'full', kind: 'single', lines: [DBSIZE] }]);
  const failed = results.find((result) => result.failed);
  if (failed) throw new Error(`a shard does not answer: ${failed.text}`);
}
