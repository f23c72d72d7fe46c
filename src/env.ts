// What a deployment binds to the Worker and to its Durable Objects.

import { readSettings, type Settings } from './settings';
import type { DiskProbe } from './shard/disk-probe';
import type { Shard } from './shard/shard';

export interface Env {
  readonly SHARD: DurableObjectNamespace<Shard>;
  /** Of a local server: whether there is room on its disk. */
  readonly DISK_PROBE?: DurableObjectNamespace<DiskProbe>;
  /** Where snapshots go, if anywhere. */
  readonly SNAPSHOTS?: R2Bucket;
  readonly KEDGE_TOKEN?: string;
  readonly KEDGE_READONLY_TOKEN?: string;
  readonly KEDGE_SHARDS?: string;
  readonly KEDGE_MAXMEMORY?: string;
  readonly KEDGE_MAXMEMORY_POLICY?: string;
  readonly KEDGE_DEBUG?: string;
  readonly KEDGE_BATCH?: string;
  readonly KEDGE_DURABILITY?: string;
  readonly KEDGE_RESP_NO_AUTH?: string;
  readonly KEDGE_SNAPSHOT_EVERY?: string;
  readonly KEDGE_SNAPSHOT_KEEP?: string;
  readonly KEDGE_SNAPSHOT_MAX_AGE?: string;
  readonly KEDGE_MEMORY_BUDGET?: string;
  readonly KEDGE_STORAGE_LIMIT?: string;
}

/** The runtime hands the same object to every event of an isolate. */
const known = new WeakMap<Env, Settings>();

/** The settings of a deployment, read once per isolate. Throws a `SettingsError`. */
export function settingsOf(env: Env): Settings {
  let settings = known.get(env);
  if (!settings) {
    settings = readSettings(env);
    known.set(env, settings);
  }
  return settings;
}
