import { describe, expect, test } from 'vitest';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

function slow(engine: TestEngine): unknown[][] {
  return plain(engine.run('SLOWLOG', 'GET', -1)) as unknown[][];
}

/** The command lines in the log, newest first. */
const lines = (engine: TestEngine) => slow(engine).map((entry) => entry[3]);

describe('the slow log', () => {
  test('has what took at least as long as the setting says', () => {
    const engine = new TestEngine();
    engine.run('CLIENT', 'SETNAME', 'me');
    engine.run('CONFIG', 'SET', 'slowlog-log-slower-than', 200_000);
    engine.run('DEBUG', 'SLEEP', '0.199');
    engine.run('DEBUG', 'SLEEP', '0.2');
    expect(slow(engine)).toEqual([[0, Math.floor(engine.now / 1000), 200_000, ['DEBUG', 'SLEEP', '0.2'], '127.0.0.1:1', 'me']]);
    expect(engine.run('SLOWLOG', 'LEN')).toBe(1);
    engine.run('CONFIG', 'SET', 'slowlog-log-slower-than', -1);
    engine.run('DEBUG', 'SLEEP', '1');
    expect(engine.run('SLOWLOG', 'LEN')).toBe(1);
    engine.run('SLOWLOG', 'RESET');
    expect(slow(engine)).toEqual([]);
  });

  test('has the commands of a transaction, and not EXEC', () => {
    const engine = new TestEngine();
    engine.run('MULTI');
    engine.run('SET', 'a', 'b');
    engine.run('DEBUG', 'SLEEP', '1');
    engine.run('DEBUG', 'SLEEP', '2');
    engine.run('EXEC');
    expect(slow(engine).map((entry) => [entry[2], entry[3]])).toEqual([
      [2_000_000, ['DEBUG', 'SLEEP', '2']],
      [1_000_000, ['DEBUG', 'SLEEP', '1']],
    ]);
  });

  test('goes on counting, and keeps as many as the setting says', () => {
    const engine = new TestEngine();
    engine.run('CONFIG', 'SET', 'slowlog-log-slower-than', 0, 'slowlog-max-len', 3);
    engine.run('SLOWLOG', 'RESET');
    for (let i = 0; i < 5; i++) engine.run('SET', 'k', i);
    const ids = slow(engine).map(([id]) => id as number);
    expect(ids).toEqual([6, 5, 4]);
    expect(plain(engine.run('SLOWLOG', 'GET', 1))).toHaveLength(1);
    engine.run('CONFIG', 'SET', 'slowlog-max-len', 0);
    engine.run('GET', 'k');
    expect(engine.run('SLOWLOG', 'LEN')).toBe(0);
  });

  test('never has more than fits', () => {
    const engine = new TestEngine();
    engine.run('CONFIG', 'SET', 'slowlog-log-slower-than', 0, 'slowlog-max-len', 1_000_000);
    for (let i = 0; i < 5000; i++) engine.run('PING');
    expect(engine.run('SLOWLOG', 'LEN')).toBe(4096);
  });

  test('shortens long arguments and many of them', () => {
    const engine = new TestEngine();
    engine.run('CONFIG', 'SET', 'slowlog-log-slower-than', 0);
    engine.run('RPUSH', 'l', 'A'.repeat(128), 'B'.repeat(131));
    expect(lines(engine)[0]).toEqual(['RPUSH', 'l', 'A'.repeat(128), `${'B'.repeat(128)}... (3 more bytes)`]);
    const members = Array.from({ length: 30 }, (_, i) => String(i));
    engine.run('SADD', 's', ...members);
    expect(lines(engine)[0]).toEqual(['SADD', 's', ...members]);
    engine.run('SADD', 's', ...members, 'x');
    expect(lines(engine)[0]).toEqual(['SADD', 's', ...members.slice(0, 29), '... (2 more arguments)']);
  });

  test('has no secrets', () => {
    const engine = new TestEngine();
    engine.run('CONFIG', 'SET', 'slowlog-log-slower-than', 0);
    engine.run('AUTH', 'default', 'secret');
    engine.run('HELLO', 3, 'AUTH', 'default', 'secret', 'SETNAME', 'x');
    engine.run('CONFIG', 'SET', 'masterauth', 'secret', 'hz', 10);
    expect(JSON.stringify(slow(engine))).not.toContain('secret');
    expect(lines(engine).slice(1, 4)).toEqual([
      ['CONFIG', 'SET', 'masterauth', '(redacted)', 'hz', '10'],
      ['HELLO', '3', 'AUTH', '(redacted)', '(redacted)', 'SETNAME', 'x'],
      ['AUTH', '(redacted)', '(redacted)'],
    ]);
  });

  test('has a command that waits when it has been served', () => {
    const engine = new TestEngine();
    engine.run('CONFIG', 'SET', 'slowlog-log-slower-than', 0);
    const waiting = engine.newClient();
    waiting.onUnblocked = () => undefined;
    engine.runAs(waiting, 'BLPOP', 'l', '0');
    expect(lines(engine)).not.toContainEqual(['BLPOP', 'l', '0']);
    engine.run('RPUSH', 'l', 'x');
    expect(lines(engine).slice(0, 3)).toEqual([
      ['BLPOP', 'l', '0'],
      ['RPUSH', 'l', 'x'],
      ['SLOWLOG', 'GET', '-1'],
    ]);
  });
});
