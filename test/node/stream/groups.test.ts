// Consumer groups under the virtual clock: when a consumer was seen and active, what is pending since when, and that the
// journal keeps it all.

import { describe, expect, test } from 'vitest';
import type { Reply } from '../../../src/protocol/reply';
import { TestEngine } from '../../support/engine';
import { type Plain, plain } from '../../support/plain-reply';

const START = 1_800_000_000_000;

function setUp(): { test: TestEngine; run: (line: string) => Plain } {
  const engine = new TestEngine();
  engine.now = START;
  return { test: engine, run: (line) => plain(engine.run(...line.split(' ')) as Reply) };
}

/** Everything that a stream shows but for what is not worth a line of the journal: when a consumer asked in vain, and that an entry was sent again. */
function everythingOf(engine: TestEngine): Plain {
  const unkept = (reply: Plain): Plain =>
    Array.isArray(reply)
      ? reply.map((item, i) => (reply[i - 1] === 'seen-time' || reply[i - 1] === 'iids-duplicates' ? 0 : unkept(item)))
      : reply;
  return unkept(plain(engine.run('XINFO', 'STREAM', 's', 'FULL', 'COUNT', 0)));
}

/** An engine that has read the journal has the same. */
function expectReplayed(engine: TestEngine): Plain {
  const everything = everythingOf(engine);
  expect(everythingOf(engine.replayed())).toEqual(everything);
  return everything;
}

describe('consumers', () => {
  test('are seen with every command, and active when they are given something', () => {
    const { test: engine, run } = setUp();
    run('XGROUP CREATE s g $ MKSTREAM');
    expect(run('XREADGROUP GROUP g a STREAMS s >')).toBeNull();
    engine.now += 100;
    expect(run('XINFO CONSUMERS s g')).toEqual([['name', 'a', 'pending', 0, 'idle', 100, 'inactive', -1]]);
    run('XADD s 1 f v');
    run('XREADGROUP GROUP g a STREAMS s >');
    engine.now += 50;
    expect(run('XREADGROUP GROUP g a STREAMS s >')).toBeNull();
    engine.now += 7;
    expect(run('XINFO CONSUMERS s g')).toEqual([['name', 'a', 'pending', 1, 'idle', 7, 'inactive', 57]]);
  });

  test('are created by XCLAIM and XAUTOCLAIM, whatever there is to claim', () => {
    const { run } = setUp();
    run('XGROUP CREATE s g $ MKSTREAM');
    expect(run('XCLAIM s g a 0 1-1')).toEqual([]);
    expect(run('XAUTOCLAIM s g b 0 0')).toEqual(['0-0', [], []]);
    expect(run('XGROUP CREATECONSUMER s g a')).toBe(0);
    expect(run('XGROUP CREATECONSUMER s g c')).toBe(1);
    expect((run('XINFO CONSUMERS s g') as Plain[]).map((one) => (one as Plain[])[1])).toEqual(['a', 'b', 'c']);
  });

  test('are gone with what is pending for them', () => {
    const { run } = setUp();
    for (const id of [1, 2, 3]) run(`XADD s ${id} f v`);
    run('XGROUP CREATE s g 0');
    run('XREADGROUP GROUP g a COUNT 2 STREAMS s >');
    run('XREADGROUP GROUP g b STREAMS s >');
    expect(run('XGROUP DELCONSUMER s g a')).toBe(2);
    expect(run('XPENDING s g')).toEqual([1, '3-0', '3-0', [['b', '1']]]);
    expect(run('XGROUP DESTROY s g')).toBe(1);
    expect(run('XINFO GROUPS s')).toEqual([]);
  });
});

describe('pending entries', () => {
  test('say for how long and how often they have been delivered', () => {
    const { test: engine, run } = setUp();
    run('XADD s 1 f v');
    run('XADD s 2 f v');
    run('XGROUP CREATE s g 0');
    run('XREADGROUP GROUP g a STREAMS s >');
    engine.now += 1000;
    run('XREADGROUP GROUP g a COUNT 1 STREAMS s 0');
    engine.now += 10;
    expect(run('XPENDING s g - + 9')).toEqual([
      ['1-0', 'a', 10, 2],
      ['2-0', 'a', 1010, 1],
    ]);
    expect(run('XPENDING s g IDLE 11 - + 9')).toEqual([['2-0', 'a', 1010, 1]]);
    expect(run('XCLAIM s g b 11 1 2 JUSTID')).toEqual(['2-0']);
    expect(run('XCLAIM s g b 0 1 IDLE 500 RETRYCOUNT 9')).toEqual([['1-0', ['f', 'v']]]);
    expect(run('XPENDING s g - + 9')).toEqual([
      ['1-0', 'b', 500, 9],
      ['2-0', 'b', 0, 1],
    ]);
    engine.now += 100;
    expect(run('XAUTOCLAIM s g c 600 0 COUNT 1')).toEqual(['2-0', [['1-0', ['f', 'v']]], []]);
    expect(run('XPENDING s g - + 9 c')).toEqual([['1-0', 'c', 0, 10]]);
  });

  test('are claimed by XREADGROUP longest first, and before what is new', () => {
    const { test: engine, run } = setUp();
    for (const id of [1, 2, 3, 4]) run(`XADD s ${id} f ${id}`);
    run('XGROUP CREATE s g 0');
    run('XREADGROUP GROUP g a COUNT 3 STREAMS s >');
    run(`XCLAIM s g a 0 3 TIME ${START - 100} JUSTID`);
    engine.now += 50;
    run('XCLAIM s g a 0 1 JUSTID');
    expect(run('XREADGROUP GROUP g b CLAIM 50 STREAMS s >')).toEqual([
      [
        's',
        [
          ['3-0', ['f', '3'], 150, 1],
          ['2-0', ['f', '2'], 50, 1],
          ['4-0', ['f', '4'], 0, 0],
        ],
      ],
    ]);
    expect(run('XREADGROUP GROUP g b COUNT 1 CLAIM 0 STREAMS s >')).toEqual([['s', [['1-0', ['f', '1'], 0, 1]]]]);
    run('XDEL s 1 2 3 4');
    expect(run('XREADGROUP GROUP g b CLAIM 0 STREAMS s >')).toBeNull();
    expectReplayed(engine);
  });

  test('that were released are claimed in the order of their release', () => {
    const { test: engine, run } = setUp();
    for (const id of [1, 2, 3]) run(`XADD s ${id} f v`);
    run('XGROUP CREATE s g 0');
    run('XREADGROUP GROUP g a STREAMS s >');
    run('XNACK s g FAIL IDS 3 1 2 3');
    run('XNACK s g FAIL IDS 1 1');
    expect(expectReplayed(engine)).toContain('groups');
    for (const id of ['2-0', '3-0', '1-0']) {
      expect(run('XREADGROUP GROUP g b COUNT 1 CLAIM 1000 STREAMS s >')).toEqual([['s', [[id, ['f', 'v'], START, 1]]]]);
    }
  });
});

describe('the journal', () => {
  test('keeps what a group has read, what is pending, and when its consumers were there', () => {
    const { test: engine, run } = setUp();
    const lines = [
      'XADD s 1 f v',
      'XADD s 2 f v',
      'XADD s 3 f v',
      'XADD s 4 f v',
      'XGROUP CREATE s g 0',
      'XGROUP CREATE s h 0 ENTRIESREAD 0',
      'XGROUP CREATECONSUMER s g early',
      'XREADGROUP GROUP g a COUNT 2 STREAMS s >',
      'XREADGROUP GROUP g late NOACK COUNT 1 STREAMS s >',
      'XREADGROUP GROUP g nothing STREAMS s 0',
      'XREADGROUP GROUP g a STREAMS s 0',
      'XREADGROUP GROUP h b STREAMS s >',
      'XCLAIM s h c 0 1 2 IDLE 30 RETRYCOUNT 4',
      'XCLAIM s h c 0 3 JUSTID',
      'XCLAIM s h c 0 9 LASTID 7-7',
      'XDEL s 2',
      'XCLAIM s g a 0 2',
      'XAUTOCLAIM s h d 10 0 COUNT 2',
      'XGROUP SETID s g 1',
      'XREADGROUP GROUP g d COUNT 1 STREAMS s >',
      'XNACK s h SILENT IDS 1 3',
      'XACK s h 4',
      'XGROUP DELCONSUMER s h b',
      'XSETID s 50 ENTRIESADDED 20 MAXDELETEDID 2',
      'XTRIM s MAXLEN ~ 2',
      'XADD s MAXLEN 2 * f v',
      'XADD s MINID ~ 4 * f v',
    ];
    for (const line of lines) {
      engine.now += 10;
      expect(String(run(line))).not.toMatch(/^ERR/);
      expectReplayed(engine);
    }
    // A consumer that was only made is there since then.
    const early = ['name', 'early', 'pending', 0, 'idle', 200, 'inactive', -1];
    expect(run('XINFO CONSUMERS s g')).toContainEqual(early);
    expect(plain(engine.replayed().run('XINFO', 'CONSUMERS', 's', 'g'))).toContainEqual(early);
  });

  test('repeats what trimming by nodes removed, whatever the size of nodes is then', () => {
    const { test: engine, run } = setUp();
    run('CONFIG SET stream-node-max-entries 3');
    for (let id = 1; id <= 20; id++) run(`XADD s MAXLEN ~ 7 ${id} f v`);
    run('XTRIM s MINID ~ 17');
    expect(run('XLEN s')).toBe(5);
    const copy = engine.replayed();
    expect(plain(copy.run('XRANGE', 's', '-', '+'))).toEqual(run('XRANGE s - +'));
    expect(copy.run('DEBUG', 'DIGEST')).toEqual(engine.run('DEBUG', 'DIGEST'));
  });

  test('remembers what IDMP remembers', () => {
    const { test: engine, run } = setUp();
    const first = run('XADD s IDMP p a * f v');
    run('XADD s IDMPAUTO p * f v');
    run('XCFGSET s IDMP-DURATION 100 IDMP-MAXSIZE 100');
    expect(plain(engine.replayed().run('XADD', 's', 'IDMP', 'p', 'a', '*', 'f', 'v'))).toBe(first);
    engine.now += 99_999;
    expect(run('XADD s IDMP p a * f v')).toBe(first);
    engine.now += 1;
    expect(run('XADD s IDMP p a * f v')).not.toBe(first);
    expect(run('XLEN s')).toBe(3);
    expectReplayed(engine);
  });
});

describe('WATCH', () => {
  test('is about entries, not about groups', () => {
    const { test: engine } = setUp();
    const other = engine.newClient();
    const conflict = (line: string): boolean => {
      engine.run('WATCH', 's');
      engine.runAs(other, ...line.split(' '));
      engine.run('MULTI');
      return plain(engine.run('EXEC')) === null;
    };
    expect(conflict('XADD s 1 f v')).toBe(true);
    for (const line of ['XGROUP CREATE s g 0', 'XREADGROUP GROUP g a STREAMS s >', 'XACK s g 1', 'XSETID s 9', 'XGROUP DESTROY s g']) {
      expect([line, conflict(line)]).toEqual([line, false]);
    }
    expect(conflict('XDEL s 1')).toBe(true);
  });
});
