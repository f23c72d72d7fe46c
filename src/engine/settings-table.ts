// Every setting that CONFIG knows. The first part has an effect here; the rest is kept so that clients, tools and Redis'
// own test suite can set and read it, and says why it changes nothing.

import { MAX_BULK_BYTES } from '../protocol/limits';
import { FSYNC_POLICIES, modeOfFsync } from '../spec/durability';
import type { Persistence } from '../spec/server';
import type { EncodingLimits } from '../types/limits';
import type { Engine } from './engine';
import { EVICTION_SETTINGS } from './eviction-settings';
import { shownClasses } from './notification-classes';
import {
  anyText,
  eventClasses,
  INT64_MAX,
  integer,
  type Kind,
  memory,
  memoryOrPercent,
  oneOf,
  outputBufferLimits,
  percentiles,
  savePoints,
  unchanged,
  yesNo,
} from './settings-kinds';

export interface Setting {
  readonly name: string;
  /** An older name of the same setting. */
  readonly alias?: string;
  readonly kind: Kind;
  readonly initial: string | ((engine: Engine, persistence: Persistence) => string);
  /** CONFIG SET refuses it: it is decided when the server starts. */
  readonly fixed?: 'immutable' | 'protected';
  /** A pattern does not list it; its exact name does. */
  readonly hidden?: boolean;
  /** As CONFIG GET shows a value that is kept more exactly. */
  readonly shown?: (value: string) => string;
  /** It is kept in storage, so that it outlives the memory of the shard. */
  readonly durable?: boolean;
  /** What a new value does at once. */
  readonly effect?: (engine: Engine, value: string, persistence: Persistence) => void;
  /** Why a setting without an effect changes nothing here. */
  readonly unused?: string;
}

/** A threshold of OBJECT ENCODING: every collection holds the same limits object, so a change counts at once. */
function encodingLimit(name: string, alias: string | undefined, kind: Kind, limit: keyof EncodingLimits): Setting {
  return {
    name,
    ...(alias === undefined ? {} : { alias }),
    kind,
    initial: (engine) => `${engine.limits[limit]}`,
    effect: (engine, value) => {
      engine.limits[limit] = Number(value);
    },
  };
}

const LIVE: readonly Setting[] = [
  encodingLimit('hash-max-listpack-entries', 'hash-max-ziplist-entries', integer(0, INT64_MAX), 'hashMaxListpackEntries'),
  encodingLimit('hash-max-listpack-value', 'hash-max-ziplist-value', memory(), 'hashMaxListpackValue'),
  encodingLimit('set-max-intset-entries', undefined, integer(0, INT64_MAX), 'setMaxIntsetEntries'),
  encodingLimit('zset-max-listpack-entries', 'zset-max-ziplist-entries', integer(0, INT64_MAX), 'zsetMaxListpackEntries'),
  encodingLimit('hll-sparse-max-bytes', undefined, memory(), 'hllSparseMaxBytes'),
  encodingLimit('zset-max-listpack-value', 'zset-max-ziplist-value', memory(), 'zsetMaxListpackValue'),
  encodingLimit('stream-node-max-bytes', undefined, memory(), 'streamNodeMaxBytes'),
  encodingLimit('stream-node-max-entries', undefined, integer(0, INT64_MAX), 'streamNodeMaxEntries'),
  ...EVICTION_SETTINGS,
  {
    name: 'slowlog-log-slower-than',
    kind: integer(-1, INT64_MAX),
    initial: (engine) => `${engine.server.slowLog.thresholdUs}`,
    effect: (engine, value) => {
      engine.server.slowLog.thresholdUs = Number(value);
    },
  },
  {
    name: 'slowlog-max-len',
    kind: integer(0, INT64_MAX),
    initial: (engine) => `${engine.server.slowLog.maxLength}`,
    effect: (engine, value) => {
      engine.server.slowLog.maxLength = Number(value);
    },
  },
  {
    name: 'busy-reply-threshold',
    alias: 'lua-time-limit',
    kind: integer(0, INT64_MAX),
    initial: (engine) => `${engine.scripts.limitMs}`,
    effect: (engine, value) => {
      engine.scripts.limitMs = Number(value);
    },
  },
  {
    name: 'latency-monitor-threshold',
    kind: integer(0, INT64_MAX),
    initial: (engine) => `${engine.server.latency.thresholdMs}`,
    effect: (engine, value) => {
      engine.server.latency.thresholdMs = Number(value);
    },
  },
  {
    name: 'tracking-table-max-keys',
    kind: integer(0, INT64_MAX),
    initial: (engine) => `${engine.tracking.maxKeys}`,
    effect: (engine, value) => {
      engine.tracking.maxKeys = Number(value);
    },
  },
  {
    name: 'notify-keyspace-events',
    kind: eventClasses(),
    initial: '',
    shown: shownClasses,
    // Redis reads it from its configuration file again; here nobody could set it when the shard has slept.
    durable: true,
    effect: (engine, value) => engine.notifications.configure(value),
  },
  {
    name: 'appendfsync',
    kind: oneOf('everysec', 'always', 'no'),
    initial: (_engine, persistence) => FSYNC_POLICIES[persistence.durability],
    durable: true,
    effect: (_engine, value, persistence) => {
      persistence.durability = modeOfFsync(value) ?? persistence.durability;
    },
  },
];

/** What is decided when the server starts and can only be read. */
const FIXED: readonly Setting[] = [
  // Redis can move to another port or address; CONFIG SET of what is there already succeeds, as it does in Redis.
  {
    name: 'port',
    initial: (engine) => `${engine.server.host.tcpPort}`,
    kind: unchanged('Unable to listen on this port. Check server logs.'),
    unused: 'The port is chosen when the server starts.',
  },
  {
    name: 'bind',
    initial: '',
    kind: unchanged('Failed to bind to specified addresses.'),
    unused: 'The address is chosen when the server starts.',
  },
  fixed('databases', '1'),
  fixed('daemonize', 'no'),
  fixed('cluster-enabled', 'no'),
  fixed('replicaof', '', 'slaveof'),
  fixed('io-threads', '1'),
  fixed('rdbchecksum', 'yes'),
  fixed('enable-debug-command', (engine) => (engine.server.debugAllowed ? 'yes' : 'no')),
  // The token is a secret of the deployment: it is neither shown nor changed from inside.
  fixed('requirepass', ''),
  { ...fixed('dir', ''), fixed: 'protected' },
  { ...fixed('dbfilename', ''), fixed: 'protected' },
];

function fixed(name: string, initial: Setting['initial'], alias?: string): Setting {
  return { name, kind: anyText(), initial, fixed: 'immutable', ...(alias === undefined ? {} : { alias }) };
}

type Kept = readonly [name: string, kind: Kind, initial: string, alias?: string];

function kept(unused: string, ...settings: Kept[]): Setting[] {
  return settings.map(([name, kind, initial, alias]) => ({ name, kind, initial, unused, ...(alias === undefined ? {} : { alias }) }));
}

const UNUSED: readonly Setting[] = [
  ...kept(
    'Collections are stored in a way of our own, which has no nodes to size or compress.',
    ['list-max-listpack-size', integer(-2147483648), '-2', 'list-max-ziplist-size'],
    ['list-compress-depth', integer(), '0'],
  ),
  ...kept(
    'Encodings are named as in Redis 7.0, which packs no sets.',
    ['set-max-listpack-entries', integer(0, INT64_MAX), '128'],
    ['set-max-listpack-value', memory(), '64'],
  ),
  ...kept('The size of an argument is limited by the memory of an isolate.', ['proto-max-bulk-len', memory(1048576), `${MAX_BULK_BYTES}`]),
  ...kept('Connections are kept and limited by the platform; maxmemory is about the dataset alone.', [
    'maxmemory-clients',
    memoryOrPercent(),
    '0',
  ]),
  ...kept(
    'The journal is written as appendfsync says, and checkpoints follow their own rules.',
    ['save', savePoints(), ''],
    ['appendonly', yesNo(), 'yes'],
    ['no-appendfsync-on-rewrite', yesNo(), 'no'],
    ['auto-aof-rewrite-percentage', integer(), '100'],
    ['auto-aof-rewrite-min-size', memory(), '67108864'],
    ['aof-load-truncated', yesNo(), 'yes'],
    ['aof-use-rdb-preamble', yesNo(), 'yes'],
    ['aof-timestamp-enabled', yesNo(), 'no'],
    ['aof-rewrite-incremental-fsync', yesNo(), 'yes'],
    ['aof-disable-auto-gc', yesNo(), 'no'],
    ['rdbcompression', yesNo(), 'yes'],
    ['rdb-save-incremental-fsync', yesNo(), 'yes'],
    ['rdb-del-sync-files', yesNo(), 'no'],
    ['stop-writes-on-bgsave-error', yesNo(), 'yes'],
    ['sanitize-dump-payload', oneOf('no', 'yes', 'clients'), 'no'],
  ),
  ...kept(
    'Slows Redis down for its own tests.',
    ['rdb-key-save-delay', integer(-2147483648), '0'],
    ['key-load-delay', integer(-2147483648), '0'],
  ).map((setting) => ({ ...setting, hidden: true })),
  ...kept(
    'Values are freed by the garbage collector.',
    ['lazyfree-lazy-eviction', yesNo(), 'no'],
    ['lazyfree-lazy-expire', yesNo(), 'no'],
    ['lazyfree-lazy-server-del', yesNo(), 'no'],
    ['lazyfree-lazy-user-del', yesNo(), 'no'],
    ['lazyfree-lazy-user-flush', yesNo(), 'no'],
    ['activedefrag', yesNo(), 'no'],
    ['active-defrag-cycle-min', integer(1, 99), '1'],
    ['active-defrag-cycle-max', integer(1, 99), '25'],
    ['active-defrag-threshold-lower', integer(0, 1000), '10'],
    ['active-defrag-threshold-upper', integer(0, 1000), '100'],
    ['active-defrag-ignore-bytes', memory(1), '104857600'],
    ['active-defrag-max-scan-fields', integer(1, INT64_MAX), '1000'],
    ['jemalloc-bg-thread', yesNo(), 'yes'],
  ),
  ...kept(
    'The platform replicates the storage; there are no Redis replicas.',
    ['repl-backlog-size', memory(1), '1048576'],
    ['repl-backlog-ttl', integer(0, INT64_MAX), '3600'],
    ['repl-timeout', integer(1), '60'],
    ['repl-ping-replica-period', integer(1), '10', 'repl-ping-slave-period'],
    ['repl-disable-tcp-nodelay', yesNo(), 'no'],
    ['repl-diskless-load', oneOf('disabled', 'on-empty-db', 'swapdb'), 'disabled'],
    ['repl-diskless-sync', yesNo(), 'yes'],
    ['repl-diskless-sync-delay', integer(), '5'],
    ['repl-diskless-sync-max-replicas', integer(), '0'],
    ['replica-read-only', yesNo(), 'yes', 'slave-read-only'],
    ['replica-serve-stale-data', yesNo(), 'yes', 'slave-serve-stale-data'],
    ['replica-priority', integer(), '100', 'slave-priority'],
    ['replica-lazy-flush', yesNo(), 'no', 'slave-lazy-flush'],
    ['replica-ignore-maxmemory', yesNo(), 'yes', 'slave-ignore-maxmemory'],
    ['min-replicas-to-write', integer(), '0', 'min-slaves-to-write'],
    ['min-replicas-max-lag', integer(), '10', 'min-slaves-max-lag'],
    ['masterauth', anyText(), ''],
    ['masteruser', anyText(), ''],
    ['propagation-error-behavior', oneOf('ignore', 'panic', 'panic-on-replicas'), 'ignore'],
  ),
  ...kept(
    'The command or feature that it tunes does not exist yet.',
    ['acllog-max-len', integer(0, INT64_MAX), '128'],
    ['acl-pubsub-default', oneOf('allchannels', 'resetchannels'), 'resetchannels'],
  ),
  ...kept(
    'Calls are always counted by how long they took.',
    ['latency-tracking', yesNo(), 'yes'],
    ['latency-tracking-info-percentiles', percentiles(), '50 99 99.9'],
  ),
  ...kept(
    'Connections are kept and limited by the platform.',
    ['timeout', integer(), '0'],
    ['tcp-keepalive', integer(), '300'],
    ['maxclients', integer(1, 4294967295), '10000'],
    ['client-query-buffer-limit', memory(1048576), '1073741824'],
    ['client-output-buffer-limit', outputBufferLimits(), 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60'],
    ['protected-mode', yesNo(), 'yes'],
  ),
  ...kept(
    'There is no periodic task to tune: work is bounded per turn.',
    ['hz', integer(), '10'],
    ['dynamic-hz', yesNo(), 'yes'],
    ['activerehashing', yesNo(), 'yes'],
    ['active-expire-effort', integer(1, 10), '1'],
    ['shutdown-timeout', integer(), '10'],
  ),
  ...kept(
    'Logs go to the platform.',
    ['loglevel', oneOf('debug', 'verbose', 'notice', 'warning'), 'notice'],
    ['crash-log-enabled', yesNo(), 'yes'],
    ['crash-memcheck-enabled', yesNo(), 'yes'],
  ),
];

export const SETTINGS: readonly Setting[] = [...LIVE, ...FIXED, ...UNUSED];
