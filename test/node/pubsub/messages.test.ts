// Publish and subscribe on one shard: who is sent what, when, and in which order.

import { describe, expect, test } from 'vitest';
import { Connection } from '../../../src/engine/connection';
import { TestEngine } from '../../support/engine';
import { Listener } from '../../support/listener';
import { plain } from '../../support/plain-reply';

const MIB = 1024 * 1024;

function array(...items: (string | number)[]): string {
  return `*${items.length}\r\n${items.map((item) => (typeof item === 'number' ? `:${item}\r\n` : `$${item.length}\r\n${item}\r\n`)).join('')}`;
}
const push = (...items: (string | number)[]) => `>${array(...items).slice(1)}`;

/** A subscriber that has had its confirmation. */
function subscriber(engine: TestEngine, ...line: string[]): Listener {
  const listener = new Listener(engine);
  listener.ask(line);
  return listener;
}

describe('a message', () => {
  test('reaches each subscription once: channels, and patterns for each that matches', () => {
    const engine = new TestEngine();
    const one = subscriber(engine, 'SUBSCRIBE', 'news');
    one.ask(['PSUBSCRIBE', 'n*', 'ne??', 'x*']);
    const other = subscriber(engine, 'SUBSCRIBE', 'other');
    expect(engine.run('PUBLISH', 'news', 'hello')).toBe(3);
    expect(one.take()).toBe(
      array('message', 'news', 'hello') + array('pmessage', 'n*', 'news', 'hello') + array('pmessage', 'ne??', 'news', 'hello'),
    );
    expect(other.take()).toBe('');
    expect(engine.run('PUBLISH', 'quiet', 'hello')).toBe(0);
  });

  test('of a shard channel is apart from those of other channels', () => {
    const engine = new TestEngine();
    const plainOne = subscriber(engine, 'SUBSCRIBE', 'c');
    const sharded = subscriber(engine, 'SSUBSCRIBE', 'c');
    const pattern = subscriber(engine, 'PSUBSCRIBE', 'c');
    expect(engine.run('SPUBLISH', 'c', 'm')).toBe(1);
    expect([plainOne.take(), sharded.take(), pattern.take()]).toEqual(['', array('smessage', 'c', 'm'), '']);
    expect(engine.run('PUBLISH', 'c', 'm')).toBe(2);
    expect(sharded.take()).toBe('');
  });

  test('is a push in RESP3, where any command may be run meanwhile', () => {
    const engine = new TestEngine();
    const listener = new Listener(engine);
    listener.ask(['HELLO', 3]);
    expect(listener.ask(['SUBSCRIBE', 'c'])).toBe(push('subscribe', 'c', 1));
    expect(listener.ask(['SET', 'k', 'v'])).toBe('+OK\r\n');
    engine.run('PUBLISH', 'c', 'm');
    expect(listener.take()).toBe(push('message', 'c', 'm'));
    expect(listener.ask(['PUBLISH', 'c', 'own'])).toBe(`:1\r\n${push('message', 'c', 'own')}`);
  });

  test('comes in the order in which it was published, from transactions and scripts too', () => {
    const engine = new TestEngine();
    const listener = subscriber(engine, 'SUBSCRIBE', 'c');
    engine.run('PUBLISH', 'c', '1');
    engine.run('MULTI');
    engine.run('PUBLISH', 'c', '2');
    engine.run('EVAL', "redis.call('publish', 'c', '3') return redis.call('publish', 'c', '4')", 0);
    engine.run('PUBLISH', 'c', '5');
    expect(listener.take()).toBe(array('message', 'c', '1'));
    expect(plain(engine.run('EXEC'))).toEqual([1, 1, 1]);
    expect(listener.take()).toBe(['2', '3', '4', '5'].map((text) => array('message', 'c', text)).join(''));
  });

  test('of a script that is stopped is not sent', () => {
    const engine = new TestEngine();
    const listener = subscriber(engine, 'SUBSCRIBE', 'c');
    engine.run('CONFIG', 'SET', 'busy-reply-threshold', 1);
    expect(plain(engine.run('EVAL', "redis.call('publish', 'c', 'm') while true do end", 0))).toMatch(/Script killed/);
    expect(listener.take()).toBe('');
  });

  test('is for those who are subscribed when it is published', () => {
    const engine = new TestEngine();
    const listener = new Listener(engine);
    engine.run('PUBLISH', 'c', 'early');
    listener.ask(['SUBSCRIBE', 'c']);
    engine.run('PUBLISH', 'c', 'm');
    expect(listener.ask(['UNSUBSCRIBE', 'c'])).toBe(array('message', 'c', 'm') + array('unsubscribe', 'c', 0));
    engine.run('PUBLISH', 'c', 'late');
    expect(listener.take()).toBe('');
  });

  test('comes whatever CLIENT REPLY says', () => {
    const engine = new TestEngine();
    const listener = new Listener(engine);
    expect(listener.ask(['HELLO', 3], ['CLIENT', 'REPLY', 'OFF'], ['SUBSCRIBE', 'c'])).toContain(push('subscribe', 'c', 1));
    engine.run('PUBLISH', 'c', 'm');
    expect(listener.take()).toBe(push('message', 'c', 'm'));
    expect(listener.ask(['PING'])).toBe('');
  });
});

describe('a subscriber', () => {
  test('that speaks RESP2 may run what is about subscriptions, until it has none', () => {
    const engine = new TestEngine();
    const listener = subscriber(engine, 'SUBSCRIBE', 'a');
    expect(listener.ask(['GET', 'k'])).toBe(
      "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n",
    );
    expect(listener.ask(['PING'], ['PING', 'x'])).toBe(array('pong', '') + array('pong', 'x'));
    expect(listener.ask(['PSUBSCRIBE', 'p*'], ['SSUBSCRIBE', 's'])).toBe(array('psubscribe', 'p*', 2) + array('ssubscribe', 's', 1));
    expect(listener.ask(['PUNSUBSCRIBE'], ['SUNSUBSCRIBE', 's'], ['UNSUBSCRIBE'])).toBe(
      array('punsubscribe', 'p*', 1) + array('sunsubscribe', 's', 0) + array('unsubscribe', 'a', 0),
    );
    expect(listener.ask(['GET', 'k'])).toBe('$-1\r\n');
    expect(listener.ask(['UNSUBSCRIBE'])).toBe('*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n');
  });

  test('is forgotten when it goes, with RESET and with CLIENT KILL', () => {
    const engine = new TestEngine();
    const gone = subscriber(engine, 'SUBSCRIBE', 'c');
    const reset = subscriber(engine, 'SUBSCRIBE', 'c');
    const killed = subscriber(engine, 'SUBSCRIBE', 'c');
    expect(plain(engine.run('PUBSUB', 'NUMSUB', 'c', 'd'))).toEqual(['c', 3, 'd', 0]);
    gone.connection.end();
    expect(reset.ask(['RESET'])).toBe('+RESET\r\n');
    expect(plain(engine.run('PUBSUB', 'NUMSUB', 'c'))).toEqual(['c', 1]);
    expect(engine.run('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBe(1);
    expect(killed.closed).toBe(true);
    expect(plain(engine.run('PUBSUB', 'CHANNELS'))).toEqual([]);
    expect(reset.ask(['GET', 'k'])).toBe('$-1\r\n');
  });

  test('is seen by CLIENT LIST, INFO and PUBSUB', () => {
    const engine = new TestEngine();
    subscriber(engine, 'SUBSCRIBE', 'a', 'b').ask(['PSUBSCRIBE', 'p*']);
    subscriber(engine, 'SSUBSCRIBE', 's1', 's2', 's3');
    const list = (engine.run('CLIENT', 'LIST', 'TYPE', 'pubsub') as { text: string }).text;
    expect(list).toMatch(/flags=P db=0 sub=2 psub=1 ssub=0/);
    expect(list).toMatch(/flags=P db=0 sub=0 psub=0 ssub=3/);
    const { text } = engine.run('INFO', 'stats') as { text: string };
    expect(text).toMatch(/pubsub_channels:2\r\npubsub_patterns:1\r\npubsubshard_channels:3/);
    expect(plain(engine.run('PUBSUB', 'CHANNELS', 'b*'))).toEqual(['b']);
    expect(engine.run('PUBSUB', 'NUMPAT')).toBe(1);
    expect(plain(engine.run('PUBSUB', 'SHARDCHANNELS', 's[12]'))).toEqual(['s1', 's2']);
    expect(plain(engine.run('PUBSUB', 'SHARDNUMSUB', 's3', 'a'))).toEqual(['s3', 1, 'a', 0]);
    expect(JSON.stringify(plain(engine.run('PUBSUB', 'HELP')))).toContain('NUMPAT');
  });

  test('goes on after its connection has slept', () => {
    const engine = new TestEngine();
    const before = subscriber(engine, 'SUBSCRIBE', 'a', 'b');
    before.ask(['PSUBSCRIBE', 'p*']);
    expect(before.connection.idle).toBe(true);
    const { client } = before.connection;
    const snapshot = before.connection.snapshot();
    expect(before.connection.hasUnsavedState).toBe(false);
    before.ask(['UNSUBSCRIBE', 'b']);
    expect(before.connection.hasUnsavedState).toBe(true);
    const next = new TestEngine();
    const after = new Listener(next, { connection: Connection.restore(next.engine, snapshot, undefined, [...client.subscriptions]) });
    expect(after.connection.hasUnsavedState).toBe(false);
    expect([next.run('PUBLISH', 'a', '1'), next.run('PUBLISH', 'b', '2'), next.run('PUBLISH', 'p1', '3')]).toEqual([1, 0, 1]);
    expect(after.take()).toBe(array('message', 'a', '1') + array('pmessage', 'p*', 'p1', '3'));
    expect(after.ask(['UNSUBSCRIBE'])).toBe(array('unsubscribe', 'a', 1));
  });

  test('of a read-only token hears channels that it names, and nothing that it would have to guess', () => {
    const engine = new TestEngine();
    const listener = new Listener(engine, { access: 'read' });
    expect(listener.ask(['PUBLISH', 'c', 'm'])).toMatch(/^-NOPERM/);
    expect(listener.ask(['PSUBSCRIBE', '*'])).toMatch(/^-NOPERM/);
    expect(listener.ask(['SUBSCRIBE', '__keyevent@0__:set'])).toMatch(/^-NOPERM/);
    expect(listener.ask(['PUBSUB', 'CHANNELS'])).toMatch(/^-NOPERM/);
    expect(listener.ask(['SUBSCRIBE', 'c'])).toBe(array('subscribe', 'c', 1));
    engine.run('PUBLISH', 'c', 'm');
    expect(listener.take()).toBe(array('message', 'c', 'm'));
  });
});

describe('a subscriber that does not read', () => {
  /** Its transport takes nothing. */
  function stuck(engine: TestEngine): Listener {
    const listener = subscriber(engine, 'SUBSCRIBE', 'c');
    listener.connection.onWake = () => undefined;
    return listener;
  }

  test('is closed at 32 MiB, with the reason', () => {
    const engine = new TestEngine();
    const listener = stuck(engine);
    const text = 'x'.repeat(MIB);
    for (let i = 0; i < 31; i++) engine.run('PUBLISH', 'c', text);
    expect(listener.closed).toBe(false);
    engine.run('PUBLISH', 'c', text);
    expect(listener.closed).toBe(true);
    expect(listener.connection.client.closeReason).toMatch(/did not read/);
    expect(engine.run('PUBLISH', 'c', text)).toBe(0);
  });

  test('is closed when it leaves 8 MiB lying about for a minute', () => {
    const engine = new TestEngine();
    const listener = stuck(engine);
    for (let i = 0; i < 9; i++) engine.run('PUBLISH', 'c', 'x'.repeat(MIB));
    engine.now += 59_000;
    engine.run('PUBLISH', 'c', 'x');
    expect(listener.closed).toBe(false);
    engine.now += 2000;
    engine.run('PUBLISH', 'c', 'x');
    expect(listener.closed).toBe(true);
  });

  test('and cannot be measured is closed when so much has been sent since it sent anything', () => {
    const engine = new TestEngine();
    const listener = new Listener(engine, { measured: false });
    listener.ask(['SUBSCRIBE', 'c']);
    const publish = (count: number) => {
      for (let i = 0; i < count; i++) engine.run('PUBLISH', 'c', 'x'.repeat(MIB));
    };
    publish(20);
    listener.ask(['PING']);
    publish(20);
    expect(listener.closed).toBe(false);
    publish(20);
    expect(listener.closed).toBe(true);
  });
});
