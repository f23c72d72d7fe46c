import { describe, expect, test } from 'vitest';
import { decodeFrame } from '../../../src/engine/journal';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

function session(): { engine: TestEngine; run: (...argv: (string | number)[]) => unknown; effects: () => string[] } {
  const engine = new TestEngine();
  return {
    engine,
    run: (...argv) => plain(engine.run(...argv)),
    effects: () => engine.journal.flatMap((frame) => decodeFrame(frame).effects.map((argv) => argv.join(' '))),
  };
}

test('a key lives until its deadline and not at it', () => {
  const { engine, run } = session();
  run('SET', 'k', 'v');
  expect(run('PEXPIRE', 'k', 1500)).toBe(1);
  expect([run('TTL', 'k'), run('PTTL', 'k')]).toEqual([2, 1500]);
  engine.now += 1001;
  expect([run('TTL', 'k'), run('PTTL', 'k')]).toEqual([0, 499]);
  engine.now += 498;
  expect(run('GET', 'k')).toBe('v');
  engine.now += 1;
  expect(run('GET', 'k')).toBeNull();
  expect([run('TTL', 'k'), run('PTTL', 'k'), run('EXPIRETIME', 'k'), run('PEXPIRETIME', 'k')]).toEqual([-2, -2, -2, -2]);
});

test('an expired key is met by no command', () => {
  const { engine, run } = session();
  run('SET', 'k', 'v', 'PX', 1);
  run('SET', 'other', 'v');
  engine.now += 1;
  expect(run('DBSIZE')).toBe(2);
  expect(run('KEYS', '*')).toEqual(['other']);
  expect(run('SCAN', 0)).toEqual(['0', ['other']]);
  expect(run('EXISTS', 'k')).toBe(0);
  expect(run('TYPE', 'k')).toBe('none');
  expect(run('DEL', 'k')).toBe(0);
  expect(run('PERSIST', 'k')).toBe(0);
  expect(run('OBJECT', 'ENCODING', 'k')).toBeNull();
  expect(run('DBSIZE')).toBe(1);
});

test('a deadline that has passed deletes', () => {
  const { engine, run, effects } = session();
  for (const command of [
    ['EXPIRE', 'k', 0],
    ['EXPIRE', 'k', -1],
    ['PEXPIRE', 'k', 0],
    ['EXPIREAT', 'k', 1],
    ['PEXPIREAT', 'k', engine.now],
    ['PEXPIREAT', 'k', -5],
  ]) {
    run('SET', 'k', 'v');
    expect(run(...command)).toBe(1);
    expect(run('EXISTS', 'k')).toBe(0);
  }
  expect(effects().filter((line) => line === 'DEL k')).toHaveLength(6);
  expect(run('EXPIRE', 'missing', -1)).toBe(0);
});

test('the journal has the deadline and not the time to live', () => {
  const { engine, run, effects } = session();
  run('SET', 'k', 'v');
  run('EXPIRE', 'k', 100, 'NX');
  run('PEXPIRE', 'k', 5, 'GT');
  run('PERSIST', 'k');
  run('EXPIREAT', 'k', 2_000_000_000);
  expect(effects().slice(1)).toEqual([`PEXPIREAT k ${engine.now + 100_000}`, 'PERSIST k', 'PEXPIREAT k 2000000000000']);
  expect(plain(engine.replayed().run('PEXPIRETIME', 'k'))).toBe(2_000_000_000_000);
});

test('the largest deadline of all can be set and replayed', () => {
  const { engine, run } = session();
  run('SET', 'k', 'v');
  expect(run('PEXPIREAT', 'k', '9223372036854775807')).toBe(1);
  expect(run('PEXPIRETIME', 'k')).toBe(9223372036854775807n);
  expect(run('EXPIRETIME', 'k')).toBe(9223372036854776n);
  expect(plain(engine.replayed().run('PEXPIRETIME', 'k'))).toBe(9223372036854775807n);
});

test.each([
  ['EXPIRE', '9223372036854775807', "ERR invalid expire time in 'expire' command"],
  ['EXPIRE', '9223372036854775', "ERR invalid expire time in 'expire' command"],
  ['EXPIRE', '-9223372036854775808', "ERR invalid expire time in 'expire' command"],
  ['PEXPIRE', '9223372036854770000', "ERR invalid expire time in 'pexpire' command"],
  ['EXPIREAT', '9223372036854776', "ERR invalid expire time in 'expireat' command"],
  ['EXPIREAT', '1.5', 'ERR value is not an integer or out of range'],
])('%s %s is refused whether or not the key exists', (name, time, error) => {
  const { run } = session();
  expect(run(name, 'k', time)).toBe(error);
  run('SET', 'k', 'v');
  expect(run(name, 'k', time)).toBe(error);
});

describe('conditions', () => {
  // [time to live before or none, option, new time to live, whether it is set]
  test.each<[number | undefined, string, number, 0 | 1]>([
    [undefined, 'NX', 100, 1],
    [50, 'NX', 100, 0],
    [undefined, 'XX', 100, 0],
    [50, 'XX', 100, 1],
    [undefined, 'GT', 100, 0],
    [50, 'GT', 100, 1],
    [100, 'GT', 100, 0],
    [200, 'GT', 100, 0],
    [undefined, 'LT', 100, 1],
    [50, 'LT', 100, 0],
    [100, 'LT', 100, 0],
    [200, 'LT', 100, 1],
    [200, 'LT', -100, 1],
    [50, 'GT', -100, 0],
  ])('from %s with %s to %d: %d', (before, option, ttl, set) => {
    const { run } = session();
    run('SET', 'k', 'v');
    if (before !== undefined) run('EXPIRE', 'k', before);
    expect(run('EXPIRE', 'k', ttl, option)).toBe(set);
    expect(run('TTL', 'k')).toBe(set === 0 ? (before ?? -1) : ttl < 0 ? -2 : ttl);
  });

  test('combine as far as they make sense', () => {
    const { run } = session();
    run('SET', 'k', 'v', 'EX', 50);
    expect(run('EXPIRE', 'k', 100, 'XX', 'gt')).toBe(1);
    expect(run('EXPIRE', 'k', 100, 'NX', 'GT')).toBe('ERR NX and XX, GT or LT options at the same time are not compatible');
    expect(run('EXPIRE', 'k', 100, 'GT', 'LT')).toBe('ERR GT and LT options at the same time are not compatible');
    expect(run('EXPIRE', 'k', 'x', 'AB\r\nC')).toBe('ERR Unsupported option AB  C');
  });
});

test('keys expire by the clock, with their number', () => {
  const { engine, run, effects } = session();
  for (let i = 0; i < 10; i++) run('SET', `k${i}`, 'v', 'PX', 10 + i);
  engine.now += 14;
  expect(engine.engine.expireDue(3)).toBe(true);
  expect(engine.engine.expireDue(100)).toBe(false);
  engine.flush();
  expect(run('DBSIZE')).toBe(5);
  expect(effects().filter((line) => line.startsWith('DEL'))).toHaveLength(5);
});
