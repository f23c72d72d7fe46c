import { describe, expect, test } from 'vitest';
import type { ClientState } from '../../../src/engine/client-state';
import { decodeFrame } from '../../../src/engine/journal';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

type Run = (...argv: (string | number)[]) => unknown;

function session(): { engine: TestEngine; run: Run; other: Run } {
  const engine = new TestEngine();
  const as =
    (client: ClientState): Run =>
    (...argv) =>
      plain(engine.runAs(client, ...argv));
  return { engine, run: as(engine.client), other: as(engine.newClient()) };
}

const ABORTED = 'EXECABORT Transaction discarded because of previous errors.';

test('queued commands run together and answer together', () => {
  const { run, other } = session();
  expect(run('MULTI')).toBe('OK');
  expect(run('SET', 'k', 1)).toBe('QUEUED');
  expect(run('INCR', 'k')).toBe('QUEUED');
  expect(other('GET', 'k')).toBeNull();
  expect(run('EXEC')).toEqual(['OK', 2]);
  expect(run('MULTI')).toBe('OK');
  expect(run('EXEC')).toEqual([]);
});

test('an error while running stops nothing', () => {
  const { run } = session();
  run('MULTI');
  run('SET', 'k', 'text');
  run('INCR', 'k');
  run('LPUSH', 'k', 1);
  run('SET', 'other', 1);
  expect(run('EXEC')).toEqual([
    'OK',
    'ERR value is not an integer or out of range',
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    'OK',
  ]);
  expect(run('GET', 'other')).toBe('1');
});

test.each<[why: string, argv: string[], error: RegExp]>([
  ['an unknown command', ['NOPE'], /^ERR unknown command/],
  ['a wrong number of arguments', ['GET'], /^ERR wrong number/],
  ['an unknown subcommand', ['CLIENT', 'NOPE'], /^ERR unknown subcommand/],
  ['a wrong number of arguments of WATCH', ['WATCH'], /^ERR wrong number/],
])('%s aborts', (_why, argv, error) => {
  const { run } = session();
  run('MULTI');
  run('SET', 'k', 1);
  expect(run(...argv)).toMatch(error);
  expect(run('SET', 'k', 2)).toBe('QUEUED');
  expect(run('EXEC')).toBe(ABORTED);
  expect(run('GET', 'k')).toBeNull();
  expect(run('EXEC')).toBe('ERR EXEC without MULTI');
});

test('what MULTI refuses at once does not abort', () => {
  const { run } = session();
  run('MULTI');
  expect(run('MULTI')).toBe('ERR MULTI calls can not be nested');
  expect(run('WATCH', 'k')).toBe('ERR WATCH inside MULTI is not allowed');
  run('SET', 'k', 1);
  expect(run('EXEC')).toEqual(['OK']);
});

test('EXEC and DISCARD need MULTI', () => {
  const { run } = session();
  expect(run('EXEC')).toBe('ERR EXEC without MULTI');
  expect(run('DISCARD')).toBe('ERR DISCARD without MULTI');
  run('MULTI');
  run('NOPE');
  expect(run('DISCARD')).toBe('OK');
  expect(run('EXEC')).toBe('ERR EXEC without MULTI');
  run('MULTI');
  run('SET', 'k', 1);
  expect(run('EXEC')).toEqual(['OK']);
});

test('a refused EXEC ends the transaction and says why', () => {
  const { run } = session();
  run('MULTI');
  run('SET', 'k', 1);
  expect(run('EXEC', 'now')).toBe("EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command");
  expect(run('EXEC')).toBe('ERR EXEC without MULTI');
});

test('a transaction is one journal frame of what it changed, and EXEC is not in it', () => {
  const { engine, run } = session();
  run('MULTI');
  run('SET', 'a', 1);
  run('GET', 'a');
  run('DEL', 'missing');
  run('EXPIRE', 'a', 100);
  run('EXEC');
  expect(engine.journal).toHaveLength(1);
  const lines = engine.journal.flatMap((frame) => decodeFrame(frame).effects.map((argv) => argv.join(' ')));
  expect(lines).toEqual(['SET a 1', `PEXPIREAT a ${engine.now + 100_000}`]);
});

test('every command of a transaction sees the same instant', () => {
  const { run } = session();
  run('SET', 'k', 1, 'PX', 5);
  run('MULTI');
  for (let i = 0; i < 3; i++) run('PTTL', 'k');
  expect(run('EXEC')).toEqual([5, 5, 5]);
});

test('rights that AUTH took away inside the transaction hold for its rest', () => {
  const engine = new TestEngine();
  const client = engine.newClient();
  Object.assign(engine.engine.server, { authenticate: () => 'read' });
  const run: Run = (...argv) => plain(engine.runAs(client, ...argv));
  run('MULTI');
  run('SET', 'k', 1);
  run('AUTH', 'default', 'x');
  run('SET', 'k', 2);
  run('GET', 'k');
  expect(run('EXEC')).toEqual(['OK', 'OK', expect.stringMatching(/^NOPERM ACLs rules changed/), '1']);
});

test('the queue has a limit', () => {
  const { run } = session();
  const value = 'v'.repeat(20 * 1024 * 1024);
  run('MULTI');
  expect([run('SET', 'a', value), run('SET', 'b', value), run('SET', 'c', value)]).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);
  expect(run('SET', 'd', value)).toBe('ERR transaction is too large');
  expect(run('EXEC')).toBe(ABORTED);
  expect(run('DBSIZE')).toBe(0);
});

describe('WATCH', () => {
  const exec = (run: Run): unknown => {
    run('MULTI');
    run('PING');
    return run('EXEC');
  };

  test.each<[what: string, before: string[][], change: string[], conflict: boolean]>([
    ['a value set', [['SET', 'k', '1']], ['SET', 'k', '2'], true],
    ['the same value set', [['SET', 'k', '1']], ['SET', 'k', '1'], true],
    ['a key created', [], ['SET', 'k', '1'], true],
    ['a key deleted', [['SET', 'k', '1']], ['DEL', 'k'], true],
    ['a deadline given', [['SET', 'k', '1']], ['EXPIRE', 'k', '100'], true],
    ['a deadline in the past given', [['SET', 'k', '1']], ['EXPIRE', 'k', '-1'], true],
    ['a deadline removed', [['SET', 'k', '1', 'EX', '100']], ['PERSIST', 'k'], true],
    ['an element added', [['RPUSH', 'k', 'a']], ['RPUSH', 'k', 'b'], true],
    ['renamed away', [['SET', 'k', '1']], ['RENAME', 'k', 'x'], true],
    ['renamed onto', [['SET', 'x', '1']], ['RENAME', 'x', 'k'], true],
    ['copied onto', [['SET', 'x', '1']], ['COPY', 'x', 'k'], true],
    ['flushed', [['SET', 'k', '1']], ['FLUSHALL'], true],
    ['flushed without being there', [['SET', 'x', '1']], ['FLUSHDB'], false],
    ['read', [['SET', 'k', '1']], ['GET', 'k'], false],
    ['another key set', [['SET', 'k', '1']], ['SET', 'x', '1'], false],
    ['deleted without being there', [], ['DEL', 'k'], false],
    ['a condition not met', [['SET', 'k', '1']], ['SET', 'k', '2', 'NX'], false],
    ['touched', [['SET', 'k', '1']], ['TOUCH', 'k'], false],
    ['copied from', [['SET', 'k', '1']], ['COPY', 'k', 'x'], false],
  ])('%s', (_what, before, change, conflict) => {
    for (const own of [false, true]) {
      const { run, other } = session();
      for (const command of before) run(...command);
      expect(run('WATCH', 'k', 'k')).toBe('OK');
      (own ? run : other)(...change);
      expect(exec(run)).toEqual(conflict ? null : ['PONG']);
      expect(exec(run)).toEqual(['PONG']);
    }
  });

  test('a change between MULTI and EXEC counts too', () => {
    const { run, other } = session();
    run('WATCH', 'k');
    run('MULTI');
    run('SET', 'k', 'mine');
    other('SET', 'k', 'theirs');
    expect(run('EXEC')).toBeNull();
    expect(run('GET', 'k')).toBe('theirs');
  });

  test("a transaction's own changes do not count against it, but against others", () => {
    const { run, other } = session();
    run('WATCH', 'k');
    other('WATCH', 'k');
    run('MULTI');
    run('SET', 'k', 1);
    expect(run('EXEC')).toEqual(['OK']);
    expect(exec(other)).toBeNull();
  });

  test.each(['UNWATCH', 'DISCARD', 'RESET', 'EXEC'])('%s forgets what was watched', (how) => {
    const { run, other } = session();
    run('WATCH', 'k');
    other('SET', 'k', 1);
    if (how === 'DISCARD' || how === 'EXEC') run('MULTI');
    run(how);
    expect(exec(run)).toEqual(['PONG']);
    run('WATCH', 'k');
    if (how === 'DISCARD' || how === 'EXEC') run('MULTI');
    run(how);
    other('SET', 'k', 2);
    expect(exec(run)).toEqual(['PONG']);
  });

  test('UNWATCH inside the transaction is queued', () => {
    const { run, other } = session();
    run('WATCH', 'k');
    run('MULTI');
    expect(run('UNWATCH')).toBe('QUEUED');
    other('SET', 'k', 1);
    expect(run('EXEC')).toBeNull();
  });

  test('an aborted transaction forgets them too, and abortion goes before conflict', () => {
    const { run, other } = session();
    run('WATCH', 'k');
    other('SET', 'k', 1);
    run('MULTI');
    run('NOPE');
    expect(run('EXEC')).toBe(ABORTED);
    expect(exec(run)).toEqual(['PONG']);
  });

  test('after a conflict nothing more is watched', () => {
    const { engine, run, other } = session();
    run('WATCH', 'k');
    other('SET', 'k', 1);
    run('WATCH', 'x');
    expect(engine.client.watching).toBe(0);
    expect(exec(run)).toBeNull();
  });

  test('a client that has gone watches nothing', () => {
    const { engine, run, other } = session();
    run('WATCH', 'k');
    engine.engine.forget(engine.client);
    other('SET', 'k', 1);
    expect(engine.client.conflicted).toBe(false);
  });
});

describe('WATCH and expiry', () => {
  function watching(): ReturnType<typeof session> & { exec: () => unknown } {
    const started = session();
    const exec = () => {
      started.run('MULTI');
      started.run('PING');
      return started.run('EXEC');
    };
    return { ...started, exec };
  }

  test('a key that expires while watched is a conflict, removed or not', () => {
    for (const remove of [false, true]) {
      const { engine, run, other, exec } = watching();
      run('SET', 'k', 1, 'PX', 10);
      run('WATCH', 'k');
      engine.now += 11;
      if (remove) other('GET', 'k');
      expect(exec()).toBeNull();
    }
  });

  test.each<[what: string, change: string[] | undefined, conflict: boolean]>([
    ['nothing happens', undefined, false],
    ['it is removed by a read', ['GET', 'k'], false],
    ['it is removed by DEL', ['DEL', 'k'], false],
    ['it is flushed', ['FLUSHALL'], false],
    ['it is made anew', ['SET', 'k', '2'], true],
    ['it is given a deadline', ['EXPIRE', 'k', '100'], false],
  ])('a key that had expired before: %s', (_what, change, conflict) => {
    const { engine, run, other, exec } = watching();
    run('SET', 'k', 1, 'PX', 10);
    engine.now += 11;
    run('WATCH', 'k');
    if (change) other(...change);
    expect(exec()).toEqual(conflict ? null : ['PONG']);
  });

  test('a key that had expired before is removed and then made and removed again', () => {
    const { engine, run, other, exec } = watching();
    run('SET', 'k', 1, 'PX', 10);
    engine.now += 11;
    run('WATCH', 'k');
    other('GET', 'k');
    other('MULTI');
    other('SET', 'k', 1);
    other('DEL', 'k');
    other('EXEC');
    expect(exec()).toBeNull();
  });

  test('the clock removes keys as a read does', () => {
    const { engine, run, exec } = watching();
    run('SET', 'old', 1, 'PX', 10);
    run('SET', 'young', 1, 'PX', 20);
    engine.now += 15;
    run('WATCH', 'old');
    engine.engine.expireDue(10);
    expect(exec()).toEqual(['PONG']);
    run('WATCH', 'young');
    engine.now += 15;
    engine.engine.expireDue(10);
    expect(exec()).toBeNull();
  });
});
