// Tests of Redis' suite that are left out, because they need something that Kedge does not have yet or will not have.
// They are not run against Kedge, and the totals count them apart.

export interface LeftOut {
  readonly file: string;
  /** The one version of the suite that it is about; without it, all. */
  readonly version?: string;
  /** It is about tests that run only where the suite starts the server itself. */
  readonly native?: true;
  /** What is missing here: "left out, for want of …". */
  readonly needs: string;
  /** Names of tests, or regular expressions that start with a slash. */
  readonly tests: readonly string[];
}

const REPLICATION = 'a replication link (SYNC, REPLICAOF)';
const MIGRATE = 'a link to another Redis server (MIGRATE)';
const ACL_USERS = 'ACL users, which cannot be made: the tokens of the deployment are the passwords of the one user';
const BUSY = 'other clients that are served while a script runs: here its budget ends it, and nothing of it remains';

export const LEFT_OUT: readonly LeftOut[] = [
  {
    file: 'unit/type/stream-cgroups',
    needs: 'the error of 7.4 for a stream whose key comes to hold something else, where the suite of 7.0 expects that of 7.0',
    version: '7.4.1',
    tests: ['/^Blocking XREADGROUP: key type changed'],
  },
  {
    file: 'unit/type/stream-cgroups',
    needs: 'a consumer that a waiting XREADGROUP makes only when something comes, where 7.2 and Kedge make it at once',
    version: '7.0.15',
    tests: ['Consumer without PEL is present in AOF after AOFRW'],
  },
  { file: 'unit/type/string', needs: REPLICATION, tests: ['/ propagate .*to replica$'] },
  {
    file: 'unit/type/string',
    needs: "the jemalloc allocator, whose overhead it measures (the suite asks INFO's mem_allocator first)",
    tests: ['trim on SET with big value'],
  },
  {
    file: 'unit/type/set',
    needs: REPLICATION,
    version: '7.4.1',
    tests: ['SPOP new implementation: code path #1 propagate as DEL or UNLINK'],
  },
  {
    file: 'unit/type/hash-field-expire',
    native: true,
    needs: 'an append-only file (the journal is in the database)',
    tests: [
      '/^Test Command propagated to replica as expected',
      '/^Lazy Expire - fields are lazy deleted and propagated to replicas',
      'All TTLs in commands are propagated as absolute timestamp in milliseconds in AOF',
    ],
  },
  { file: 'unit/type/zset', needs: REPLICATION, tests: ['/ZMPOP propagate as pop with count command to replica$'] },
  { file: 'unit/type/list', needs: REPLICATION, tests: ['/LMPOP propagate as pop with count command to replica$'] },
  {
    file: 'unit/type/list',
    needs: REPLICATION,
    version: '7.4.1',
    tests: ['Command being unblocked cause another command to get unblocked execution order test'],
  },
  {
    file: 'unit/expire',
    needs: REPLICATION,
    version: '7.4.1',
    tests: ['Redis should not propagate the read command on lazy expire'],
  },
  {
    file: 'unit/expire',
    needs: REPLICATION,
    tests: ['/ in replication stream$', '/propagate as to replica', '/Lazy-expire should not be wrapped in MULTI.EXEC'],
  },
  {
    file: 'unit/sort',
    version: '7.4.1',
    needs: "what DEBUG OBJECT tells of quicklists' nodes",
    tests: ['SORT STORE quicklist with the right options'],
  },
  {
    file: 'unit/dump',
    version: '7.4.1',
    needs: REPLICATION,
    tests: ['RESTORE should not store key that are already expired, with REPLACE will propagate it as DEL or UNLINK'],
  },
  {
    file: 'unit/dump',
    needs: 'a link to another Redis server (MIGRATE)',
    tests: ['MIGRATE cached connections are released after some time'],
  },
  {
    file: 'unit/multi',
    needs: REPLICATION,
    tests: [
      '/ propagated ',
      '/^MULTI propagation of',
      'MULTI / EXEC with REPLICAOF',
      '/^exec with (write|read) commands and .*state change$',
    ],
  },
  { file: 'unit/multi', needs: BUSY, tests: ['/and script timeout$'] },
  { file: 'unit/multi', needs: 'SAVE and SHUTDOWN', tests: ['/^MULTI with (SAVE|SHUTDOWN)$'] },
  { file: 'unit/other', needs: ACL_USERS, tests: ['RESET clears authenticated state'] },
  { file: 'unit/introspection-2', needs: MIGRATE, tests: ['/^MIGRATE command is marked'] },
  {
    file: 'unit/introspection',
    needs: 'the field `watch` of CLIENT LIST, where INFO says 7.0 and the suite of 7.0 expects the line without it',
    version: '7.4.1',
    tests: ['CLIENT LIST', 'CLIENT INFO'],
  },
  { file: 'unit/introspection', needs: ACL_USERS, version: '7.4.1', tests: ['CLIENT KILL maxAGE will kill old clients'] },
  {
    file: 'unit/tracking',
    needs: 'what 7.0 remembers of a script: all of its keys, where 7.2 and Kedge remember those that it has read',
    version: '7.0.15',
    tests: ['Tracking only occurs for scripts when a command calls a read-only command'],
  },
  {
    file: 'unit/introspection',
    needs: 'a snapshot that can be slowed down (rdb-key-save-delay), and that goes on after FLUSHALL',
    version: '7.4.1',
    tests: ['CLIENT KILL close the client connection during bgsave'],
  },
  { file: 'unit/introspection', needs: MIGRATE, tests: ['MONITOR supports redacting command arguments'] },
  {
    file: 'unit/latency-monitor',
    needs: 'a key that takes 20 ms to expire: here a set of a million members goes at once',
    tests: ['LATENCY of expire events are correctly collected'],
  },
  { file: 'unit/slowlog', needs: ACL_USERS, tests: ['SLOWLOG - Certain commands are omitted that contain sensitive information'] },
  { file: 'unit/slowlog', needs: MIGRATE, tests: ['SLOWLOG - Some commands can redact sensitive fields'] },
  { file: 'unit/scripting', needs: BUSY, tests: ['/^Timedout '] },
  { file: 'unit/scripting', needs: ACL_USERS, tests: ['Script ACL check'] },
  {
    file: 'unit/scripting',
    needs: 'CLUSTER RESET, as there is no cluster',
    tests: ['CLUSTER RESET can not be invoke from within a script'],
  },
  {
    file: 'unit/scripting',
    needs: REPLICATION,
    tests: [
      'not enough good replicas',
      '/^(SPOP|EXPIRE|INCRBYFLOAT): We can call scripts (rewriting|expanding) client->argv from Lua$',
      "MGET: mget shouldn't be propagated in Lua",
    ],
  },
  {
    file: 'unit/maxmemory',
    native: true,
    needs: 'a limit that counts the buffers of clients: here maxmemory is about the dataset alone',
    tests: ['/^eviction due to .* client eviction: false$'],
  },
  {
    file: 'unit/maxmemory',
    native: true,
    needs: 'the disconnection of clients whose buffers are large (maxmemory-clients): each is limited by itself',
    tests: ['/^eviction due to .* client eviction: true$'],
  },
  {
    file: 'unit/maxmemory',
    native: true,
    needs: REPLICATION,
    tests: ['slave buffer are counted correctly', "replica buffer don't induce eviction", '/^propagation with eviction'],
  },
  { file: 'unit/pubsubshard', native: true, needs: REPLICATION, tests: ['setup replication for following tests'] },
  {
    file: 'unit/querybuf',
    needs: 'buffers for what clients may send, which Redis allocates ahead and shrinks: here only bytes that wait are kept',
    tests: ['/^query buffer resized correctly'],
  },
  {
    file: 'unit/scripting',
    needs: 'an append-only file that can be off',
    version: '7.4.1',
    tests: ['EVAL - Scripts do not block on waitaof'],
  },
  {
    file: 'unit/functions',
    needs: 'a thread that frees memory, and counts what',
    version: '7.4.1',
    tests: ['/^FUNCTION - async function flush rebuilds Lua VM without'],
  },
  {
    file: 'unit/scripting',
    needs: 'the refusal of commands that would wait, which since 7.2 and here are run without waiting',
    version: '7.0.15',
    tests: ["/^EVAL - Scripts can't run "],
  },
  { file: 'unit/functions', needs: BUSY, tests: ['/^FUNCTION - test (function kill|script kill)'] },
];
