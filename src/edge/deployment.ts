// What the edge derives from a deployment's settings, once per isolate.

import { type Env, settingsOf } from '../env';
import type { WaitEnv } from '../router/rest-wait';
import { type Settings, SettingsError } from '../settings';
import { Gate } from './auth';

export interface Deployment {
  readonly settings: Settings;
  readonly gate: Gate;
  readonly router: WaitEnv;
}

/** Why nothing can be served. */
export class Unready {
  constructor(readonly text: string) {}
}

const known = new WeakMap<Env, Deployment | Unready>();

/** The runtime hands the same bindings to every event of an isolate. */
export function deploymentOf(env: Env): Deployment | Unready {
  let deployment = known.get(env);
  if (!deployment) {
    deployment = deploy(env);
    known.set(env, deployment);
  }
  return deployment;
}

function deploy(env: Env): Deployment | Unready {
  try {
    const settings = settingsOf(env);
    if (settings.token === undefined) {
      return new Unready('ERR KEDGE_TOKEN is not set, so nothing is served: set it with `npx wrangler secret put KEDGE_TOKEN`');
    }
    const router = { SHARD: env.SHARD, shards: settings.shards, batch: settings.batch };
    return { settings, gate: new Gate(settings), router };
  } catch (error) {
    if (error instanceof SettingsError) return new Unready(`ERR wrong settings: ${error.message}`);
    throw error;
  }
}
