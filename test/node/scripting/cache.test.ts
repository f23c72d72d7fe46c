// Scripts that are kept: what stays, what makes room, and what a restart finds again.

import { describe, expect, test } from 'vitest';
import { decodeFrame } from '../../../src/engine/journal';
import { TestEngine } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';
import { plain } from '../../support/plain-reply';

const DIGEST = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db';
const EVALUATED_MAX = 500;

function storedShard() {
  const shard = new StoredEngine();
  return { shard, run: (...argv: (string | number)[]) => plain(shard.test.run(...argv)) };
}

/** Every effect in the journal of an engine, as one line. */
function effectsOf(engine: TestEngine): string[] {
  return engine.journal.flatMap((frame) => decodeFrame(frame).effects.map((argv) => argv.join(' ')));
}

describe('what is kept', () => {
  test.each(['journal', 'entries'])('is there after a restart: %s', (where) => {
    const { shard, run } = storedShard();
    run('SCRIPT', 'LOAD', 'return 1');
    run('EVAL', 'return 2', 0);
    const second = run('EVAL', "return redis.sha1hex('return 2')", 0) as string;
    if (where === 'entries') shard.checkpoint();
    shard.restart();
    expect(run('SCRIPT', 'EXISTS', DIGEST, second)).toEqual([1, 1]);
    expect(run('EVALSHA', DIGEST, 0)).toBe(1);
    expect(run('EVALSHA', second, 0)).toBe(2);
  });

  test.each(['journal', 'entries'])('is gone for good after SCRIPT FLUSH: %s', (where) => {
    const { shard, run } = storedShard();
    run('SCRIPT', 'LOAD', 'return 1');
    shard.checkpoint();
    run('SCRIPT', 'FLUSH');
    if (where === 'entries') shard.checkpoint();
    shard.restart();
    expect(run('SCRIPT', 'EXISTS', DIGEST)).toEqual([0]);
    expect(run('EVALSHA', DIGEST, 0)).toBe('NOSCRIPT No matching script. Please use EVAL.');
    shard.restart();
    expect(shard.store.sources()).toHaveLength(where === 'entries' ? 0 : 1);
  });

  test('outlives FLUSHALL, DEBUG RELOAD and what a checkpoint writes twice', () => {
    const { shard, run } = storedShard();
    run('SCRIPT', 'LOAD', 'return 1');
    run('FLUSHALL');
    run('DEBUG', 'RELOAD');
    shard.checkpoint();
    shard.checkpoint();
    expect(run('EVALSHA', DIGEST, 0)).toBe(1);
    run('DEBUG', 'LOADAOF');
    expect(run('EVALSHA', DIGEST, 0)).toBe(1);
  });

  test('is what compiles', () => {
    const { run } = storedShard();
    expect(run('EVAL', 'return )', 0)).toMatch(/^ERR Error compiling script/);
    expect(run('SCRIPT', 'LOAD', 'return )')).toMatch(/^ERR Error compiling script/);
    const digest = run('EVAL', 'return redis.sha1hex(ARGV[1])', 0, 'return )') as string;
    expect(run('SCRIPT', 'EXISTS', digest)).toEqual([0]);
  });
});

describe('room', () => {
  const digestOf = (engine: TestEngine, body: string) => plain(engine.run('EVAL', 'return redis.sha1hex(ARGV[1])', 0, body)) as string;

  test('is made by the scripts of EVAL that were used longest ago', () => {
    const engine = new TestEngine();
    const first = digestOf(engine, 'return 0');
    engine.run('EVAL', 'return 0', 0);
    for (let i = 1; i < EVALUATED_MAX - 1; i++) engine.run('EVAL', `return ${i}`, 0);
    const exists = (digest: string) => plain(engine.run('SCRIPT', 'EXISTS', digest));
    expect(exists(first)).toEqual([1]);
    // With the script that made digests there are as many as may be. Used again, it is not the first to go.
    engine.run('EVALSHA', first, 0);
    for (let i = 0; i < EVALUATED_MAX - 1; i++) engine.run('EVAL', `return 'new ${i}'`, 0);
    expect(exists(first)).toEqual([1]);
    engine.run('EVAL', "return 'one more'", 0);
    expect(exists(first)).toEqual([0]);
    expect(infoField(engine, 'evicted_scripts')).toBe(`${EVALUATED_MAX}`);
    expect(infoField(engine, 'number_of_cached_scripts')).toBe(`${EVALUATED_MAX}`);
  });

  test('is never made by what SCRIPT LOAD has loaded, though EVAL had seen it before', () => {
    const engine = new TestEngine();
    engine.run('EVAL', 'return 1', 0);
    engine.run('SCRIPT', 'LOAD', 'return 1');
    for (let i = 0; i < 2 * EVALUATED_MAX; i++) engine.run('EVAL', `return 'new ${i}'`, 0);
    expect(plain(engine.run('EVALSHA', DIGEST, 0))).toBe(1);
    expect(infoField(engine, 'number_of_cached_scripts')).toBe(`${EVALUATED_MAX + 1}`);
  });

  test('is bounded in bytes as well, and a script that was dropped compiled is compiled again', () => {
    const engine = new TestEngine();
    const filler = 'x'.repeat(1024 * 1024);
    const load = (i: number) => engine.run('SCRIPT', 'LOAD', `-- ${filler}\nreturn ${i}`);
    const digests = Array.from({ length: 15 }, (_, i) => load(i) as string);
    expect(digests.map((digest) => plain(engine.run('EVALSHA', digest, 0)))).toEqual(digests.map((_, i) => i));
    load(15);
    expect(plain(load(16))).toBe('ERR too many scripts are loaded: SCRIPT FLUSH removes them');
    for (let i = 0; i < 10; i++) engine.run('EVAL', `-- ${filler}\nreturn 'eval ${i}'`, 0);
    expect(Number(infoField(engine, 'used_memory_scripts_eval'))).toBeLessThan(24 * 1024 * 1024);
  });
});

function infoField(engine: TestEngine, field: string): string | undefined {
  const { text } = engine.run('INFO', 'everything') as unknown as { text: string };
  return new RegExp(`^${field}:(.*)\r$`, 'm').exec(text)?.[1];
}

describe('the journal', () => {
  test('has what a script called, not the script', () => {
    const engine = new TestEngine();
    engine.run('SADD', 's', 'a', 'b');
    engine.run(
      'EVAL',
      "redis.call('incr',KEYS[1]) redis.call('pexpire',KEYS[1],1000) redis.call('spop','s') return redis.call('get',KEYS[1])",
      1,
      'k',
    );
    engine.run('EVALSHA', 'none', 0);
    expect(effectsOf(engine).slice(2)).toEqual(['incr k', `PEXPIREAT k ${engine.now + 1000}`, expect.stringMatching(/^SREM s [ab]$/)]);
    expect(effectsOf(engine)[1]).toMatch(/^EVAL redis\.call.* 0$/);
  });

  test('has a script that EVAL has seen once', () => {
    const engine = new TestEngine();
    for (let i = 0; i < 3; i++) engine.run('EVAL', 'return 1', 0);
    engine.run('EVALSHA', DIGEST, 0);
    expect(effectsOf(engine)).toEqual(['EVAL return 1 0']);
    engine.run('SCRIPT', 'LOAD', 'return 1');
    engine.run('SCRIPT', 'LOAD', 'return 1');
    expect(effectsOf(engine)).toEqual(['EVAL return 1 0', 'SCRIPT LOAD return 1']);
    expect(plain(engine.replayed().run('EVALSHA', DIGEST, 0))).toBe(1);
  });

  test('has nothing of a script that only reads, or of what a script tried and failed to do', () => {
    const engine = new TestEngine();
    engine.run('SET', 'k', 'text');
    engine.run('EVAL', 'return 1', 0);
    const before = effectsOf(engine).length;
    engine.run('EVALSHA', DIGEST, 0);
    const body = "redis.call('get',KEYS[1]) redis.pcall('incr',KEYS[1]) redis.call('del','none') return redis.call('nosuch')";
    engine.run('EVAL', body, 1, 'k');
    expect(effectsOf(engine).slice(before)).toEqual([`EVAL ${body} 0`]);
  });

  test('lets time stand still while a script runs', () => {
    const engine = new TestEngine();
    const { clock } = engine.engine;
    clock.now = () => engine.now++;
    const reply = engine.run(
      'EVAL',
      "local a = redis.call('time') local s = 0 for i = 1, 1e5 do s = s + i end local b = redis.call('time') return {a[1] == b[1] and a[2] == b[2] and 1 or 0}",
      0,
    );
    expect(plain(reply)).toEqual([1]);
  });
});
