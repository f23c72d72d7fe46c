// REST commands that wait, against engines whose watches end when the test lets something happen.

import { beforeEach, describe, expect, test } from 'vitest';
import { type Bytes, fromText } from '../../../src/bytes/bytes';
import { type Call, decodeCalls, encodeResults } from '../../../src/protocol/frame';
import { BLOCKED, ErrorReply, type Reply } from '../../../src/protocol/reply';
import { encodeUpstash } from '../../../src/protocol/upstash-json';
import { dispatchWaiting, MAX_REST_WAIT_MS } from '../../../src/router/rest-wait';
import { SlotMap } from '../../../src/router/slot-map';
import { TestEngine } from '../../support/engine';

const SHARDS = 3;
const slots = new SlotMap(SHARDS);
const keys = Array.from({ length: SHARDS }, (_, shard) => {
  for (let i = 0; ; i++) if (slots.shardOf(fromText(`k${i}`)) === shard) return `k${i}`;
});
const [k0, k1, k2] = keys as [string, string, string];

class Shards {
  readonly engines = Array.from({ length: SHARDS }, () => new TestEngine());
  /** How long the watches were to last at most, in order. */
  readonly watches: number[] = [];
  /** Called when a watch has begun. */
  onWatch: (() => void) | undefined;
  breaks = false;

  getByName(name: string) {
    const engine = this.engines[Number(name.split('-')[1])] as TestEngine;
    return {
      execute: async (frame: string) => {
        const results = decodeCalls(frame).map(({ lines }) => {
          const reply = engine.engine.execute(engine.client, lines[0] as readonly Bytes[]);
          return { failed: reply instanceof ErrorReply, text: encodeUpstash(reply, false) };
        });
        return encodeResults({ sequence: engine.engine.sequence, results });
      },
      watch: (frame: string, mostMs: number) => this.watch(engine, frame, mostMs),
    };
  }

  /** As src/shard/shard.ts does it. */
  private async watch(engine: TestEngine, frame: string, mostMs: number): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    const client = engine.newClient();
    client.waitMode = { how: 'watch', mostMs };
    client.onUnblocked = resolve;
    const reply = engine.engine.execute(client, decodeCalls(frame)[0]?.lines[0] as readonly Bytes[]);
    this.watches.push(mostMs);
    queueMicrotask(() => this.onWatch?.());
    if (this.breaks) throw new Error('Network connection lost.');
    const answer = reply === BLOCKED ? await promise : reply;
    return Array.isArray(answer) ? `${answer[1]}:${answer[0]}` : '';
  }

  pass(ms: number): void {
    for (const engine of this.engines) {
      engine.now += ms;
      engine.engine.blocking.timeOut(engine.now);
    }
  }
}

let shards: Shards;
beforeEach(() => {
  shards = new Shards();
});

const lifetime = { waitUntil: (promise: Promise<unknown>) => void promise };

async function ask(line: (string | number)[], isThere = async () => true): Promise<{ text: string; status: number | undefined }> {
  const call: Call = { format: 'json', access: 'full', kind: 'single', lines: [line.map((arg) => fromText(String(arg)))] };
  const { reply, later } = await dispatchWaiting({ SHARD: shards, shards: SHARDS, batch: false }, lifetime, call);
  const { results } = later ? await later(isThere) : reply;
  return { text: results[0]?.text ?? '', status: results[0]?.status };
}

const textOf = async (...line: (string | number)[]) => (await ask(line)).text;
const on = (shard: number) => shards.engines[shard] as TestEngine;

describe('a REST command that waits', () => {
  test('is answered at once when something is there', async () => {
    on(1).run('RPUSH', k1, 'a', 'b');
    expect(await textOf('BLPOP', k0, k1, k2, 0)).toBe(`{"result":["${k1}","a"]}`);
    expect(await textOf('BRPOP', k1, 0)).toBe(`{"result":["${k1}","b"]}`);
    expect(await textOf('GET', k1)).toBe('{"result":null}');
    expect(await textOf('BLPOP', k1, 'x')).toContain('timeout is not a float');
    expect(shards.watches).toEqual([]);
  });

  test.each([
    [0, [k0]],
    [2, [k0, k1, k2]],
    [0, [k0, k1, `{${k0}}`]],
  ])('waits for what comes to shard %i', async (shard, names) => {
    const key = names.at(-1) as string;
    shards.onWatch = () => {
      shards.onWatch = undefined;
      on(shard).run('RPUSH', key, 'x', 'y');
    };
    expect(await textOf('BLPOP', ...names, 0)).toBe(`{"result":["${key}","x"]}`);
    expect(on(shard).run('LLEN', key)).toBe(1);
    expect(shards.watches[0]).toBe(MAX_REST_WAIT_MS);
  });

  test('moves what comes', async () => {
    shards.onWatch = () => on(0).run('RPUSH', k0, 'x');
    expect(await textOf('BLMOVE', k0, `{${k0}}to`, 'LEFT', 'LEFT', 5)).toBe('{"result":"x"}');
    expect(on(0).run('LRANGE', `{${k0}}to`, 0, -1)).toEqual(['x']);
  });

  test('ends at its own time-out, or at the limit of REST', async () => {
    shards.onWatch = () => shards.pass(1500);
    expect(await textOf('BLPOP', k0, k2, 1.5)).toBe('{"result":null}');
    shards.onWatch = () => shards.pass(MAX_REST_WAIT_MS);
    expect(await textOf('BLPOP', k0, 0)).toBe('{"result":null}');
    expect(shards.watches.every((mostMs) => mostMs === MAX_REST_WAIT_MS)).toBe(true);
  });

  test('waits on when somebody else was faster, for what is left of its time', async () => {
    let rounds = 0;
    shards.onWatch = () => {
      rounds++;
      shards.pass(400);
      if (rounds > 2) return;
      on(1).run('RPUSH', k1, 'x');
      on(1).run('LPOP', k1);
    };
    expect(await textOf('BLPOP', k1, 1)).toBe('{"result":null}');
    expect(shards.watches).toEqual([MAX_REST_WAIT_MS, 600, 200]);
  });

  test('does not begin again without end', async () => {
    shards.onWatch = () => {
      on(1).run('RPUSH', k1, 'x');
      on(1).run('LPOP', k1);
    };
    expect(await textOf('BLPOP', k1, 0)).toBe('{"result":null}');
    expect(shards.watches.length).toBeLessThan(20);
  });

  test('takes nothing for a client that has gone', async () => {
    let gone = false;
    shards.onWatch = () => {
      gone = true;
      on(2).run('RPUSH', k2, 'x');
    };
    expect((await ask(['BLPOP', k2, 0], async () => !gone)).text).toBe('{"result":null}');
    expect(on(2).run('LLEN', k2)).toBe(1);
  });

  test('says so when a shard is lost: nothing has been taken', async () => {
    shards.breaks = true;
    expect(await ask(['BLPOP', k2, 0])).toEqual({ text: '{"error":"ERR the connection to the shard was lost"}', status: 503 });
  });
});
