// What others see of a script: MONITOR, the slow log, statistics, errors.

import { describe, expect, test } from 'vitest';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';
import { request } from '../../support/raw-client';

function info(engine: TestEngine, section: string): Record<string, string> {
  const { text } = engine.run('INFO', section) as unknown as { text: string };
  return Object.fromEntries([...text.matchAll(/^(\w[^:]*):(.*)\r$/gm)].map(([, name, value]) => [name, value]));
}

const stat = (engine: TestEngine, name: string) =>
  info(engine, 'commandstats')[`cmdstat_${name}`]?.replace(/usec=\d+,usec_per_call=[\d.]+,/, '');

describe('MONITOR', () => {
  test('shows a script before what it calls, which comes from `lua`', () => {
    const engine = new TestEngine();
    const monitor = engine.connect();
    monitor.receive(request('MONITOR'));
    const client = engine.connect();
    client.receive(request('EVAL', "redis.call('set',KEYS[1],'v') redis.pcall('nosuch') return redis.pcall('config','get','x')", 1, 'k'));
    client.receive(request('EVAL_RO', 'return 1', 0));
    const shown = monitor
      .proceed()
      .output.split('\r\n')
      .map((line) => line.replace(/^\+[\d.]+ /, ''));
    expect(shown).toEqual([
      `[0 127.0.0.1:1] "EVAL" "redis.call('set',KEYS[1],'v') redis.pcall('nosuch') return redis.pcall('config','get','x')" "1" "k"`,
      '[0 lua] "set" "k" "v"',
      '[0 127.0.0.1:1] "EVAL_RO" "return 1" "0"',
      '',
    ]);
  });
});

describe('statistics', () => {
  test('count the script and what it calls', () => {
    const engine = new TestEngine();
    engine.run('CONFIG', 'RESETSTAT');
    engine.run('EVAL', "redis.call('set',KEYS[1],1) redis.call('incr',KEYS[1]) redis.call('incr',KEYS[1])", 1, 'k');
    expect(stat(engine, 'eval')).toBe('calls=1,rejected_calls=0,failed_calls=0');
    expect(stat(engine, 'set')).toBe('calls=1,rejected_calls=0,failed_calls=0');
    expect(stat(engine, 'incr')).toBe('calls=2,rejected_calls=0,failed_calls=0');
    expect(info(engine, 'persistence').rdb_changes_since_last_save).toBe('3');
  });

  test('count an error once, where it came up', () => {
    const engine = new TestEngine();
    engine.run('SET', 'k', 'text');
    engine.run('CONFIG', 'RESETSTAT');
    engine.run('EVAL', "return redis.call('incr',KEYS[1])", 1, 'k');
    expect(info(engine, 'stats').total_error_replies).toBe('1');
    expect(stat(engine, 'incr')).toBe('calls=1,rejected_calls=0,failed_calls=1');
    engine.run('EVAL', "return redis.call('nosuch')", 0);
    engine.run('EVAL', "return redis.call('get')", 0);
    engine.run('EVAL', "error('own')", 0);
    expect(info(engine, 'stats').total_error_replies).toBe('4');
  });

  test('of memory have the scripts and libraries', () => {
    const engine = new TestEngine();
    engine.run('SCRIPT', 'LOAD', 'return 1');
    engine.run(
      'FUNCTION',
      'LOAD',
      "#!lua name=l\nredis.register_function('f', function() end)\nredis.register_function('g', function() end)",
    );
    const memory = info(engine, 'memory');
    expect(memory).toMatchObject({ number_of_cached_scripts: '1', number_of_functions: '2', number_of_libraries: '1' });
    expect(Number(memory.used_memory_scripts)).toBeGreaterThan(0);
    for (const name of ['used_memory_vm_eval', 'used_memory_vm_functions']) expect(Number(memory[name])).toBeGreaterThan(0);
    expect(Number(memory.used_memory_vm_total)).toBe(Number(memory.used_memory_vm_eval) + Number(memory.used_memory_vm_functions));
  });
});

describe('the slow log', () => {
  test('has the script, and before it what it called', () => {
    const engine = new TestEngine();
    engine.run('CONFIG', 'SET', 'slowlog-log-slower-than', 0);
    engine.run('SLOWLOG', 'RESET');
    engine.run('EVAL', "redis.call('set',KEYS[1],1)", 1, 'k');
    const entries = plain(engine.run('SLOWLOG', 'GET')) as unknown[][];
    expect(entries.map((entry) => (entry[3] as string[])[0])).toEqual(['EVAL', 'set', 'SLOWLOG']);
  });
});

describe('redis.log', () => {
  test('writes what the level lets through', () => {
    const lines: string[] = [];
    const engine = new TestEngine(1, undefined, true, { onLog: (level, message) => lines.push(`${level}: ${message}`) });
    engine.run('EVAL', "redis.log(redis.LOG_WARNING,'a','b',3) redis.log(redis.LOG_NOTICE,'c') redis.log(redis.LOG_DEBUG,'d')", 0);
    engine.run('CONFIG', 'SET', 'loglevel', 'debug');
    engine.run('EVAL', "redis.log(redis.LOG_DEBUG,'e')", 0);
    expect(lines).toEqual(['warning: a b 3', 'notice: c', 'debug: e']);
  });
});

test('FUNCTION STATS tells of no function that runs, and of the libraries there are', () => {
  const engine = new TestEngine();
  engine.run(
    'FUNCTION',
    'LOAD',
    "#!lua name=lib\nredis.register_function('f', function() end)\nredis.register_function('g', function() end)",
  );
  const lua = ['LUA', ['libraries_count', 1, 'functions_count', 2]];
  expect(plain(engine.run('FUNCTION', 'STATS'))).toEqual(['running_script', null, 'engines', lua]);
});

test('SCRIPT DEBUG says that there is no debugger, and SCRIPT HELP what there is', () => {
  const engine = new TestEngine();
  expect(plain(engine.run('SCRIPT', 'DEBUG', 'YES'))).toMatch(/debugger/);
  expect(plain(engine.run('SCRIPT', 'DEBUG', 'SYNC'))).toMatch(/debugger/);
  expect(plain(engine.run('SCRIPT', 'DEBUG', 'NO'))).toBe('OK');
  expect(JSON.stringify(plain(engine.run('SCRIPT', 'HELP')))).toContain('LOAD script');
});
