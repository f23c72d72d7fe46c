// Commands that wait: who is served when, under the virtual clock.

import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/engine/connection';
import { TestEngine } from '../../support/engine';
import { request } from '../../support/raw-client';

/** A connection, and what it has been sent. */
class Client {
  readonly connection: Connection;
  /** How often it was told that a reply has come. */
  wakes = 0;

  constructor(engine: TestEngine) {
    this.connection = engine.connect();
    this.connection.onWake = () => {
      this.wakes++;
    };
  }

  get id(): number {
    return this.connection.client.id;
  }

  /** Sends a command line, words parted by spaces; returns what is answered at once. */
  send(...lines: string[]): string {
    return this.connection.receive(lines.map((line) => request(...line.split(' '))).join('') as never).output;
  }

  /** What has come since the last time. */
  take(): string {
    return this.connection.proceed().output;
  }
}

function setUp() {
  const engine = new TestEngine();
  return { engine, client: () => new Client(engine) };
}

const array = (...items: string[]) => `*${items.length}\r\n${items.map((item) => `$${item.length}\r\n${item}\r\n`).join('')}`;
const NOTHING = '*-1\r\n';

describe('waiting', () => {
  test('a command waits until its key has something, and others run meanwhile', () => {
    const { engine, client } = setUp();
    const waiting = client();
    expect(waiting.send('BLPOP k 0')).toBe('');
    expect(waiting.connection.blocked).toBe(true);
    expect(engine.run('SET', 'other', 'x')).toMatchObject({ text: 'OK' });
    expect(waiting.wakes).toBe(0);
    expect(engine.run('RPUSH', 'k', 'a', 'b')).toBe(2);
    expect(waiting.wakes).toBe(1);
    expect(waiting.connection.blocked).toBe(false);
    expect(waiting.take()).toBe(array('k', 'a'));
    expect(engine.run('LRANGE', 'k', 0, -1)).toEqual(['b']);
  });

  test('those who wait for a key are served in the order in which they began', () => {
    const { engine, client } = setUp();
    const clients = Array.from({ length: 5 }, client);
    clients.forEach((one, i) => {
      expect(one.send(i % 2 === 0 ? 'BLPOP k 0' : 'BRPOP none k 0')).toBe('');
    });
    engine.run('RPUSH', 'k', 'a', 'b', 'c');
    expect(clients.map((one) => one.take())).toEqual([array('k', 'a'), array('k', 'c'), array('k', 'b'), '', '']);
    engine.run('RPUSH', 'k', 'd');
    engine.run('RPUSH', 'k', 'e');
    expect(clients.map((one) => one.take())).toEqual(['', '', '', array('k', 'd'), array('k', 'e')]);
    expect(engine.run('EXISTS', 'k')).toBe(0);
  });

  test('a transaction is over before anybody is served, and the keys are served in the order of their changes', () => {
    const { engine, client } = setUp();
    const [both, second, pusher] = [client(), client(), client()];
    both.send('BLPOP a b 0');
    second.send('BLPOP a 0');
    expect(pusher.send('MULTI', 'RPUSH b 1', 'RPUSH a 2', 'LPUSH a 3', 'LLEN a', 'EXEC')).toContain('*4\r\n:1\r\n:1\r\n:2\r\n:2\r\n');
    expect(both.take()).toBe(array('b', '1'));
    expect(second.take()).toBe(array('a', '3'));
    expect(engine.run('LRANGE', 'a', 0, -1)).toEqual(['2']);
  });

  test('what a transaction takes away again was never there', () => {
    const { client } = setUp();
    const [waiting, pusher] = [client(), client()];
    waiting.send('BLPOP k 0');
    pusher.send('MULTI', 'RPUSH k a', 'DEL k', 'EXEC');
    expect(waiting.connection.blocked).toBe(true);
    pusher.send('MULTI', 'RPUSH k a', 'DEL k', 'SET k text', 'EXEC');
    expect(waiting.connection.blocked).toBe(true);
    pusher.send('DEL k', 'RPUSH k b');
    expect(waiting.take()).toBe(array('k', 'b'));
  });

  test('one that waits for another type goes on waiting', () => {
    const { engine, client } = setUp();
    const [list, zset] = [client(), client()];
    list.send('BLPOP k 0');
    zset.send('BZPOPMAX k 0');
    engine.run('ZADD', 'k', 1, 'm', 2, 'n');
    expect(zset.take()).toBe(array('k', 'n', '2'));
    expect(list.connection.blocked).toBe(true);
    engine.run('DEL', 'k');
    engine.run('RPUSH', 'k', 'a');
    expect(list.take()).toBe(array('k', 'a'));
  });

  test('elements go from list to list as long as somebody waits for them', () => {
    const { engine, client } = setUp();
    const [first, second, last] = [client(), client(), client()];
    last.send('BLPOP c 0');
    second.send('BLMOVE b c RIGHT LEFT 0');
    first.send('BRPOPLPUSH a b 0');
    engine.run('RPUSH', 'a', 'x');
    expect([first, second].map((one) => one.take())).toEqual(['$1\r\nx\r\n', '$1\r\nx\r\n']);
    expect(last.take()).toBe(array('c', 'x'));
    expect(engine.run('EXISTS', 'a', 'b', 'c')).toBe(0);
    expect(engine.replayed().run('DEBUG', 'DIGEST')).toEqual(engine.run('DEBUG', 'DIGEST'));
  });

  test('a circle of moves ends', () => {
    const { engine, client } = setUp();
    const [there, back] = [client(), client()];
    there.send('BRPOPLPUSH a b 0');
    back.send('BRPOPLPUSH b a 0');
    engine.run('RPUSH', 'a', 'x');
    expect([there, back].map((one) => one.take())).toEqual(['$1\r\nx\r\n', '$1\r\nx\r\n']);
    expect(engine.run('LRANGE', 'a', 0, -1)).toEqual(['x']);
    const self = client();
    self.send('BLMOVE s s LEFT RIGHT 0');
    engine.run('RPUSH', 's', '1', '2');
    expect(self.take()).toBe('$1\r\n1\r\n');
    expect(engine.run('LRANGE', 's', 0, -1)).toEqual(['2', '1']);
  });

  test('a destination of another type is an error then, and the element stays for the next one', () => {
    const { engine, client } = setUp();
    const [mover, popper] = [client(), client()];
    engine.run('SET', 'text', 'x');
    mover.send('BLMOVE k text LEFT LEFT 0');
    popper.send('BLPOP k 0');
    engine.run('RPUSH', 'k', 'a');
    expect(mover.take()).toMatch(/^-WRONGTYPE/);
    expect(popper.take()).toBe(array('k', 'a'));
    expect(engine.run('INFO', 'commandstats')).toMatchObject({ text: expect.stringMatching(/cmdstat_blmove:calls=1,.*failed_calls=1/) });
  });

  test.each([
    [
      'LPUSHX after SET',
      [
        ['RPUSH', 'src', 'v'],
        ['RENAME', 'src', 'k'],
      ],
    ],
    [
      'LMOVE',
      [
        ['RPUSH', 'src', 'v'],
        ['LMOVE', 'src', 'k', 'LEFT', 'LEFT'],
      ],
    ],
    [
      'COPY',
      [
        ['RPUSH', 'src', 'v'],
        ['COPY', 'src', 'k'],
      ],
    ],
    [
      'RPOPLPUSH',
      [
        ['RPUSH', 'src', 'v'],
        ['RPOPLPUSH', 'src', 'k'],
      ],
    ],
  ])('%s wakes too', (_name, lines) => {
    const { engine, client } = setUp();
    const waiting = client();
    waiting.send('BLPOP k 0');
    for (const line of lines) engine.run(...line);
    expect(waiting.take()).toBe(array('k', 'v'));
  });

  test('what a store command makes wakes too', () => {
    const { engine, client } = setUp();
    const waiting = client();
    waiting.send('BZMPOP 0 2 none k MAX COUNT 5');
    engine.run('ZADD', 'z', 1, 'a', 2, 'b');
    engine.run('ZUNIONSTORE', 'k', 1, 'z');
    expect(waiting.take()).toBe('*2\r\n$1\r\nk\r\n*2\r\n*2\r\n$1\r\nb\r\n$1\r\n2\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n');
  });
});

describe('the connection', () => {
  test('commands behind one that waits come after it', () => {
    const { engine, client } = setUp();
    const waiting = client();
    expect(waiting.send('SET x 1', 'BLPOP k 0', 'GET x', 'BLPOP k 0', 'GET x')).toBe('+OK\r\n');
    waiting.connection.push(request('DEL', 'x'));
    expect(waiting.take()).toBe('');
    engine.run('RPUSH', 'k', 'a');
    expect(waiting.take()).toBe(`${array('k', 'a')}$1\r\n1\r\n`);
    engine.run('RPUSH', 'k', 'b');
    expect(waiting.take()).toBe(`${array('k', 'b')}$1\r\n1\r\n:1\r\n`);
  });

  test('a push and a wait in one pipeline leave the element to who waited before', () => {
    const { engine, client } = setUp();
    const [first, pusher] = [client(), client()];
    first.send('BLPOP k 0');
    expect(pusher.send('LPUSH k 1', 'BLPOP k 0', 'PING')).toBe(':1\r\n');
    expect(first.take()).toBe(array('k', '1'));
    engine.run('LPUSH', 'k', '2');
    expect(pusher.take()).toBe(`${array('k', '2')}+PONG\r\n`);
  });

  test('one that has gone is not served', () => {
    const { engine, client } = setUp();
    const [gone, killed, alive] = [client(), client(), client()];
    for (const one of [gone, killed, alive]) one.send('BLPOP k 0');
    gone.connection.end();
    engine.run('CLIENT', 'KILL', 'ID', killed.id);
    engine.run('RPUSH', 'k', 'a');
    expect(alive.take()).toBe(array('k', 'a'));
    expect([gone.wakes, killed.wakes]).toEqual([0, 0]);
  });

  test('CLIENT REPLY mutes the reply that comes later', () => {
    const { engine, client } = setUp();
    const muted = client();
    expect(muted.send('CLIENT REPLY SKIP', 'BLPOP k 0', 'PING')).toBe('');
    engine.run('RPUSH', 'k', 'a');
    expect(muted.take()).toBe('+PONG\r\n');
  });

  test('it says that it waits', () => {
    const { engine, client } = setUp();
    const waiting = client();
    waiting.send('BLPOP k 0');
    expect(engine.run('CLIENT', 'LIST', 'ID', waiting.id)).toMatchObject({ text: expect.stringContaining(' flags=b ') });
    expect(engine.run('INFO', 'clients')).toMatchObject({ text: expect.stringContaining('blocked_clients:1\r\n') });
    engine.run('RPUSH', 'k', 'a');
    expect(engine.run('CLIENT', 'LIST', 'ID', waiting.id)).toMatchObject({ text: expect.stringContaining(' flags=N ') });
    expect(engine.run('INFO', 'clients')).toMatchObject({ text: expect.stringContaining('blocked_clients:0\r\n') });
  });

  test('what it sends meanwhile is bounded', () => {
    const { client } = setUp();
    const waiting = client();
    waiting.send('BLPOP k 0');
    for (let i = 0; i < 65; i++) waiting.connection.push('x'.repeat(1024 * 1024) as never);
    expect(waiting.connection.proceed().close).toBe(false);
    waiting.connection.push('x'.repeat(1024) as never);
    expect(waiting.connection.proceed().close).toBe(true);
  });
});

describe('the end of a wait', () => {
  test('each times out by itself, the earliest first', () => {
    const { engine, client } = setUp();
    const { blocking } = engine.engine;
    const [long, short, forever] = [client(), client(), client()];
    long.send('BLPOP a b 2.5');
    short.send('BLMOVE a b LEFT LEFT 0.0001');
    forever.send('BRPOP a 0');
    expect(blocking.nextDeadline).toBe(engine.now + 1);
    engine.now += 1;
    blocking.timeOut(engine.now);
    expect([short, long, forever].map((one) => one.take())).toEqual([NOTHING, '', '']);
    expect(blocking.nextDeadline).toBe(engine.now + 2499);
    engine.now += 2499;
    blocking.timeOut(engine.now);
    expect([short, long, forever].map((one) => one.take())).toEqual(['', NOTHING, '']);
    expect(blocking.nextDeadline).toBe(Number.POSITIVE_INFINITY);
    engine.run('RPUSH', 'a', 'x', 'y');
    expect(forever.take()).toBe(array('a', 'y'));
    expect(blocking.waitingCount).toBe(0);
  });

  test('is not ended by a key that has expired when the transaction that made it is over', () => {
    const { engine, client } = setUp();
    const waiting = client();
    waiting.send('BLPOP k 1');
    for (const line of ['MULTI', 'RPUSH k a', 'PEXPIRE k 100', 'DEBUG SLEEP 0.2', 'EXEC']) engine.run(...line.split(' '));
    expect(waiting.take()).toBe('');
    expect(engine.run('EXISTS', 'k')).toBe(0);
    engine.engine.blocking.timeOut(engine.now + 1000);
    expect(waiting.take()).toBe(NOTHING);
  });

  test('CLIENT UNBLOCK ends it as a time-out or with an error', () => {
    const { engine, client } = setUp();
    const [first, second] = [client(), client()];
    first.send('BLPOP k 0', 'PING');
    second.send('BLPOP k 0');
    expect(engine.run('CLIENT', 'UNBLOCK', first.id)).toBe(1);
    expect(engine.run('CLIENT', 'UNBLOCK', first.id)).toBe(0);
    expect(engine.run('CLIENT', 'UNBLOCK', second.id, 'ERROR')).toBe(1);
    expect(first.take()).toBe(`${NOTHING}+PONG\r\n`);
    expect(second.take()).toBe('-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n');
    expect(engine.run('INFO', 'commandstats')).toMatchObject({ text: expect.stringMatching(/cmdstat_blpop:calls=2,.*failed_calls=1/) });
  });

  test('the engine tells when there is another deadline to keep', () => {
    const engine = new TestEngine();
    const told: number[] = [];
    engine.onWaiting = () => told.push(engine.engine.blocking.nextDeadline - engine.now);
    const client = new Client(engine);
    client.send('BLPOP k 3');
    engine.run('RPUSH', 'k', 'a');
    expect(told).toEqual([3000, Number.POSITIVE_INFINITY]);
  });
});

describe('a pause', () => {
  test('puts writes off, in their order, and lets reads pass', () => {
    const { engine, client } = setUp();
    const [first, second, reader] = [client(), client(), client()];
    engine.run('CLIENT', 'PAUSE', 1000, 'WRITE');
    expect(first.send('SET k 1', 'GET k')).toBe('');
    expect(second.send('APPEND k 2')).toBe('');
    expect(reader.send('GET k', 'SET k')).toMatch(/^\$-1\r\n-ERR wrong number/);
    expect(engine.run('INFO', 'clients')).toMatchObject({ text: expect.stringContaining('blocked_clients:2\r\n') });
    expect(engine.run('CLIENT', 'UNBLOCK', first.id)).toBe(0);
    engine.run('CLIENT', 'UNPAUSE');
    expect([first.wakes, second.wakes]).toEqual([1, 1]);
    expect(first.take()).toBe('+OK\r\n$1\r\n1\r\n');
    expect(second.take()).toBe(':2\r\n');
  });

  test('ends by itself, and does not get shorter or milder', () => {
    const { engine, client } = setUp();
    const one = client();
    engine.run('CLIENT', 'PAUSE', 1000);
    engine.run('CLIENT', 'PAUSE', 10, 'WRITE');
    engine.now += 999;
    expect(one.send('PING')).toBe('');
    expect(engine.engine.blocking.nextDeadline).toBe(engine.now + 1);
    engine.now += 1;
    engine.engine.blocking.timeOut(engine.now);
    expect(one.take()).toBe('+PONG\r\n');
    expect(engine.engine.blocking.nextDeadline).toBe(Number.POSITIVE_INFINITY);
    engine.run('CLIENT', 'PAUSE', 0);
    expect(one.send('PING')).toBe('+PONG\r\n');
  });

  test('puts an EXEC off for what it would change, and a command that is queued', () => {
    const { engine, client } = setUp();
    const [writer, reader, queueing] = [client(), client(), client()];
    writer.send('MULTI', 'SET k 1');
    reader.send('MULTI', 'GET k');
    queueing.send('MULTI');
    engine.run('CLIENT', 'PAUSE', 1000, 'WRITE');
    expect(writer.send('EXEC')).toBe('');
    expect(reader.send('EXEC')).toBe('*1\r\n$-1\r\n');
    expect(queueing.send('SET k 2')).toBe('');
    engine.run('CLIENT', 'UNPAUSE');
    expect(writer.take()).toBe('*1\r\n+OK\r\n');
    expect(queueing.take()).toBe('+QUEUED\r\n');
  });

  test('begins at the end of the transaction that asks for it', () => {
    const { client } = setUp();
    const [one, two] = [client(), client()];
    expect(one.send('MULTI', 'SET a 1', 'CLIENT PAUSE 1000 WRITE', 'SET b 2', 'EXEC')).toContain('*3\r\n+OK\r\n+OK\r\n+OK\r\n');
    expect(two.send('SET c 3')).toBe('');
    expect(one.send('EXISTS a b c')).toBe(':2\r\n');
  });

  test('what writes all the same finds what has expired gone, and the journal too', () => {
    const engine = new TestEngine();
    engine.run('SADD', 'a', 'x');
    engine.run('PEXPIRE', 'a', 10);
    engine.run('SADD', 'b', 'y');
    engine.now += 20;
    for (const line of ['MULTI', 'CLIENT PAUSE 1000 WRITE', 'SUNIONSTORE c a b', 'DBSIZE', 'EXEC']) engine.run(...line.split(' '));
    engine.engine.expireDue(10);
    for (const one of [engine, engine.replayed()])
      expect([one.run('SMEMBERS', 'c'), one.run('DBSIZE')]).toMatchObject([{ items: ['y'] }, 2]);
  });

  test('one that goes meanwhile does not come back', () => {
    const { engine, client } = setUp();
    const one = client();
    engine.run('CLIENT', 'PAUSE', 1000);
    one.send('SET k 1');
    one.connection.end();
    engine.engine.blocking.pause.end();
    expect(one.wakes).toBe(0);
    expect(engine.run('EXISTS', 'k')).toBe(0);
  });

  test('lets nothing expire, though what is due is not there any more', () => {
    const { engine } = setUp();
    engine.run('SET', 'k', 'v', 'PX', 10);
    engine.run('SET', 'l', 'v', 'PX', 10);
    engine.run('CLIENT', 'PAUSE', 1000, 'WRITE');
    engine.now += 20;
    expect(engine.run('GET', 'k')).toBeNull();
    expect(['k', 'l']).toContain(engine.run('RANDOMKEY'));
    expect(engine.engine.expireDue(10)).toBe(false);
    expect(engine.run('DBSIZE')).toBe(2);
    expect(engine.engine.nextExpiry()).toBe(engine.now + 980);
    // A client that cannot wait is not put off by the engine itself.
    engine.run('SET', 'k', 'new');
    expect(engine.run('TTL', 'k')).toBe(-1);
    expect(engine.run('DBSIZE')).toBe(2);
    engine.run('CLIENT', 'UNPAUSE');
    engine.engine.expireDue(10);
    expect(engine.run('KEYS', '*')).toEqual(['k']);
    engine.flush();
    expect(engine.replayed().run('DEBUG', 'DIGEST')).toEqual(engine.run('DEBUG', 'DIGEST'));
  });
});

describe('what it leaves behind', () => {
  test('the journal holds what was done, and replays to the same', () => {
    const { engine, client } = setUp();
    const waiting = Array.from({ length: 4 }, client) as [Client, Client, Client, Client];
    waiting[0].send('BLPOP l 0');
    waiting[1].send('BLMPOP 0 1 l RIGHT COUNT 2');
    waiting[2].send('BLMOVE l m LEFT RIGHT 0');
    waiting[3].send('BZPOPMIN z 0');
    engine.run('RPUSH', 'l', 'a', 'b', 'c', 'd', 'e');
    engine.run('ZADD', 'z', 1, 'm', 2, 'n');
    expect(engine.run('LRANGE', 'm', 0, -1)).toEqual(['b']);
    expect(engine.run('LRANGE', 'l', 0, -1)).toEqual(['c']);
    expect(engine.replayed().run('DEBUG', 'DIGEST')).toEqual(engine.run('DEBUG', 'DIGEST'));
  });

  test('WATCH sees it, and the command is counted once', () => {
    const { engine, client } = setUp();
    const [waiting, watcher] = [client(), client()];
    waiting.send('BLPOP k 0');
    watcher.send('WATCH k', 'MULTI', 'PING');
    engine.run('RPUSH', 'k', 'a');
    expect(watcher.send('EXEC')).toBe(NOTHING);
    expect(engine.run('INFO', 'commandstats')).toMatchObject({ text: expect.stringMatching(/cmdstat_blpop:calls=1,.*failed_calls=0/) });
  });

  test('a client without a connection does not wait', () => {
    const { engine } = setUp();
    expect(engine.run('BLPOP', 'k', 0)).toMatchObject({ tag: 'null-array' });
    expect(engine.run('BLMOVE', 'k', 'l', 'LEFT', 'LEFT', 0)).toBeNull();
  });
});
