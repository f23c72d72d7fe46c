// XREAD and XREADGROUP that wait, under the virtual clock.

import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/engine/connection';
import { seededRandom, TestEngine } from '../../support/engine';
import { type Plain, plain } from '../../support/plain-reply';
import { request } from '../../support/raw-client';

/** A connection that waits. */
class Client {
  readonly connection: Connection;

  constructor(engine: TestEngine) {
    this.connection = engine.connect();
    this.connection.onWake = () => undefined;
  }

  send(...lines: string[]): string {
    return this.connection.receive(lines.map((line) => request(...line.split(' '))).join('') as never).output;
  }

  take(): string {
    return this.connection.proceed().output;
  }
}

function setUp() {
  const engine = new TestEngine();
  return { engine, client: () => new Client(engine), run: (line: string) => engine.run(...line.split(' ')) };
}

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
const array = (...items: string[]) => `*${items.length}\r\n${items.join('')}`;
const entry = (id: string, ...more: string[]) => array(bulk(id), array(bulk('f'), bulk('v')), ...more);
const answer = (key: string, ...entries: string[]) => array(array(bulk(key), array(...entries)));

describe('XREAD', () => {
  test('gets what is added after it began, and all who wait get it', () => {
    const { client, run } = setUp();
    run('XADD s 1 f v');
    const [one, two, three] = [client(), client(), client()];
    expect(one.send('XREAD BLOCK 0 STREAMS s $')).toBe('');
    expect(two.send('XREAD COUNT 1 BLOCK 0 STREAMS none s 0 1')).toBe('');
    expect(three.send('XREAD BLOCK 0 STREAMS s 5')).toBe('');
    run('XGROUP CREATE s g $');
    expect([one, two].map((each) => each.take())).toEqual(['', '']);
    run('XADD s 2 f v');
    expect([one, two, three].map((each) => each.take())).toEqual([answer('s', entry('2-0')), answer('s', entry('2-0')), '']);
    run('XADD s 6 f v');
    expect(three.take()).toBe(answer('s', entry('6-0')));
  });

  test('waits on for a key that is deleted or holds something else, and at the end answers null', () => {
    const { engine, client, run } = setUp();
    const one = client();
    one.send('XREAD BLOCK 1000 STREAMS s $');
    run('RPUSH s x');
    run('DEL s');
    engine.now += 1000;
    engine.engine.timeOut();
    expect(one.take()).toBe('*-1\r\n');
    one.send('XREAD BLOCK 0 STREAMS s +');
    run('XADD s 1 f v');
    expect(one.take()).toBe(answer('s', entry('1-0')));
  });

  test('answers with a map in RESP3', () => {
    const { client, run } = setUp();
    const one = client();
    one.send('HELLO 3');
    one.send('XREAD BLOCK 0 STREAMS s $');
    run('XADD s 1 f v');
    expect(one.take()).toBe(`%1\r\n${bulk('s')}${array(entry('1-0'))}`);
  });

  test('sees a transaction at once', () => {
    const { client } = setUp();
    const [one, writer] = [client(), client()];
    one.send('XREAD BLOCK 0 STREAMS s $');
    writer.send('MULTI', 'XADD s 1 f v', 'DEL s', 'EXEC');
    expect(one.take()).toBe('');
    writer.send('MULTI', 'XADD s 2 f v', 'XADD s 3 f v', 'EXEC');
    expect(one.take()).toBe(answer('s', entry('2-0'), entry('3-0')));
  });
});

describe('XREADGROUP', () => {
  test('gives each entry to one of those who wait, the first of them first', () => {
    const { engine, client, run } = setUp();
    run('XGROUP CREATE s g $ MKSTREAM');
    const clients = [client(), client(), client()];
    clients.forEach((each, i) => {
      expect(each.send(`XREADGROUP GROUP g c${i} BLOCK 0 STREAMS s >`)).toBe('');
    });
    run('XADD s 1 f v');
    run('XADD s 2 f v');
    expect(clients.map((each) => each.take())).toEqual([answer('s', entry('1-0')), answer('s', entry('2-0')), '']);
    expect(engine.run('XPENDING', 's', 'g')).toEqual([
      2,
      '1-0',
      '2-0',
      [
        ['c0', '1'],
        ['c1', '1'],
      ],
    ]);
    expect(engine.replayed().run('XPENDING', 's', 'g')).toEqual(engine.run('XPENDING', 's', 'g'));
    expect(engine.replayed().run('XINFO', 'GROUPS', 's')).toEqual(engine.run('XINFO', 'GROUPS', 's'));
  });

  test('ends when its group or its key is gone', () => {
    const gone = (...lines: string[]): string => {
      const { client, run } = setUp();
      run('XGROUP CREATE s g $ MKSTREAM');
      const one = client();
      one.send('XREADGROUP GROUP g c BLOCK 0 STREAMS s >');
      client().send('MULTI', ...lines, 'EXEC');
      return one.take();
    };
    const noGroup = '-NOGROUP the consumer group this client was blocked on no longer exists\r\n';
    for (const lines of [['DEL s'], ['FLUSHALL'], ['XGROUP DESTROY s g'], ['RENAME s t'], ['DEL s', 'XADD s 1 f v']]) {
      expect([lines, gone(...lines)]).toEqual([lines, noGroup]);
    }
    expect(gone('SET s text')).toBe('-UNBLOCKED the stream key no longer exists\r\n');
    expect(gone('DEL s', 'XGROUP CREATE s g $ MKSTREAM', 'XADD s 1 f v')).toBe(answer('s', entry('1-0')));
  });

  test('answers with history at once', () => {
    const { client, run } = setUp();
    run('XGROUP CREATE s g $ MKSTREAM');
    expect(client().send('XREADGROUP GROUP g c BLOCK 0 STREAMS s 0')).toBe(array(array(bulk('s'), array())));
  });

  test('claims what has been pending for long enough meanwhile, or was released', () => {
    const { engine, client, run } = setUp();
    run('XADD s 1 f v');
    run('XADD s 2 f v');
    run('XGROUP CREATE s g 0');
    run('XREADGROUP GROUP g c STREAMS s >');
    const one = client();
    engine.now += 400;
    expect(one.send('XREADGROUP GROUP g d BLOCK 0 COUNT 1 CLAIM 1000 STREAMS s >')).toBe('');
    expect(engine.engine.blocking.nextDeadline).toBe(engine.now + 600);
    engine.now += 599;
    engine.engine.timeOut();
    expect(one.take()).toBe('');
    engine.now += 1;
    engine.engine.timeOut();
    engine.flush();
    expect(one.take()).toBe(answer('s', entry('1-0', ':1000\r\n', ':1\r\n')));
    expect(engine.replayed().run('XPENDING', 's', 'g')).toEqual(engine.run('XPENDING', 's', 'g'));
    run('XACK s g 1');
    run('XCLAIM s g c 0 2');
    expect(one.send('XREADGROUP GROUP g d BLOCK 5000 CLAIM 1000000 STREAMS s >')).toBe('');
    run('XNACK s g FAIL IDS 1 2');
    expect(one.take()).toContain(bulk('2-0'));
    expect(one.send('XREADGROUP GROUP g d BLOCK 5000 CLAIM 1000000 STREAMS s >')).toBe('');
    engine.now += 5000;
    engine.engine.timeOut();
    expect(one.take()).toBe('*-1\r\n');
  });
});

test('consumers that come and go get every entry once, or it is still pending or unread', () => {
  const { engine, run } = setUp();
  const random = seededRandom(11);
  run('XGROUP CREATE s g 0 MKSTREAM');
  /** By entry: who has been sent it. */
  const delivered = new Map<string, string>();
  const acknowledged = new Set<string>();
  const clients = new Map<string, Client>();
  let made = 0;
  let added = 0;
  const take = (name: string, text: string): void => {
    for (const [, id = ''] of text.matchAll(/\r\n(\d+-\d+)\r\n/g)) {
      expect([id, delivered.get(id)]).toEqual([id, undefined]);
      delivered.set(id, name);
    }
  };
  for (let step = 0; step < 4000; step++) {
    while (clients.size < 10) clients.set(`c${++made}`, new Client(engine));
    const [name, client] = [...clients][random.below(clients.size)] as [string, Client];
    take(name, client.take());
    if (random.below(25) === 0) {
      client.connection.end();
      clients.delete(name);
    } else if (!client.connection.blocked) {
      take(name, client.send(`XREADGROUP GROUP g ${name} COUNT ${1 + random.below(3)} BLOCK 0 STREAMS s >`));
    }
    for (let adds = random.below(3); adds > 0; adds--) run(`XADD s ${++added}-0 f v`);
    const [id] = [...delivered.keys()].slice(-1 - random.below(5));
    if (id !== undefined && engine.run('XACK', 's', 'g', id) === 1) acknowledged.add(id);
  }
  const pending = plain(engine.run('XPENDING', 's', 'g', '-', '+', added)) as [string, string][];
  expect(made).toBeGreaterThan(100);
  expect(acknowledged.size).toBeGreaterThan(1000);
  // One that went before it had its answer has not seen what is pending for it.
  for (const [id, name] of pending) expect([name, undefined]).toContain(delivered.get(id));
  const [group] = plain(engine.run('XINFO', 'GROUPS', 's')) as Plain[][];
  expect(acknowledged.size + pending.length + (group?.at(-1) as number)).toBe(added);
  expect(engine.replayed().run('XPENDING', 's', 'g', '-', '+', added)).toEqual(engine.run('XPENDING', 's', 'g', '-', '+', added));
});
