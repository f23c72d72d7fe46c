// Commands that wait, over a session of several shards.

import { describe, expect, test } from 'vitest';
import { TestCluster, wire } from '../../support/cluster';
import { seededRandom, type TestEngine } from '../../support/engine';

const SHARDS = 3;
const sample = new TestCluster({ shards: SHARDS });
const [k0, k1, k2] = Array.from({ length: SHARDS }, (_, shard) => sample.keyOf(shard)) as [string, string, string];
const array = (...items: string[]) => `*${items.length}\r\n${items.map((item) => `$${item.length}\r\n${item}\r\n`).join('')}`;
const NOTHING = '*-1\r\n';

class Cluster extends TestCluster {
  on(shard: number): TestEngine {
    return this.engines[shard] as TestEngine;
  }

  /** A command of somebody else, and what this client is sent because of it. */
  meanwhile(shard: number, ...argv: (string | number)[]): string {
    const before = this.output.length;
    this.on(shard).run(...argv);
    this.settle();
    return this.output.slice(before);
  }

  get waiting(): number[] {
    return this.engines.map(({ engine }) => engine.blocking.waitingCount);
  }

  /** Lets time pass on all shards. */
  pass(ms: number): void {
    for (const engine of this.engines) {
      engine.now += ms;
      engine.engine.blocking.timeOut(engine.now);
    }
    this.settle();
  }
}

const cluster = () => new Cluster({ shards: SHARDS });
const idOf = (one: Cluster) => Number(one.ask(wire('CLIENT', 'ID')).slice(1));

describe('all keys on one shard', () => {
  test.each([
    [0, k0],
    [2, k2],
  ])('shard %i: it is served, and what follows it waits', (shard, key) => {
    const one = cluster();
    expect(one.ask(wire('BLPOP', key, 0) + wire('SET', k1, 'x') + wire('GET', k1))).toBe('');
    expect(one.on(1).run('EXISTS', k1)).toBe(0);
    expect(one.meanwhile(shard, 'RPUSH', key, 'a')).toBe(`${array(key, 'a')}+OK\r\n$1\r\nx\r\n`);
    expect(one.waiting).toEqual([0, 0, 0]);
  });

  test('it times out, and CLIENT UNBLOCK finds it', () => {
    const one = cluster();
    const id = idOf(one);
    expect(one.ask(wire('BLPOP', k2, 1))).toBe('');
    one.pass(1000);
    expect(one.output.endsWith(NOTHING)).toBe(true);
    expect(one.ask(wire('BLMOVE', k2, `{${k2}}x`, 'LEFT', 'LEFT', 0))).toBe('');
    expect(one.on(0).run('CLIENT', 'LIST', 'ID', id)).toMatchObject({ text: expect.stringMatching(/ flags=b .* cmd=blmove /) });
    expect(one.meanwhile(0, 'CLIENT', 'UNBLOCK', id)).toBe(NOTHING);
    expect(one.ask(wire('BLPOP', k2, 0))).toBe('');
    expect(one.meanwhile(0, 'CLIENT', 'UNBLOCK', id, 'ERROR')).toBe('-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n');
    expect(one.waiting).toEqual([0, 0, 0]);
    expect(one.ask(wire('PING'))).toBe('+PONG\r\n');
  });
});

describe('keys on several shards', () => {
  test('what is there is taken in the order of the keys', () => {
    const one = cluster();
    one.on(1).run('RPUSH', k1, 'b');
    one.on(2).run('RPUSH', k2, 'c');
    expect(one.ask(wire('BLPOP', k0, k2, k1, 0))).toBe(array(k2, 'c'));
    expect(one.ask(wire('BLMPOP', 0, 3, k0, k2, k1, 'LEFT', 'COUNT', 5))).toBe(`*2\r\n$${k1.length}\r\n${k1}\r\n*1\r\n$1\r\nb\r\n`);
    one.on(0).run('SET', k0, 'text');
    expect(one.ask(wire('BRPOP', k1, k0, 0))).toMatch(/^-WRONGTYPE/);
    expect(one.waiting).toEqual([0, 0, 0]);
  });

  test.each([0, 1, 2])('it waits for all of them: shard %i', (shard) => {
    const one = cluster();
    const key = [k0, k1, k2][shard] as string;
    expect(one.ask(wire('BLPOP', k0, k1, k2, 0) + wire('PING'))).toBe('');
    expect(one.waiting).toEqual([1, 1, 1]);
    expect(one.meanwhile(shard, 'RPUSH', key, 'a', 'b')).toBe(`${array(key, 'a')}+PONG\r\n`);
    expect(one.waiting).toEqual([0, 0, 0]);
    expect(one.on(shard).run('LRANGE', key, 0, -1)).toEqual(['b']);
  });

  test('a sorted set, and values of other types on the way', () => {
    const one = cluster();
    expect(one.ask(wire('BZMPOP', 0, 2, k1, k2, 'MAX', 'COUNT', 2))).toBe('');
    expect(one.meanwhile(1, 'SET', k1, 'text')).toBe('');
    expect(one.meanwhile(2, 'RPUSH', k2, 'text')).toBe('');
    one.on(2).run('DEL', k2);
    expect(one.meanwhile(2, 'ZADD', k2, 1, 'a', 2, 'b', 3, 'c')).toContain('c\r\n$1\r\n3');
    expect(one.waiting).toEqual([0, 0, 0]);
  });

  test('somebody who was faster lets it wait on, and no longer than it wanted to', () => {
    const one = cluster();
    const fast = one.on(1).connect();
    expect(one.ask(wire('BLPOP', k1, k2, 1))).toBe('');
    fast.receive(wire('BLPOP', k1, 0) as never);
    one.on(1).now += 400;
    one.on(2).now += 400;
    one.on(0).now += 400;
    expect(one.meanwhile(1, 'RPUSH', k1, 'a')).toBe('');
    expect(fast.proceed().output).toBe(array(k1, 'a'));
    expect(one.waiting).toEqual([1, 1, 1]);
    one.pass(600);
    expect(one.output).toBe(NOTHING);
    expect(one.waiting).toEqual([0, 0, 0]);
  });

  test('CLIENT UNBLOCK ends it wherever the keys are', () => {
    const one = cluster();
    const id = idOf(one);
    one.send(wire('BLPOP', k1, k2, 0));
    expect(one.meanwhile(0, 'CLIENT', 'UNBLOCK', id, 'ERROR')).toBe('-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n');
    one.send(wire('BLPOP', k0, k2, 0));
    expect(one.meanwhile(0, 'CLIENT', 'UNBLOCK', id, 'TIMEOUT')).toBe(NOTHING);
    expect(one.waiting).toEqual([0, 0, 0]);
    expect(one.meanwhile(2, 'RPUSH', k2, 'a')).toBe('');
    expect(one.ask(wire('LLEN', k2))).toBe(':1\r\n');
  });

  test('a client that goes takes nothing with it', () => {
    const one = cluster();
    one.send(wire('BLPOP', k0, k1, k2, 0));
    one.session.end();
    expect(one.closed).toBeDefined();
    one.meanwhile(1, 'RPUSH', k1, 'a');
    expect(one.on(1).run('LLEN', k1)).toBe(1);
    expect(one.waiting).toEqual([0, 0, 0]);
  });

  test.each([
    [[k1], 1],
    [[k1, k2], 1],
    [[k2, k1], 2],
  ])('a client that is killed gets what was taken for it before: %j', (keys, shard) => {
    const one = cluster();
    const id = idOf(one);
    one.send(wire('BLPOP', ...keys, 0));
    const before = one.output.length;
    one.on(shard).run('RPUSH', keys[0] as string, 'a');
    // Somebody else's command reaches the home shard before the session has heard of the element, or while it takes it.
    for (let steps = keys.length === 1 ? 0 : 3; steps > 0; steps--) one.step();
    one.on(0).run('CLIENT', 'KILL', 'ID', id);
    one.closeLink(0);
    one.settle();
    expect(one.closed).toBeDefined();
    const left = one.on(shard).run('LLEN', keys[0] as string);
    expect(one.output.slice(before)).toBe(left === 0 ? array(keys[0] as string, 'a') : '');
    expect(one.waiting).toEqual([0, 0, 0]);
  });

  test('inside of a transaction they have to be together', () => {
    expect(cluster().ask(wire('MULTI') + wire('BLPOP', k0, k1, 0) + wire('EXEC'))).toBe(
      "+OK\r\n-CROSSSLOT Keys in request don't hash to the same slot\r\n-EXECABORT Transaction discarded because of previous errors.\r\n",
    );
  });

  test('CLIENT REPLY mutes the answer, and RESP3 has its own null', () => {
    const one = cluster();
    expect(one.ask(wire('CLIENT', 'REPLY', 'SKIP') + wire('BLPOP', k1, k2, 0) + wire('PING'))).toBe('');
    expect(one.meanwhile(1, 'RPUSH', k1, 'a')).toBe('+PONG\r\n');
    one.send(wire('HELLO', 3));
    one.send(wire('BLPOP', k1, k2, 1));
    one.pass(1000);
    expect(one.output.endsWith('_\r\n')).toBe(true);
  });
});

describe('streams on several shards', () => {
  const entry = (id: string) => `*2\r\n$${id.length}\r\n${id}\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n`;
  const of = (key: string, id: string) => `*2\r\n$${key.length}\r\n${key}\r\n*1\r\n${entry(id)}`;

  test('what is there is one answer, in the order of the keys', () => {
    const one = cluster();
    one.on(0).run('XADD', k0, '1-0', 'f', 'v');
    one.on(2).run('XADD', k2, '2-0', 'f', 'v');
    const line = wire('XREAD', 'COUNT', 5, 'BLOCK', 0, 'STREAMS', k2, k1, k0, 0, 0, 0);
    expect(one.ask(line)).toBe(`*2\r\n${of(k2, '2-0')}${of(k0, '1-0')}`);
    expect(one.ask(wire('XREAD', 'STREAMS', k1, k0, 0, '1-0'))).toBe(NOTHING);
    expect(one.ask(wire('XREAD', 'STREAMS', k1, k0, 'x', 0))).toMatch(/^-ERR Invalid stream ID/);
    expect(one.ask(wire('XREAD', 'STREAMS', k1, k0, 0, 0, 0))).toMatch(/^-ERR Unbalanced/);
    one.send(wire('HELLO', 3));
    expect(one.ask(line)).toMatch(/^%2\r\n/);
    expect(one.waiting).toEqual([0, 0, 0]);
  });

  test.each([1, 2])('XREAD waits for the next entry of any: shard %i', (shard) => {
    const one = cluster();
    const key = [k0, k1, k2][shard] as string;
    one.on(shard).run('XADD', key, '1-0', 'f', 'v');
    expect(one.ask(wire('XREAD', 'BLOCK', 0, 'STREAMS', k1, k2, '$', '$') + wire('PING'))).toBe('');
    expect(one.meanwhile(shard, 'XADD', key, '2-0', 'f', 'v')).toBe(`*1\r\n${of(key, '2-0')}+PONG\r\n`);
    expect(one.waiting).toEqual([0, 0, 0]);
  });

  test('XREADGROUP delivers to whoever comes first, and the others wait on', () => {
    const one = cluster();
    for (const [shard, key] of [k0, k1, k2].entries()) one.on(shard).run('XGROUP', 'CREATE', key, 'g', '$', 'MKSTREAM');
    const rival = one.on(1).connect();
    expect(one.ask(wire('XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', 1000, 'STREAMS', k1, k2, '>', '>'))).toBe('');
    rival.receive(wire('XREADGROUP', 'GROUP', 'g', 'r', 'BLOCK', 0, 'STREAMS', k1, '>') as never);
    expect(one.meanwhile(1, 'XADD', k1, '1-0', 'f', 'v')).toBe('');
    expect(rival.proceed().output).toBe(`*1\r\n${of(k1, '1-0')}`);
    expect(one.meanwhile(2, 'XADD', k2, '2-0', 'f', 'v')).toBe(`*1\r\n${of(k2, '2-0')}`);
    expect(one.on(2).run('XPENDING', k2, 'g')).toMatchObject([1, '2-0', '2-0', expect.anything()]);
    one.send(wire('XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', 1000, 'STREAMS', k1, k2, '>', '>'));
    one.pass(1000);
    expect(one.output.endsWith(NOTHING)).toBe(true);
    expect(one.waiting).toEqual([0, 0, 0]);
  });
});

describe('whatever happens when', () => {
  test.each(Array.from({ length: 40 }, (_, i) => i))('every element goes to one client or is still there: seed %i', (seed) => {
    const random = seededRandom(seed);
    const one = new Cluster({ shards: SHARDS, random });
    const id = idOf(one);
    const rivals = one.engines.map((engine) => engine.connect());
    const keys = [k0, k1, k2];
    const taken: string[] = [];
    let pushed = 0;
    let asked = 0;
    const answers = () => (one.output.match(/\*2\r\n|\*-1\r\n|-UNBLOCKED/g) ?? []).length;
    for (let step = 0; step < 400; step++) {
      const shard = random.below(SHARDS);
      switch (random.below(12)) {
        case 0:
          one.on(shard).run('RPUSH', keys[shard] as string, `<${pushed++}>`);
          break;
        case 1:
          if (asked > answers()) break;
          asked++;
          one.push(wire('BLPOP', ...(random.below(3) === 0 ? [keys[shard] as string] : keys), random.below(2) === 0 ? 0 : 0.05));
          break;
        case 2:
          if (!rivals[shard]?.blocked) taken.push(rivals[shard]?.receive(wire('BLPOP', keys[shard] as string, 0) as never).output ?? '');
          break;
        case 3:
          if (random.below(4) === 0) one.on(0).run('CLIENT', 'UNBLOCK', id, random.below(2) === 0 ? 'ERROR' : 'TIMEOUT');
          break;
        case 4:
          for (const engine of one.engines) {
            engine.now += 10;
            engine.engine.blocking.timeOut(engine.now);
          }
          break;
        default:
          one.step();
      }
    }
    one.settle();
    one.on(0).run('CLIENT', 'UNBLOCK', id);
    one.settle();
    taken.push(...rivals.map((rival) => rival.proceed().output), one.output);
    const left = one.engines.flatMap((engine, shard) => engine.run('LRANGE', keys[shard] as string, 0, -1) as string[]);
    const found = [...taken, ...left].join('').match(/<\d+>/g) ?? [];
    expect(pushed).toBeGreaterThan(15);
    expect(asked).toBeGreaterThan(3);
    expect(answers()).toBe(asked);
    expect(found.length).toBe(pushed);
    expect(new Set(found).size).toBe(pushed);
  });
});

describe('the word by which the edge says how a command may wait', () => {
  const mark = (how: string) => `\0kedge:${how}:1:x`;

  test.each(['full', undefined] as const)('is an unknown command when a client sends it (access %s)', (access) => {
    const one = new Cluster({ shards: SHARDS, access });
    // As in Redis the text ends at the NUL with which the word begins.
    const unknown = (args: string) => `-ERR unknown command '', with args beginning with: ${args}\r\n`;
    expect(one.ask(wire(mark('watch'), 'BLPOP', k0, 0))).toBe(unknown(`'BLPOP' '${k0}' '0' `));
    expect(one.ask(wire(mark('hold')) + wire(mark('try'), 'SET', k1, 'x'))).toBe(unknown('') + unknown(`'SET' '${k1}' 'x' `));
    expect(one.engines.map((engine) => engine.run('EXISTS', k1))).toEqual([0, 0, 0]);
    expect(one.waiting).toEqual([0, 0, 0]);
  });

  test('breaks a transaction, as any other unknown command does', () => {
    const one = cluster();
    expect(one.ask(wire('MULTI') + wire(mark('try'), 'GET', k1) + wire('EXEC'))).toMatch(/^\+OK\r\n-ERR unknown command .*\r\n-EXECABORT /);
  });
});

describe('streams on several shards, as a whole', () => {
  const entry = (id: string, value: string) => `*2\r\n$${id.length}\r\n${id}\r\n${array('f', value)}`;
  const stream = (key: string, ...entries: string[]) => `*2\r\n$${key.length}\r\n${key}\r\n*${entries.length}\r\n${entries.join('')}`;
  const withEntries = () => {
    const one = cluster();
    one.on(0).run('XADD', k0, '1-0', 'f', 'a');
    one.on(1).run('XADD', k1, '1-0', 'f', 'b');
    one.on(1).run('XADD', k1, '2-0', 'f', 'c');
    return one;
  };
  const withGroups = () => {
    const one = withEntries();
    for (const [shard, key] of [k0, k1, k2].entries()) one.on(shard).run('XGROUP', 'CREATE', key, 'g', 0, 'MKSTREAM');
    return one;
  };
  const unread = `*2\r\n${stream(k1, entry('1-0', 'b'), entry('2-0', 'c'))}${stream(k0, entry('1-0', 'a'))}`;

  test('XREAD answers with all that have something, in the order of the command', () => {
    const one = withEntries();
    expect(one.ask(wire('XREAD', 'STREAMS', k1, k2, k0, 0, 0, 0))).toBe(unread);
    expect(one.ask(wire('XREAD', 'COUNT', 1, 'BLOCK', 0, 'STREAMS', k0, k1, '1-0', '1-0'))).toBe(`*1\r\n${stream(k1, entry('2-0', 'c'))}`);
    expect(one.ask(wire('XREAD', 'STREAMS', k0, k1, k2, '$', '$', '$') + wire('PING'))).toBe(`${NOTHING}+PONG\r\n`);
    one.on(2).run('SET', k2, 'text');
    expect(one.ask(wire('XREAD', 'STREAMS', k1, k2, 0, 0))).toMatch(/^-WRONGTYPE/);
    expect(one.ask(wire('HELLO', 3) + wire('XREAD', 'STREAMS', k1, k0, 0, 0))).toContain(`%2\r\n$${k1.length}\r\n${k1}\r\n*2`);
    expect(one.waiting).toEqual([0, 0, 0]);
  });

  test.each([0, 1, 2])('XREAD waits for what is added: shard %i', (shard) => {
    const one = withEntries();
    const key = [k0, k1, k2][shard] as string;
    expect(one.ask(wire('XREAD', 'BLOCK', 0, 'STREAMS', k0, k1, k2, '$', '$', '$') + wire('PING'))).toBe('');
    expect(one.meanwhile(shard, 'XADD', key, '3-0', 'f', 'd')).toBe(`*1\r\n${stream(key, entry('3-0', 'd'))}+PONG\r\n`);
    expect(one.waiting).toEqual([0, 0, 0]);
  });

  test('it times out, and CLIENT UNBLOCK ends it', () => {
    const one = withEntries();
    const id = idOf(one);
    expect(one.ask(wire('XREAD', 'BLOCK', 100, 'STREAMS', k1, k2, '$', '$'))).toBe('');
    one.pass(100);
    expect(one.output.endsWith(NOTHING)).toBe(true);
    expect(one.ask(wire('XREAD', 'BLOCK', 0, 'STREAMS', k1, k2, '$', '$'))).toBe('');
    expect(one.meanwhile(0, 'CLIENT', 'UNBLOCK', id)).toBe(NOTHING);
    expect(one.waiting).toEqual([0, 0, 0]);
  });

  test('XREADGROUP delivers what all of them have, and waits for what comes', () => {
    const one = withGroups();
    const read = wire('XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', 0, 'STREAMS', k1, k2, k0, '>', '>', '>');
    expect(one.ask(read)).toBe(unread);
    expect(one.ask(wire('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', k1, k0, '>', '>'))).toBe(NOTHING);
    expect(one.ask(read)).toBe('');
    expect(one.meanwhile(2, 'XADD', k2, '5-0', 'f', 'd')).toBe(`*1\r\n${stream(k2, entry('5-0', 'd'))}`);
    expect(one.on(2).run('XPENDING', k2, 'g')).toMatchObject([1, '5-0', '5-0', [['c', '1']]]);
    expect(one.ask(read)).toBe('');
    one.on(1).run('XGROUP', 'DESTROY', k1, 'g');
    one.settle();
    expect(one.output).toMatch(/-NOGROUP [^\r]*\r\n$/);
    expect(one.waiting).toEqual([0, 0, 0]);
  });
});
