// A transaction on one shard that depends on keys watched on others.

import { describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { TestCluster, wire } from '../../support/cluster';
import { seededRandom, type TestEngine } from '../../support/engine';

const SHARDS = 4;
const OK = '+OK\r\n';
const QUEUED = '+QUEUED\r\n';
const sample = new TestCluster({ shards: SHARDS });
const keys = Array.from({ length: SHARDS }, (_, shard) => sample.keyOf(shard)) as [string, string, string, string];
const [k0, k1, k2, k3] = keys;

const cluster = () => new TestCluster({ shards: SHARDS });
const engineOf = (one: TestCluster, shard: number) => one.engines[shard] as TestEngine;

/** Lets things arrive one by one until a shard is frozen. */
function untilFrozen(one: TestCluster, shard: number): void {
  while (!engineOf(one, shard).engine.blocking.freeze.isOn) if (!one.step()) throw new Error('it never freezes');
}

describe('keys watched on several shards', () => {
  test.each([
    ['by one WATCH', [wire('WATCH', k0, k1, k2)]],
    ['by several', [wire('WATCH', k2), wire('WATCH', k1, k1), wire('WATCH', k0)]],
  ])('%s: EXEC runs when none has changed, on any shard', (_name, watches) => {
    for (const key of keys) {
      const one = cluster();
      expect(one.ask(watches.join(''))).toBe(OK.repeat(watches.length));
      expect(one.ask(wire('MULTI') + wire('PING') + wire('INCR', key) + wire('EXEC'))).toBe(`${OK}${QUEUED}${QUEUED}*2\r\n+PONG\r\n:1\r\n`);
      // Nothing stays behind: neither a freeze nor what was watched.
      for (const { engine } of one.engines) expect(engine.blocking.isHolding).toBe(false);
      for (const engine of one.engines) engine.run('SET', keys[one.engines.indexOf(engine)] as string, '7');
      expect(one.ask(wire('MULTI') + wire('INCR', key) + wire('EXEC'))).toBe(`${OK}${QUEUED}*1\r\n:8\r\n`);
    }
  });

  test.each([0, 1, 2])('a change on shard %i stops it', (changed) => {
    for (const key of keys) {
      const one = cluster();
      one.send(wire('WATCH', k0, k1, k2) + wire('MULTI') + wire('SET', key, 'mine'));
      engineOf(one, changed).run('SET', keys[changed] as string, 'theirs');
      expect(one.ask(wire('EXEC'))).toBe('*-1\r\n');
      expect(one.ask(wire('GET', key))).toBe(keys[changed] === key ? '$6\r\ntheirs\r\n' : '$-1\r\n');
      expect(one.ask(wire('MULTI') + wire('SET', key, 'mine') + wire('EXEC'))).toBe(`${OK}${QUEUED}*1\r\n+OK\r\n`);
    }
  });

  test('null is RESP3 when the client speaks it', () => {
    const one = cluster();
    one.send(wire('HELLO', '3') + wire('WATCH', k1) + wire('MULTI') + wire('SET', k2, 'mine'));
    engineOf(one, 1).run('SET', k1, 'theirs');
    expect(one.ask(wire('EXEC'))).toBe('_\r\n');
  });

  test('a watched key that expires elsewhere stops it', () => {
    const one = cluster();
    one.send(wire('SET', k1, 'v', 'PX', 10) + wire('WATCH', k1) + wire('MULTI') + wire('SET', k2, 'mine'));
    engineOf(one, 1).now += 20;
    expect(one.ask(wire('EXEC'))).toBe('*-1\r\n');
  });

  test('UNWATCH, DISCARD and RESET forget what is watched on all of them', () => {
    const change = (one: TestCluster) => one.engines.forEach((engine, shard) => void engine.run('SET', keys[shard] as string, 'theirs'));
    for (const forget of [wire('UNWATCH'), wire('MULTI') + wire('DISCARD'), wire('RESET'), wire('MULTI') + wire('NOPE') + wire('EXEC')]) {
      const one = cluster();
      one.send(wire('WATCH', k0, k1, k2) + forget);
      change(one);
      expect(one.ask(wire('MULTI') + wire('GET', k3) + wire('EXEC'))).toBe(`${OK}${QUEUED}*1\r\n$6\r\ntheirs\r\n`);
    }
  });

  test('WATCH inside MULTI is refused and spoils nothing', () => {
    const one = cluster();
    expect(one.ask(wire('MULTI') + wire('SET', k1, 1) + wire('WATCH', k2, k3) + wire('EXEC'))).toBe(
      `${OK}${QUEUED}-ERR WATCH inside MULTI is not allowed\r\n*1\r\n+OK\r\n`,
    );
  });

  test('whoever would change something while it runs has to wait, and who reads has not', () => {
    const one = cluster();
    const other = engineOf(one, 1).connect();
    one.send(wire('WATCH', k1) + wire('MULTI') + wire('SET', k2, 'mine'));
    one.push(wire('EXEC'));
    untilFrozen(one, 1);
    let woken = false;
    other.onWake = () => {
      woken = true;
    };
    expect(other.receive(ascii(wire('GET', k1))).output).toBe('$-1\r\n');
    expect(other.receive(ascii(wire('SET', k1, 'theirs'))).output).toBe('');
    expect(woken).toBe(false);
    one.settle();
    expect(one.output.endsWith('*1\r\n+OK\r\n')).toBe(true);
    expect(woken).toBe(true);
    expect(other.proceed().output).toBe(OK);
  });

  test('when it comes too late to the shard that runs it, nothing is run', () => {
    const one = cluster();
    one.send(wire('WATCH', k1) + wire('MULTI') + wire('SET', k2, 'mine'));
    one.push(wire('EXEC'));
    untilFrozen(one, 2);
    // What goes to that shard from here on is that it freezes anew, and runs the transaction.
    const pieces = one.pieces[2] as number;
    while ((one.pieces[2] as number) < pieces + 2) one.step();
    engineOf(one, 2).now += 1500;
    one.settle();
    expect(one.output.endsWith('*-1\r\n')).toBe(true);
    expect(one.ask(wire('GET', k2))).toBe('$-1\r\n');
  });

  test('a session that goes away lets the others go on', () => {
    const one = cluster();
    const other = engineOf(one, 1).connect();
    one.send(wire('WATCH', k1) + wire('MULTI') + wire('SET', k2, 'mine'));
    one.push(wire('EXEC'));
    untilFrozen(one, 1);
    expect(other.receive(ascii(wire('SET', k1, 'theirs'))).output).toBe('');
    one.session.abandon();
    expect(other.proceed().output).toBe(OK);
  });

  test('it never runs on what has changed, however things arrive', () => {
    let ran = 0;
    let stopped = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const one = new TestCluster({ shards: SHARDS, random });
      const writers = [k1, k2].map((key) => ({ key, connection: engineOf(one, one.slots.shardOf(ascii(key))).connect() }));
      const current = (shard: number, key: string) => String(engineOf(one, shard).run('GET', key));
      one.send(wire('SET', k1, 0) + wire('SET', k2, 0) + wire('WATCH', k1, k2));
      const read = `${current(1, k1)}:${current(2, k2)}`;
      one.send(wire('MULTI') + wire('SET', k3, read));
      one.push(wire('EXEC'));
      for (let going = true; going; ) {
        going = one.step();
        if (current(3, k3) !== 'null') {
          if (current(3, k3) === read && going) expect(`${current(1, k1)}:${current(2, k2)}`).toBe(read);
          break;
        }
        const writer = writers[random.below(2)];
        if (random.below(12) === 0 && !writer?.connection.blocked) writer?.connection.receive(ascii(wire('INCR', writer.key)));
      }
      one.settle();
      if (one.output.endsWith('*-1\r\n')) stopped++;
      else if (one.output.endsWith('*1\r\n+OK\r\n')) ran++;
    }
    expect(ran + stopped).toBe(200);
    expect(Math.min(ran, stopped)).toBeGreaterThan(10);
  });
});
