// The sections of INFO: names that tools and client suites look for, with values that are true here. What Redis reports
// and this server has nothing to say about (forks, sockets, allocator) is left out, or zero where a reader would fail
// without it.

import type { Context } from '../../../spec/context';
import { REDIS_VERSION } from '../../../spec/version';
import { commandStats, errorStats, latencyStats } from './statistics';

export type Fields = readonly (readonly [name: string, value: string | number])[];

export interface Section {
  /** As INFO's argument, in lower case. */
  readonly name: string;
  readonly title: string;
  /** Shown without asking for it. */
  readonly byDefault: boolean;
  readonly fields: (ctx: Context) => Fields;
}

const SECONDS_IN_DAY = 86_400;
const MINUTES_24_BITS = 0xffffff;

function server(ctx: Context): Fields {
  const { host, runId, startedAtMs, settings } = ctx.server;
  const uptime = Math.max(0, Math.floor((ctx.now - startedAtMs) / 1000));
  return [
    ['redis_version', REDIS_VERSION],
    ['redis_git_sha1', '00000000'],
    ['redis_git_dirty', 0],
    ['redis_build_id', '0'],
    ['redis_mode', 'standalone'],
    ['os', host.os],
    ['arch_bits', 64],
    ['multiplexing_api', 'workerd'],
    ['process_id', host.processId],
    ['process_supervised', 'no'],
    ['run_id', runId],
    ['tcp_port', host.tcpPort],
    ['server_time_usec', ctx.now * 1000],
    ['uptime_in_seconds', uptime],
    ['uptime_in_days', Math.floor(uptime / SECONDS_IN_DAY)],
    ['hz', settings.get('hz')],
    ['configured_hz', settings.get('hz')],
    ['lru_clock', Math.floor(ctx.now / 1000) & MINUTES_24_BITS],
    ['executable', ''],
    ['config_file', ''],
    ['io_threads_active', 0],
  ];
}

function clients(ctx: Context): Fields {
  const { all, onRemoval } = ctx.server.blockingKeys;
  return [
    ['connected_clients', ctx.server.clients().length],
    ['cluster_connections', 0],
    ['maxclients', ctx.server.settings.get('maxclients')],
    ['client_recent_max_input_buffer', 0],
    ['client_recent_max_output_buffer', 0],
    ['blocked_clients', ctx.server.blockedClients],
    ['tracking_clients', ctx.server.tracking.clients],
    ['clients_in_timeout_table', 0],
    // Since 7.2.
    ['total_blocking_keys', all],
    ['total_blocking_keys_on_nokey', onRemoval],
  ];
}

function scriptMemory({ scripts }: Context): Fields {
  const { scripts: count, scriptBytes, libraries, functions, libraryBytes } = scripts.use;
  const all = scriptBytes + libraryBytes;
  const machines = scripts.measureMachines();
  const allMachines = machines.scripts + machines.libraries;
  return [
    ['used_memory_vm_eval', machines.scripts],
    ['used_memory_lua', machines.scripts],
    ['used_memory_lua_human', humanBytes(machines.scripts)],
    ['used_memory_scripts_eval', scriptBytes],
    ['number_of_cached_scripts', count],
    ['number_of_functions', functions],
    ['number_of_libraries', libraries],
    ['used_memory_vm_functions', machines.libraries],
    ['used_memory_vm_total', allMachines],
    ['used_memory_vm_total_human', humanBytes(allMachines)],
    ['used_memory_functions', libraryBytes],
    ['used_memory_scripts', all],
    ['used_memory_scripts_human', humanBytes(all)],
  ];
}

function memory(ctx: Context): Fields {
  const { settings } = ctx.server;
  const { startup, used, dataset, resident, clients: ofClients, peak, limit, residentKeys } = ctx.server.memory;
  const inMemory = startup + resident + ofClients;
  return [
    ['used_memory', used],
    ['used_memory_human', humanBytes(used)],
    // What is in memory; the other keys wait in storage.
    ['used_memory_rss', inMemory],
    ['used_memory_rss_human', humanBytes(inMemory)],
    ['used_memory_peak', peak],
    ['used_memory_peak_human', humanBytes(peak)],
    ['used_memory_peak_perc', percent(used, peak)],
    ['used_memory_overhead', startup + ofClients],
    ['used_memory_startup', startup],
    ['used_memory_dataset', dataset],
    ['used_memory_dataset_perc', percent(dataset, used - startup)],
    ...scriptMemory(ctx),
    ['maxmemory', limit],
    ['maxmemory_human', humanBytes(limit)],
    ['maxmemory_policy', settings.get('maxmemory-policy')],
    ['mem_fragmentation_ratio', '1.00'],
    ['mem_fragmentation_bytes', 0],
    ['mem_not_counted_for_evict', ofClients],
    ['mem_replication_backlog', 0],
    ['mem_clients_slaves', 0],
    ['mem_clients_normal', ofClients],
    ['mem_aof_buffer', 0],
    ['mem_allocator', 'v8'],
    ['active_defrag_running', 0],
    ['lazyfree_pending_objects', 0],
    ['lazyfreed_objects', ctx.server.stats.lazyFreed],
    // Ours: keys whose values are in memory, the others wait in storage, and what they take there.
    ['keys_in_memory', residentKeys],
    ['memory_resident', resident],
  ];
}

/** The journal is the append-only file. */
function persistence(ctx: Context): Fields {
  const { persistence: storage, snapshots, stats, startedAtMs } = ctx.server;
  const { progress, runningSinceMs, lastTookMs } = snapshots;
  const { journal, checkpoints, lastRecovery } = storage;
  return [
    ['loading', 0],
    ['async_loading', 0],
    ['current_save_keys_processed', progress?.keys ?? 0],
    ['current_save_keys_total', progress?.totalKeys ?? 0],
    ['rdb_changes_since_last_save', stats.dirty],
    ['rdb_bgsave_in_progress', runningSinceMs === undefined ? 0 : 1],
    ['rdb_last_save_time', Math.floor((snapshots.lastSaveMs ?? startedAtMs) / 1000)],
    ['rdb_last_bgsave_status', snapshots.lastFailed ? 'err' : 'ok'],
    ['rdb_last_bgsave_time_sec', lastTookMs === undefined ? -1 : Math.floor(lastTookMs / 1000)],
    ['rdb_current_bgsave_time_sec', runningSinceMs === undefined ? -1 : Math.floor((ctx.now - runningSinceMs) / 1000)],
    ['rdb_saves', snapshots.saves],
    ['aof_enabled', storage.durability === 'memory' ? 0 : 1],
    ['aof_rewrite_in_progress', storage.rewriting ? 1 : 0],
    ['aof_rewrite_scheduled', 0],
    // A checkpoint is what rewriting is.
    ['aof_last_rewrite_time_sec', checkpoints.lastTookMs === undefined ? -1 : Math.floor(checkpoints.lastTookMs / 1000)],
    ['aof_current_rewrite_time_sec', -1],
    ['aof_last_bgrewrite_status', 'ok'],
    ['aof_rewrites', checkpoints.count],
    ['aof_rewrites_consecutive_failures', 0],
    ['aof_last_write_status', storage.shortage ? 'err' : 'ok'],
    ['aof_current_size', journal.bytes],
    ['aof_base_size', 0],
    ['aof_buffer_length', storage.unwrittenBytes],
    // Ours: when what is executed reaches storage.
    ['durability', storage.durability],
    // Ours: the journal that a start has to replay, what bounds it, and how long the last times took.
    ['journal_rows', journal.rows],
    ['journal_bytes_limit', journal.mostBytes],
    ['journal_rows_limit', journal.mostRows],
    ['last_checkpoint_time', Math.floor(checkpoints.lastAtMs / 1000)],
    ['last_checkpoint_ms', checkpoints.lastTookMs ?? -1],
    ['last_recovery_ms', lastRecovery.tookMs],
    ['last_recovery_bytes', lastRecovery.bytes],
    ['last_recovery_rows', lastRecovery.rows],
    // Ours: the size of the database below, and what is written to it, of which the platform bills the rows.
    ['stored_bytes', storage.storedBytes],
    ['storage_limit', storage.storageLimit],
    ['storage_full', storage.shortage ? 1 : 0],
    ['disk_full', storage.shortage === 'disk' ? 1 : 0],
    ['rows_written', storage.rowsWritten],
    ['bytes_written', storage.bytesWritten],
  ];
}

function stats(ctx: Context): Fields {
  const { stats: counters, tracking } = ctx.server;
  const { exceededMs } = ctx.server.memory;
  return [
    ['total_connections_received', counters.connectionsReceived],
    ['total_commands_processed', counters.commandsProcessed],
    ['instantaneous_ops_per_sec', counters.commandsPerSecond],
    ['total_net_input_bytes', counters.netInputBytes],
    ['total_net_output_bytes', counters.netOutputBytes],
    ['rejected_connections', 0],
    ['sync_full', 0],
    ['sync_partial_ok', 0],
    ['sync_partial_err', 0],
    ['expired_keys', counters.expiredKeys],
    ['expired_subkeys', counters.expiredFields],
    ['expired_stale_perc', '0.00'],
    ['expired_time_cap_reached_count', 0],
    ['evicted_keys', counters.evictedKeys],
    ['evicted_clients', 0],
    // Since 7.4.
    ['evicted_scripts', ctx.scripts.use.evictedScripts],
    ['total_eviction_exceeded_time', exceededMs.total],
    ['current_eviction_exceeded_time', exceededMs.current],
    ['keyspace_hits', counters.keyspaceHits],
    ['keyspace_misses', counters.keyspaceMisses],
    ['pubsub_channels', ctx.pubsub.count('channel')],
    ['pubsub_patterns', ctx.pubsub.count('pattern')],
    ['pubsubshard_channels', ctx.pubsub.count('shard')],
    ['latest_fork_usec', 0],
    ['total_forks', 0],
    ['tracking_total_keys', tracking.keys],
    ['tracking_total_items', tracking.items],
    ['tracking_total_prefixes', tracking.prefixes],
    ['unexpected_error_replies', 0],
    ['total_error_replies', counters.errorReplies],
    ['dump_payload_sanitizations', 0],
  ];
}

function replication(ctx: Context): Fields {
  const { runId, sequence } = ctx.server;
  return [
    ['role', 'master'],
    ['connected_slaves', 0],
    ['master_failover_state', 'no-failover'],
    ['master_replid', runId],
    ['master_replid2', '0'.repeat(40)],
    ['master_repl_offset', sequence],
    ['second_repl_offset', -1],
    ['repl_backlog_active', 0],
    ['repl_backlog_size', ctx.server.settings.get('repl-backlog-size')],
    ['repl_backlog_first_byte_offset', 0],
    ['repl_backlog_histlen', 0],
  ];
}

/** The runtime does not tell an object how much processor time it used. */
function cpu(): Fields {
  const names = ['sys', 'user', 'sys_children', 'user_children'];
  return names.map((name) => [`used_cpu_${name}`, '0.000000']);
}

function keyspace({ keys }: Context): Fields {
  if (keys.size === 0) return [];
  return [['db0', `keys=${keys.size},expires=${keys.volatileSize},avg_ttl=0,subexpiry=${keys.sizeWithVolatileFields}`]];
}

export const SECTIONS: readonly Section[] = [
  { name: 'server', title: 'Server', byDefault: true, fields: server },
  { name: 'clients', title: 'Clients', byDefault: true, fields: clients },
  { name: 'memory', title: 'Memory', byDefault: true, fields: memory },
  { name: 'persistence', title: 'Persistence', byDefault: true, fields: persistence },
  { name: 'stats', title: 'Stats', byDefault: true, fields: stats },
  { name: 'replication', title: 'Replication', byDefault: true, fields: replication },
  { name: 'cpu', title: 'CPU', byDefault: true, fields: cpu },
  { name: 'modules', title: 'Modules', byDefault: true, fields: () => [] },
  { name: 'commandstats', title: 'Commandstats', byDefault: false, fields: commandStats },
  { name: 'errorstats', title: 'Errorstats', byDefault: true, fields: errorStats },
  { name: 'latencystats', title: 'Latencystats', byDefault: false, fields: latencyStats },
  { name: 'cluster', title: 'Cluster', byDefault: true, fields: () => [['cluster_enabled', 0]] },
  { name: 'keyspace', title: 'Keyspace', byDefault: true, fields: keyspace },
];

function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 100 : (part / whole) * 100).toFixed(2)}%`;
}

/** `100B`, `1.50K`, `12.00M`… (server.c bytesToHuman). */
function humanBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < 5; unit++) value /= 1024;
  return unit === 0 ? `${value}B` : `${value.toFixed(2)}${'KMGTP'[unit - 1]}`;
}
