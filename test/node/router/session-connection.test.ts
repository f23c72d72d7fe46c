// What belongs to the connection of a session over several shards: MULTI, CLIENT REPLY, authentication, its state.

import { describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { TestCluster, wire } from '../../support/cluster';
import { seededRandom, TestEngine } from '../../support/engine';

const SHARDS = 4;
const cluster = (options: Partial<ConstructorParameters<typeof TestCluster>[0]> = {}) => new TestCluster({ shards: SHARDS, ...options });
const CROSSED = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
const QUEUED = '+QUEUED\r\n';
const OK = '+OK\r\n';

/** The connection to one engine, given the same stream: what Redis would answer. */
function oneEngine(stream: string): string {
  return new TestEngine().connect().receive(ascii(stream)).output;
}

const sample = new TestCluster({ shards: SHARDS });
const keys = Array.from({ length: SHARDS }, (_, shard) => sample.keyOf(shard));
const [k0, k1, k2, k3] = keys as [string, string, string, string];

describe('transactions', () => {
  test('run on the shard of their first key', () => {
    for (const key of keys) {
      const one = cluster();
      const stream = [wire('MULTI'), wire('INCR', key), wire('TIME', 'x'), wire('INCR', `{${key}}`), wire('EXEC'), wire('GET', key)].join(
        '',
      );
      expect(one.ask(stream)).toBe(oneEngine(stream));
      const good = [wire('MULTI'), wire('PING'), wire('INCR', key), wire('PING'), wire('INCR', key), wire('EXEC'), wire('GET', key)].join(
        '',
      );
      expect(one.ask(good)).toBe(oneEngine(good));
    }
  });

  test('a command without a key before the first key waits for the client, not for the key', () => {
    const one = cluster();
    expect(one.ask(wire('MULTI'))).toBe(OK);
    expect(one.ask(wire('ECHO', 'a'))).toBe(QUEUED);
    expect(one.ask(wire('SET', k2, 'v'))).toBe(QUEUED);
    expect(one.ask(wire('EXEC'))).toBe('*2\r\n$1\r\na\r\n+OK\r\n');
    expect(one.ask(wire('GET', k2))).toBe('$1\r\nv\r\n');
    // Nothing stays behind on the home shard, which held the MULTI at first.
    expect(one.ask(wire('SET', k0, 'v'))).toBe(OK);
  });

  test('an error before the first key breaks the transaction wherever the key is', () => {
    for (const key of [k0, k2]) {
      const one = cluster();
      one.send(wire('MULTI') + wire('NOPE'));
      expect(one.ask(wire('SET', key, 'v') + wire('EXEC'))).toBe(
        `${QUEUED}-EXECABORT Transaction discarded because of previous errors.\r\n`,
      );
      expect(one.ask(wire('GET', key))).toBe('$-1\r\n');
    }
  });

  test('keys of two shards are refused, and nothing of the transaction runs', () => {
    const one = cluster();
    const stream = wire('MULTI') + wire('SET', k1, 1) + wire('SET', k2, 1) + wire('SET', k1, 2) + wire('EXEC');
    expect(one.ask(stream)).toBe(`${OK}${QUEUED}${CROSSED}${QUEUED}-EXECABORT Transaction discarded because of previous errors.\r\n`);
    expect(one.ask(wire('MGET', k1, k2) + wire('EXEC'))).toBe('*2\r\n$-1\r\n$-1\r\n-ERR EXEC without MULTI\r\n');
    expect(one.ask(wire('MULTI') + wire('SET', k2, 1) + wire('EXEC'))).toBe(`${OK}${QUEUED}*1\r\n+OK\r\n`);
  });

  test.each([['MGET', k1, k2], ['DBSIZE'], ['SCAN', '0'], ['RENAME', k1, k2]])('%s over several shards is refused inside', (...argv) => {
    const one = cluster();
    expect(one.ask(wire('MULTI') + wire(...argv) + wire('EXEC'))).toBe(
      `${OK}${CROSSED}-EXECABORT Transaction discarded because of previous errors.\r\n`,
    );
  });

  test.each([
    ['nested', [['MULTI'], ['MULTI'], ['SET', k3, '1'], ['MULTI'], ['EXEC']]],
    ['discarded', [['MULTI'], ['SET', k3, '1'], ['DISCARD'], ['GET', k3], ['DISCARD']]],
    ['empty', [['MULTI'], ['EXEC'], ['EXEC']]],
    ['ended by an EXEC that is wrong', [['MULTI'], ['SET', k3, '1'], ['EXEC', 'x'], ['SET', k1, '2'], ['EXEC'], ['GET', k3]]],
    ['with WATCH inside', [['MULTI'], ['WATCH', k3], ['SET', k3, '1'], ['WATCH', k3], ['EXEC']]],
    ['with UNWATCH inside', [['WATCH', k3], ['MULTI'], ['UNWATCH'], ['SET', k3, '1'], ['EXEC']]],
    ['with a failing command', [['SET', k3, 'x'], ['MULTI'], ['INCR', k3], ['GET', k3], ['EXEC']]],
    ['in RESP3', [['HELLO', '3'], ['MULTI'], ['ZADD', k3, '1', 'm'], ['ZSCORE', k3, 'm'], ['EXEC']]],
    ['ended by RESET', [['MULTI'], ['SET', k3, '1'], ['RESET'], ['GET', k3], ['EXEC']]],
  ])('%s: as one engine answers', (_name, lines) => {
    const stream = lines.map((line) => wire(...line)).join('');
    expect(cluster().ask(stream)).toBe(oneEngine(stream));
  });

  test.each(keys)('a watched key that another client changes stops EXEC: %s', (key) => {
    const one = cluster();
    const shard = one.slots.shardOf(ascii(key));
    one.send(wire('WATCH', key) + wire('GET', key) + wire('MULTI') + wire('SET', key, 'mine'));
    one.engines[shard]?.run('SET', key, 'theirs');
    expect(one.ask(wire('EXEC'))).toBe('*-1\r\n');
    expect(one.ask(wire('GET', key))).toBe('$6\r\ntheirs\r\n');
    expect(one.ask(wire('MULTI') + wire('SET', key, 'mine') + wire('EXEC'))).toBe(`${OK}${QUEUED}*1\r\n+OK\r\n`);
  });

  test('more commands without a key than are repeated elsewhere settle the transaction at home', () => {
    const one = cluster();
    one.send(wire('MULTI') + wire('PING').repeat(2000));
    expect(one.ask(wire('SET', k2, 1))).toBe(CROSSED);
    expect(one.ask(wire('EXEC'))).toContain('-EXECABORT');
  });
});

describe('CLIENT REPLY', () => {
  const on = ['CLIENT', 'REPLY', 'ON'];
  const off = ['CLIENT', 'REPLY', 'OFF'];
  const skip = ['CLIENT', 'REPLY', 'SKIP'];
  const dbsize = ['DBSIZE'];
  const get = ['GET', k2];
  const empty: string[] = [];
  test.each([
    [[off, get, dbsize, ['NOPE'], on, get]],
    [[skip, get, get, dbsize]],
    [[skip, skip, get, get]],
    [[skip, on, get]],
    [[off, skip, get, get, on, get]],
    [[skip, off, get, on]],
    [[off, ['RESET'], get]],
    [[skip, ['RESET'], get]],
    [[skip, empty, get]],
    [[['CLIENT', 'REPLY', 'MAYBE'], get]],
    [[['CLIENT', 'REPLY'], get]],
    [[skip, ['MGET', k1, k2], ['MGET', k1, k2]]],
    [[off, ['HELLO', '3'], on, ['MGET', k1, k2]]],
    [[off, ['QUIT'], get]],
  ])('%j', (lines) => {
    const stream = lines.map((line) => (line.length === 0 ? '\r\n' : wire(...line))).join('');
    expect(cluster().ask(stream)).toBe(oneEngine(stream));
  });

  test('is refused inside a transaction', () => {
    expect(cluster().ask(wire('MULTI') + wire(...off) + wire('EXEC'))).toBe(
      `${OK}-ERR Command not allowed inside a transaction\r\n-EXECABORT Transaction discarded because of previous errors.\r\n`,
    );
  });
});

describe('authentication', () => {
  const credentials = { full: ascii('secret'), read: ascii('looker') };
  const locked = (options = {}) => cluster({ credentials, access: undefined, ...options });
  const NO_AUTH = '-NOAUTH Authentication required.\r\n';

  test('is asked for before anything else', () => {
    const one = locked();
    expect(one.ask(wire('GET', k2) + wire('DBSIZE') + wire('MULTI') + wire('CLIENT', 'REPLY', 'OFF'))).toBe(NO_AUTH.repeat(4));
    expect(one.openShards).toEqual([0]);
  });

  test.each([
    ['AUTH', 'secret'],
    ['AUTH', 'default', 'secret'],
    ['HELLO', '3', 'AUTH', 'default', 'secret'],
  ])('%s %s', (...argv) => {
    const one = locked({ random: seededRandom(5) });
    one.send(wire('GET', k2) + wire(...argv));
    expect(one.output.startsWith(NO_AUTH)).toBe(true);
    expect(one.ask(wire('MSET', k0, 0, k1, 1, k2, 2, k3, 3) + wire('DBSIZE'))).toBe(`${OK}:4\r\n`);
  });

  test('a command that is larger than what strangers may send follows AUTH in the same piece', () => {
    const large = 'x'.repeat(100_000);
    expect(locked().ask(wire('AUTH', 'secret') + wire('SET', k1, large) + wire('STRLEN', k1))).toBe(`${OK}${OK}:100000\r\n`);
    expect(locked().ask(wire('AUTH', 'wrong') + wire('SET', k1, large))).toMatch(
      /^-WRONGPASS .*\r\n-ERR Protocol error: unauth.* bulk length\r\n$/,
    );
  });

  test('a wrong password changes nothing', () => {
    const one = locked();
    expect(one.ask(wire('AUTH', 'wrong') + wire('GET', k2))).toMatch(/^-WRONGPASS .*\r\n-NOAUTH .*\r\n$/);
    one.send(wire('AUTH', 'secret') + wire('SET', k1, 1));
    // Shards that are connected stay in RESP2, and those that come later open in RESP2.
    expect(one.ask(wire('HELLO', 3, 'AUTH', 'default', 'wrong'))).toMatch(/^-WRONGPASS/);
    expect(one.ask(wire('GET', 'none') + wire('MGET', k1, k2, k3, 'none'))).toBe('$-1\r\n*4\r\n$1\r\n1\r\n$-1\r\n$-1\r\n$-1\r\n');
  });

  test('a HELLO with a right password that fails for another reason gives no rights on any shard', () => {
    const one = locked();
    expect(one.ask(wire('HELLO', 3, 'AUTH', 'default', 'secret', 'SETNAME', 'a b') + wire('SET', k1, 1))).toMatch(
      /^-ERR Client names .*\r\n-NOAUTH .*\r\n$/,
    );
    expect(one.ask(wire('AUTH', 'looker') + wire('HELLO', 2, 'AUTH', 'default', 'secret', 'nope') + wire('SET', k1, 1))).toMatch(
      /^\+OK\r\n-ERR Syntax .*\r\n-NOPERM .*\r\n$/,
    );
    for (const key of keys) expect(one.ask(wire('SET', key, 1))).toMatch(/^-NOPERM/);
  });

  test('the rights of the second token hold on every shard, those that are connected later too', () => {
    const one = locked();
    one.send(wire('AUTH', 'looker') + wire('GET', k1));
    for (const key of keys) expect(one.ask(wire('SET', key, 1))).toMatch(/^-NOPERM/);
    expect(one.ask(wire('MGET', ...keys))).toBe('*4\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n');
    one.send(wire('AUTH', 'secret'));
    expect(one.ask(wire('MSET', ...keys.flatMap((key) => [key, 'v'])))).toBe(OK);
  });

  test('a token that the edge has checked opens every shard', () => {
    expect(cluster({ credentials, access: 'full' }).ask(wire('MSET', ...keys.flatMap((key) => [key, 'v'])))).toBe(OK);
    expect(cluster({ credentials, access: 'read' }).ask(wire('MSET', ...keys.flatMap((key) => [key, 'v'])))).toMatch(/^-NOPERM/);
  });

  test('RESET takes back what was given in band, on every shard', () => {
    const one = locked({ random: seededRandom(11) });
    one.send(wire('AUTH', 'secret') + wire('GET', k1));
    expect(one.ask(wire('RESET') + wire('GET', k1) + wire('GET', k2))).toBe(`+RESET\r\n${NO_AUTH}${NO_AUTH}`);
    expect(locked().ask(wire('AUTH', 'secret') + wire('RESET') + wire('SET', k1, 'x'.repeat(100_000)))).toMatch(
      /^\+OK\r\n\+RESET\r\n-ERR Protocol error: unauth.* bulk length\r\n$/,
    );
    expect(one.ask(wire('AUTH', 'looker') + wire('SET', k1, 1) + wire('SET', k2, 1))).toMatch(/^\+OK\r\n-NOPERM.*\r\n-NOPERM.*\r\n$/);
    expect(cluster({ credentials, access: 'full' }).ask(wire('RESET') + wire('GET', k1) + wire('DBSIZE'))).toBe('+RESET\r\n$-1\r\n:0\r\n');
  });

  test('QUIT is always allowed', () => {
    const one = locked();
    expect(one.ask(wire('QUIT') + wire('PING'))).toBe(OK);
    expect(one.closed).toBeDefined();
  });
});

describe('state of the connection', () => {
  test('reaches shards that are connected later', () => {
    const one = cluster();
    one.send(
      wire('HELLO', 3) + wire('CLIENT', 'NO-TOUCH', 'ON') + wire('CLIENT', 'NO-EVICT', 'ON') + wire('CLIENT', 'NO-TOUCH', 'nonsense'),
    );
    expect(one.ask(wire('GET', k3))).toBe('_\r\n');
    const clients = one.engines[3]?.engine.server.clients() ?? [];
    expect(clients.filter(({ noTouch, noEvict, protocol }) => noTouch && noEvict && protocol === 3)).toHaveLength(1);
  });

  test('reaches them also when it was set in the same piece', () => {
    const one = cluster({ random: seededRandom(3) });
    expect(
      one
        .ask(wire('HELLO', 3) + wire('GET', k3) + wire('HELLO', 2) + wire('GET', k3) + wire('GET', k2))
        .slice(-'_\r\n$-1\r\n$-1\r\n'.length),
    ).not.toBe('');
    expect(one.output.endsWith('$-1\r\n$-1\r\n')).toBe(true);
  });

  test('is gone after RESET', () => {
    const one = cluster();
    one.send(wire('HELLO', 3) + wire('GET', k1) + wire('RESET'));
    expect(one.ask(wire('GET', k1) + wire('GET', k2) + wire('MGET', k1, k2))).toBe('$-1\r\n$-1\r\n*2\r\n$-1\r\n$-1\r\n');
  });
});
