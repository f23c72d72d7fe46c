import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { Connection } from '../../../src/engine/connection';
import { TestEngine } from '../../support/engine';
import { request } from '../../support/raw-client';
import { connectFrom } from './connect';

const send = (connection: Connection, ...argv: (string | number)[]): string => connection.receive(request(...argv)).output;
const lines = (connection: Connection, text: string): string => connection.receive(text.replaceAll('|', '\r\n') as Bytes).output;

describe('CLIENT LIST and CLIENT INFO', () => {
  test('describe a connection as Redis 7 does', () => {
    const engine = new TestEngine();
    const connection = connectFrom(engine, { id: 77, address: '10.0.0.1:5000', localAddress: '10.0.0.2:6379' });
    lines(connection, 'client setname me|client setinfo LIB-NAME lib|client setinfo lib-ver 1.2|client no-touch on|');
    engine.now += 61_000;
    const list = send(connection, 'client', 'list', 'id', '77');
    expect(list).toBe(
      `$${list.indexOf('\n\r\n') - list.indexOf('id=') + 1}\r\n` +
        'id=77 addr=10.0.0.1:5000 laddr=10.0.0.2:6379 fd=-1 name=me age=61 idle=0 flags=T db=0 sub=0 psub=0 ssub=0 multi=-1 ' +
        'qbuf=42 qbuf-free=0 argv-mem=14 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=1080 events=r cmd=client|list ' +
        'user=default redir=-1 resp=2 lib-name=lib lib-ver=1.2\n\r\n',
    );
  });

  test('have the shape that the Redis suite looks for', () => {
    const connection = new TestEngine().connect();
    const pattern =
      /id=\S* addr=\S*:\S* laddr=\S*:\S* fd=\S* name=\S* age=\S* idle=\S* flags=N db=\S* sub=0 psub=0 ssub=0 multi=-1 qbuf=26 qbuf-free=\S* argv-mem=10 multi-mem=0 rbs=\S* rbp=\S* obl=0 oll=0 omem=0 tot-mem=\S* events=r cmd=client\|(list|info) user=\S* redir=-1 resp=2/;
    expect(send(connection, 'client', 'info')).toMatch(pattern);
    expect(send(connection, 'client', 'list')).toMatch(pattern);
  });

  test('show transactions, others and the verbatim text of RESP3', () => {
    const engine = new TestEngine();
    const connection = engine.connect();
    const watcher = engine.connect();
    lines(watcher, 'watch k|multi|set k 1|get k|');
    send(connection, 'set', 'k', 'v');
    const shown = send(connection, 'client', 'list', 'id', watcher.client.id);
    expect(shown).toMatch(/flags=xd .* multi=2 .* multi-mem=49 .* cmd=get /);
    expect(lines(connection, 'hello 3|client info|')).toMatch(/\r\n=\d+\r\ntxt:id=/);
    expect(send(connection, 'nope')).toContain('unknown command');
    expect(send(watcher, 'discard')).toBe('+OK\r\n');
    expect(send(watcher, 'client', 'list', 'ID', connection.client.id, connection.client.id)).toMatch(/cmd=NULL [\s\S]*cmd=NULL /);
    expect(send(connection, 'client', 'list', 'type', 'NORMAL').split('\n').length).toBeGreaterThan(2);
  });
});

describe('CLIENT KILL', () => {
  test('closes others at once and the caller after the reply', () => {
    const engine = new TestEngine();
    const connection = connectFrom(engine, { address: '1.1.1.1:1' });
    const other = connectFrom(engine, { address: '2.2.2.2:2' });
    let told = 0;
    other.onClose = () => told++;
    send(other, 'watch', 'k');
    expect(send(connection, 'client', 'kill', '2.2.2.2:2')).toBe('+OK\r\n');
    expect(told).toBe(1);
    expect(send(connection, 'client', 'list', 'id', other.client.id)).toBe('$0\r\n\r\n');
    expect(other.client.watching).toBe(0);
    expect(other.receive(request('PING'))).toEqual({ output: '', more: false, close: true });
    expect(connection.receive(request('client', 'kill', '1.1.1.1:1'))).toEqual({ output: '+OK\r\n', more: false, close: true });
  });

  test('filters by every property, and skips the caller unless told otherwise', () => {
    const engine = new TestEngine();
    const old = connectFrom(engine, { address: '3.3.3.3:3' });
    engine.now += 10_000;
    const connection = connectFrom(engine, { address: '1.1.1.1:1', localAddress: '9.9.9.9:9' });
    const kill = (...filter: (string | number)[]) => send(connection, 'client', 'kill', ...filter);
    const target = () => connectFrom(engine, { address: '2.2.2.2:2', localAddress: '8.8.8.8:8' });
    let { id } = target().client;
    expect(kill('ID', id, 'ADDR', '7.7.7.7:7')).toBe(':0\r\n');
    expect(kill('ID', id, 'TYPE', 'master')).toBe(':0\r\n');
    expect(kill('ID', id, 'TYPE', 'normal', 'USER', 'default')).toBe(':1\r\n');
    id = target().client.id;
    expect(kill('LADDR', '8.8.8.8:8')).toBe(':1\r\n');
    target();
    expect(kill('MAXAGE', 5, 'ADDR', '2.2.2.2:2')).toBe(':0\r\n');
    expect(kill('MAXAGE', 5, 'ADDR', '3.3.3.3:3')).toBe(':1\r\n');
    expect(old.receive(request('PING')).close).toBe(true);
    expect(kill('MAXAGE', 0)).toBe('-ERR maxage should be greater than 0\r\n');
    expect(kill('MAXAGE', 'x')).toBe('-ERR maxage is not an integer or out of range\r\n');
    expect(kill('LADDR', '9.9.9.9:9')).toBe(':0\r\n');
    const last = connection.receive(request('client', 'kill', 'LADDR', '9.9.9.9:9', 'SKIPME', 'no'));
    expect(last).toEqual({ output: ':1\r\n', more: false, close: true });
  });
});

describe('rights', () => {
  const credentials = { full: 'secret' as Bytes, read: 'look' as Bytes };

  test('the read-only token may look and not touch', () => {
    const connection = connectFrom(new TestEngine(1, credentials), { access: undefined });
    expect(send(connection, 'auth', 'default', 'look')).toBe('+OK\r\n');
    expect(send(connection, 'get', 'k')).toBe('$-1\r\n');
    for (const argv of [['set', 'k', '1'], ['flushall'], ['keys', '*'], ['scan', '0'], ['client', 'list'], ['client', 'kill', 'id', '1']]) {
      expect(send(connection, ...argv)).toMatch(/^-NOPERM this user has no permissions to run the '/);
    }
    expect(lines(connection, 'watch k|multi|get k|exec|')).toBe('+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n$-1\r\n');
    expect(lines(connection, 'multi|set k 1|exec|')).toMatch(/^\+OK\r\n-NOPERM .*\r\n-EXECABORT .*previous errors/);
    expect(lines(connection, 'auth secret|set k 1|')).toBe('+OK\r\n+OK\r\n');
  });

  test.each([
    ['hello 3 auth default secret setname "a b"', /^-ERR Client names cannot/],
    ['hello 3 setname x auth default secret nope', /^-ERR Syntax error in HELLO option 'nope'/],
    ['hello 3 auth default secret auth default wrong', /^-WRONGPASS/],
  ])('a HELLO that fails gives no rights and changes nothing: %s', (line, error) => {
    const connection = connectFrom(new TestEngine(1, credentials), { access: undefined });
    expect(lines(connection, `${line}|`)).toMatch(error);
    expect(lines(connection, 'get k|')).toBe('-NOAUTH Authentication required.\r\n');
    expect(lines(connection, 'auth secret|client getname|get k|')).toBe('+OK\r\n$-1\r\n$-1\r\n');
  });

  test('RESET goes back to what the connection came with', () => {
    const engine = new TestEngine(1, credentials);
    expect(lines(connectFrom(engine, { access: undefined }), 'auth secret|reset|ping|')).toMatch(/\+RESET\r\n-NOAUTH /);
    expect(lines(connectFrom(engine, { access: 'read' }), 'auth secret|reset|ping|set k 1|')).toMatch(/\+RESET\r\n\+PONG\r\n-NOPERM /);
  });

  test('an EXEC that is refused for want of rights says so', () => {
    const connection = connectFrom(new TestEngine(1, credentials), { access: undefined });
    expect(send(connection, 'exec')).toBe('-EXECABORT Transaction discarded because of: NOAUTH Authentication required.\r\n');
  });
});

describe('large replies', () => {
  const value = 'x'.repeat(400_000);
  const reply = `$${value.length}\r\n${value}\r\n`;

  test('leave in slices, and the commands behind them wait', () => {
    const engine = new TestEngine();
    engine.run('SET', 'large', value);
    const connection = engine.connect();
    let received = connection.receive(`${'get large\r\n'.repeat(10)}incr n\r\nquit\r\nincr n\r\n` as Bytes);
    expect(received).toEqual({ output: reply.repeat(3), more: true, close: false });
    expect(engine.run('EXISTS', 'n')).toBe(0);
    expect(connection.idle).toBe(false);
    let output = '';
    for (; received.more; received = connection.proceed()) output += received.output;
    expect(output + received.output === `${reply.repeat(10)}:1\r\n+OK\r\n`).toBe(true);
    expect(received.close).toBe(true);
    expect(engine.run('GET', 'n')).toBe('1');
  });

  test('nothing is left after a slice that ends with the input', () => {
    const engine = new TestEngine();
    engine.run('SET', 'large', value);
    expect(engine.connect().receive('get large\r\n'.repeat(3) as Bytes).more).toBe(false);
  });

  test('a connection that is killed between two slices runs nothing more', () => {
    const engine = new TestEngine();
    engine.run('SET', 'large', value);
    const connection = engine.connect();
    expect(connection.receive(`${'get large\r\n'.repeat(3)}incr n\r\n` as Bytes).more).toBe(true);
    engine.run('CLIENT', 'KILL', 'ID', connection.client.id);
    expect(connection.proceed()).toEqual({ output: '', more: false, close: true });
    expect(engine.run('EXISTS', 'n')).toBe(0);
  });

  test.each([
    ['longer than a reply may be', 40],
    ['longer than a string can be', 160],
  ])('one that is %s is an error; what the command did stays done', (_, count) => {
    const engine = new TestEngine();
    engine.run('SET', 'large', 'x'.repeat(4_000_000));
    const connection = engine.connect();
    lines(connection, `multi|incr n|${'get large|'.repeat(count)}`);
    expect(lines(connection, 'exec|get n|')).toBe('-ERR the reply is too large, ask for less at a time\r\n$1\r\n1\r\n');
  });
});

describe('CLIENT SETINFO', () => {
  test.each([
    ['lib-name', 'redis-py', '+OK'],
    ['LIB-VER', '', '+OK'],
    ['lib-name', 'a b', '-ERR lib-name cannot contain spaces, newlines or special characters.'],
    ['LIB-ver', 'a\n', '-ERR LIB-ver cannot contain spaces, newlines or special characters.'],
    ['lib-x', 'a', "-ERR Unrecognized option 'lib-x'"],
  ])('%s %j', (attribute, value, reply) => {
    expect(send(new TestEngine().connect(), 'client', 'setinfo', attribute, value)).toBe(`${reply}\r\n`);
  });

  test('outlives RESET, unlike the name and the switches', () => {
    const connection = new TestEngine().connect();
    lines(connection, 'client setinfo lib-name x|client setname y|client no-evict on|client no-touch on|reset|');
    expect(send(connection, 'client', 'info')).toMatch(/ name= .* flags=N .* lib-name=x /);
  });
});

test('traffic, errors and the last activity are counted', () => {
  const engine = new TestEngine();
  const connection = engine.connect();
  const { stats } = engine.engine.server;
  connection.receive('ping\r\n*x\r\n' as Bytes);
  expect(stats.netInputBytes).toBe(10);
  expect(stats.netOutputBytes).toBe('+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n'.length);
  expect(stats.errorsByCode.get('ERR')).toBe(1);
  expect(stats.connectionsReceived).toBe(2);
});

describe('sleep', () => {
  test('a connection wakes as it was', () => {
    const engine = new TestEngine(1, { full: 'secret' as Bytes, read: undefined });
    const connection = connectFrom(engine, { access: undefined, id: 99, address: '1.1.1.1:1' });
    lines(
      connection,
      'auth secret|hello 3|client setname me|client setinfo lib-name lib|client no-touch on|client no-evict on|client reply skip|',
    );
    expect(connection.idle).toBe(true);
    const snapshot = connection.snapshot();
    expect(structuredClone(snapshot)).toEqual(snapshot);
    expect(JSON.stringify(snapshot).length).toBeLessThan(2048);
    const before = engine.engine.server.stats.connectionsReceived;
    const woken = Connection.restore(engine.engine, JSON.parse(JSON.stringify(snapshot)));
    expect(engine.engine.server.stats.connectionsReceived).toBe(before);
    expect(woken.snapshot()).toEqual(snapshot);
    expect(lines(woken, 'ping|get missing|client info|')).toMatch(
      /^_\r\n=\d+\r\ntxt:id=99 addr=1.1.1.1:1 .* name=me .* flags=eT .* resp=3 lib-name=lib /,
    );
    expect(lines(woken, 'reset|ping|')).toMatch(/^\+RESET\r\n-NOAUTH /);
  });

  test('a connection with more than that stays awake', () => {
    const engine = new TestEngine();
    const busy: [string, string][] = [
      ['pi', 'ng|'],
      ['*2|$4|ec', 'ho|$1|x|'],
      ['multi|', 'exec|'],
      ['watch k|', 'unwatch|'],
      [`client setname ${'n'.repeat(2000)}|`, 'client setname n|'],
    ];
    for (const [begin, end] of busy) {
      const connection = engine.connect();
      expect(connection.idle).toBe(true);
      lines(connection, begin);
      expect(connection.idle).toBe(false);
      lines(connection, end);
      expect(connection.idle).toBe(true);
    }
    const conflicted = engine.connect();
    lines(conflicted, 'watch k|set k 1|');
    expect(conflicted.client.watching).toBe(0);
    expect(conflicted.idle).toBe(false);
  });
});
