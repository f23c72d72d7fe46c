import { expect, test } from 'vitest';
import { VerbatimReply } from '../../../src/protocol/reply';
import { REDIS_VERSION } from '../../../src/spec/version';
import { TestEngine } from '../../support/engine';

/** The sections of INFO, each with its fields. Every line must be a title, a field or empty. */
function info(engine: TestEngine, ...sections: string[]): Map<string, Map<string, string>> {
  const reply = engine.run('INFO', ...sections);
  expect(reply).toBeInstanceOf(VerbatimReply);
  const { text } = reply as VerbatimReply;
  const found = new Map<string, Map<string, string>>();
  if (text === '') return found;
  expect(text.endsWith('\r\n')).toBe(true);
  let fields = new Map<string, string>();
  for (const line of text.slice(0, -2).split('\r\n')) {
    if (line === '') continue;
    if (line.startsWith('# ')) {
      fields = new Map();
      expect(found.has(line.slice(2))).toBe(false);
      found.set(line.slice(2), fields);
      continue;
    }
    const colon = line.indexOf(':');
    expect(colon).toBeGreaterThan(0);
    expect(fields.has(line.slice(0, colon))).toBe(false);
    fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return found;
}

const field = (engine: TestEngine, section: string, name: string): string | undefined => [...info(engine, section).values()][0]?.get(name);

test('sections are chosen as in Redis', () => {
  const engine = new TestEngine();
  const defaults = [
    'Server',
    'Clients',
    'Memory',
    'Persistence',
    'Stats',
    'Replication',
    'CPU',
    'Modules',
    'Errorstats',
    'Cluster',
    'Keyspace',
  ];
  const all = [...defaults.slice(0, 7), 'Commandstats', 'Errorstats', 'Latencystats', 'Cluster', 'Keyspace'];
  expect([...info(engine).keys()]).toEqual(defaults);
  expect([...info(engine, 'DEFAULT').keys()]).toEqual(defaults);
  expect([...info(engine, 'all').keys()]).toEqual(all);
  expect([...info(engine, 'everything').keys()].sort()).toEqual([...all, 'Modules'].sort());
  expect([...info(engine, 'cpu').keys()]).toEqual(['CPU']);
  expect([...info(engine, 'keyspace', 'CPU', 'cpu').keys()]).toEqual(['CPU', 'Keyspace']);
  expect([...info(engine, 'cpu', 'default').keys()]).toEqual(defaults);
  expect([...info(engine, 'commandSTATS').keys()]).toEqual(['Commandstats']);
  expect(info(engine, 'sentinel').size).toBe(0);
});

test('what suites and tools poll is there', () => {
  const engine = new TestEngine();
  const fields = new Map([...info(engine, 'everything').values()].flatMap((section) => [...section]));
  const polled = `redis_version process_id run_id tcp_port uptime_in_seconds connected_clients blocked_clients tracking_clients maxclients
    used_memory used_memory_human used_memory_rss used_memory_peak maxmemory maxmemory_policy mem_fragmentation_ratio mem_clients_normal
    lazyfree_pending_objects lazyfreed_objects loading rdb_changes_since_last_save rdb_bgsave_in_progress rdb_last_save_time
    aof_enabled aof_rewrite_in_progress aof_rewrite_scheduled total_connections_received total_commands_processed
    instantaneous_ops_per_sec total_net_input_bytes expired_keys evicted_keys keyspace_hits keyspace_misses total_error_replies
    tracking_total_keys tracking_total_items tracking_total_prefixes role connected_slaves master_replid master_repl_offset
    used_cpu_sys used_cpu_user used_cpu_user_children cluster_enabled`;
  for (const name of polled.split(/\s+/)) expect(fields.has(name), name).toBe(true);
  expect(fields.get('redis_version')).toBe(REDIS_VERSION);
  expect(fields.get('redis_mode')).toBe('standalone');
});

test('counts what happened', () => {
  const engine = new TestEngine();
  engine.run('SET', 'a', 'b');
  engine.run('SET', 'gone', 'x', 'PX', 10);
  engine.run('SET', 'later', 'x', 'EX', 100);
  engine.now += 50;
  for (const key of ['a', 'a', 'gone', 'nope']) engine.run('GET', key);
  engine.run('LPUSH', 'a', 1);
  engine.run('GET');
  const stats = info(engine, 'stats').get('Stats');
  expect(stats?.get('keyspace_hits')).toBe('2');
  expect(stats?.get('keyspace_misses')).toBe('2');
  expect(stats?.get('expired_keys')).toBe('1');
  expect(stats?.get('total_error_replies')).toBe('2');
  expect(field(engine, 'keyspace', 'db0')).toBe('keys=2,expires=1,avg_ttl=0,subexpiry=0');
  const errors = info(engine, 'errorstats').get('Errorstats');
  expect([...(errors ?? [])]).toEqual([
    ['errorstat_WRONGTYPE', 'count=1'],
    ['errorstat_ERR', 'count=1'],
  ]);
  const commands = info(engine, 'commandstats').get('Commandstats');
  expect(commands?.get('cmdstat_get')).toBe('calls=4,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0');
  expect(commands?.get('cmdstat_lpush')).toBe('calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=1');
  expect(Number(field(engine, 'persistence', 'rdb_changes_since_last_save'))).toBeGreaterThan(1);
  expect(Number(field(engine, 'replication', 'master_repl_offset'))).toBe(4);
});

test('RESETSTAT takes the counters back and leaves the present state', () => {
  const engine = new TestEngine();
  engine.run('SET', 'a', 'b');
  engine.run('GET', 'a');
  engine.run('GET', 'nope');
  engine.run('LPUSH', 'a', 1);
  engine.run('CONFIG', 'RESETSTAT');
  const stats = info(engine, 'stats').get('Stats');
  for (const name of ['keyspace_hits', 'keyspace_misses', 'expired_keys', 'total_error_replies']) expect(stats?.get(name), name).toBe('0');
  expect(info(engine, 'commandstats').get('Commandstats')?.has('cmdstat_get')).toBe(false);
  expect(info(engine, 'errorstats').get('Errorstats')?.size).toBe(0);
  expect(field(engine, 'keyspace', 'db0')).toBe('keys=1,expires=0,avg_ttl=0,subexpiry=0');
  expect(Number(field(engine, 'persistence', 'rdb_changes_since_last_save'))).toBeGreaterThan(0);
});

test('memory follows the data and the connections', () => {
  const engine = new TestEngine();
  const used = (): number => Number(field(engine, 'memory', 'used_memory'));
  const idle = used();
  const [empty, ofClients] = ['used_memory_startup', 'mem_clients_normal'].map((name) => Number(field(engine, 'memory', name)));
  expect(idle).toBe((empty as number) + (ofClients as number));
  expect(field(engine, 'memory', 'used_memory_dataset')).toBe('0');
  engine.run('SET', 'a', 'x'.repeat(100_000));
  expect(used()).toBeGreaterThan(100_000);
  expect(field(engine, 'memory', 'used_memory_human')).toMatch(/^99\.\d\dK$/);
  engine.run('DEL', 'a');
  expect(used()).toBe(idle);
  expect(Number(field(engine, 'memory', 'used_memory_peak'))).toBeGreaterThan(100_000);
});

test('what Redis frees in the background is counted', () => {
  const engine = new TestEngine();
  engine.client.onUnblocked = () => undefined;
  const freed = (): number => Number(field(engine, 'memory', 'lazyfreed_objects'));
  const members = Array.from({ length: 1000 }, (_, i) => String(i));
  engine.run('SADD', 's', ...members);
  engine.run('SADD', 't', ...members);
  engine.run('SADD', 'small', 'a');
  engine.run('SET', 'text', 'x'.repeat(100_000));
  expect(engine.run('UNLINK', 's', 'small', 'text', 'none')).toBe(3);
  expect(freed()).toBe(1);
  engine.run('DEL', 't');
  expect(freed()).toBe(1);
  engine.run('MSET', 'a', '1', 'b', '2');
  for (const line of [['MULTI'], ['FLUSHALL'], ['EXEC']]) engine.run(...line);
  expect(freed()).toBe(1);
  engine.run('MSET', 'a', '1', 'b', '2');
  engine.run('FLUSHALL');
  expect(freed()).toBe(3);
  engine.run('CONFIG', 'RESETSTAT');
  expect(freed()).toBe(0);
});

test('the rate is that of the time since it was asked for last', () => {
  const engine = new TestEngine();
  const rate = (): number => Number(field(engine, 'stats', 'instantaneous_ops_per_sec'));
  rate();
  for (let i = 0; i < 500; i++) engine.run('PING');
  engine.now += 2000;
  expect(rate()).toBeGreaterThanOrEqual(250);
  expect(rate()).toBeLessThan(260);
  engine.now += 10_000;
  expect(rate()).toBe(0);
});

test('a code that would break a line is shown in one piece', () => {
  const engine = new TestEngine();
  engine.run('DEBUG', 'ERROR', 'A:B#C x');
  expect([...(info(engine, 'errorstats').get('Errorstats')?.keys() ?? [])]).toEqual(['errorstat_A_B_C']);
  for (let i = 0; i < 1000; i++) engine.run('DEBUG', 'ERROR', `CODE${i} x`);
  expect(info(engine, 'errorstats').get('Errorstats')?.size).toBeLessThan(200);
});
