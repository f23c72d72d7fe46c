import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ascii, type Bytes, fromText } from '../../../src/bytes/bytes';
import { type Call, type CallResult, decodeCalls, encodeResults, type ReplyFormat } from '../../../src/protocol/frame';
import { ErrorReply } from '../../../src/protocol/reply';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { encodeUpstash, encodeUpstashTransaction } from '../../../src/protocol/upstash-json';
import { dispatch, type RouterEnv } from '../../../src/router/dispatch';
import { SlotMap } from '../../../src/router/slot-map';
import { TestEngine } from '../../support/engine';

const SHARDS = 4;
const slots = new SlotMap(SHARDS);
const keys = Array.from({ length: SHARDS }, (_, shard) => {
  for (let i = 0; ; i++) if (slots.shardOf(fromText(`k${i}`)) === shard) return `k${i}`;
});
const [k0, k1, k2, k3] = keys as [string, string, string, string];

/** Shards as objects with an engine each, that can be made to fail. */
class FakeShards {
  readonly engines = new Map<string, TestEngine>();
  /** The calls of each RPC, by object. */
  readonly frames: { readonly name: string; readonly calls: readonly Call[] }[] = [];
  /** What the next RPCs throw, in order; undefined for one that works. */
  readonly faults: unknown[] = [];
  stubs = 0;
  /** How many calls one RPC runs at most. */
  runsAtMost = Number.POSITIVE_INFINITY;
  /** An RPC that never returns. */
  hangs = false;
  /** An RPC that is run, and whose answer is lost. */
  losesAnswers = false;

  getByName(name: string) {
    this.stubs++;
    return { execute: (frame: string) => this.execute(name, frame) };
  }

  private async execute(name: string, frame: string): Promise<string> {
    const fault = this.faults.shift();
    if (fault !== undefined) throw fault;
    const calls = decodeCalls(frame);
    this.frames.push({ name, calls });
    if (this.hangs) return Promise.withResolvers<string>().promise;
    const engine = this.engine(name);
    const results = calls.slice(0, this.runsAtMost).map((call) => run(engine, call));
    if (this.losesAnswers) throw new Error('Network connection lost.');
    return encodeResults({ sequence: engine.engine.sequence, results });
  }

  engine(name: string): TestEngine {
    let engine = this.engines.get(name);
    if (!engine) {
      engine = new TestEngine();
      this.engines.set(name, engine);
    }
    return engine;
  }
}

function run({ engine, client }: TestEngine, { format, kind, lines }: Call): CallResult {
  const base64 = format === 'json-base64';
  if (kind === 'transaction') {
    const replies = engine.executeAll(client, lines);
    if (replies instanceof ErrorReply) return { failed: true, text: encodeUpstash(replies, base64) };
    return { failed: false, text: encodeUpstashTransaction(replies, base64) };
  }
  const reply = engine.execute(client, lines[0] as readonly Bytes[]);
  const text = format === 'json' || base64 ? encodeUpstash(reply, base64) : encodeReply(reply, format === 'resp2' ? 2 : 3);
  return { failed: reply instanceof ErrorReply, text };
}

const lifetime = { waitUntil: (promise: Promise<unknown>) => void promise };
let shards: FakeShards;

function envOf(count = SHARDS, batch = true): RouterEnv {
  return { SHARD: shards, shards: count, batch };
}

function call(line: (string | number)[], format: ReplyFormat = 'json'): Call {
  return { format, access: 'full', kind: 'single', lines: [line.map((arg) => fromText(String(arg)))] };
}

function transaction(...lines: string[][]): Call {
  return { format: 'json', access: 'full', kind: 'transaction', lines: lines.map((line) => line.map(fromText)) };
}

async function ask(env: RouterEnv, ...lines: (string | number)[][]): Promise<string[]> {
  const { results } = await dispatch(
    env,
    lifetime,
    lines.map((line) => call(line)),
  );
  return results.map(({ text }) => text);
}

beforeEach(() => {
  shards = new FakeShards();
});

describe.each([true, false])('with batching: %s', (batch) => {
  test('one shard is asked once for a whole pipeline, and its texts are passed on', async () => {
    const env = envOf(1, batch);
    expect(await ask(env, ['set', 'a', '1'], ['incr', 'a'], ['get', 'a'], ['nope'])).toEqual([
      '{"result":"OK"}',
      '{"result":2}',
      '{"result":"2"}',
      expect.stringMatching(/^\{"error":"ERR unknown command/),
    ]);
    expect(shards.frames.map(({ name, calls }) => [name, calls.length])).toEqual([['shard-0-of-1', 4]]);
  });

  test('each shard is asked once, and commands that meet on a shard keep their order', async () => {
    const env = envOf(SHARDS, batch);
    const lines = [
      ['mset', k0, 1, k1, 1, k2, 1, k3, 1],
      ['incr', k2],
      ['mget', ...keys, 'none'],
      ['del', k2, k3],
      ['exists', ...keys],
      ['incr', k2],
      ['dbsize'],
      ['mget', ...keys],
      ['rename', k0, k1],
      ['ping'],
    ];
    expect(await ask(env, ...lines)).toEqual([
      '{"result":"OK"}',
      '{"result":2}',
      '{"result":["1","1","2","1",null]}',
      '{"result":2}',
      '{"result":2}',
      '{"result":1}',
      '{"result":3}',
      '{"result":["1","1","1",null]}',
      '{"error":"CROSSSLOT Keys in request don\'t hash to the same slot"}',
      '{"result":"PONG"}',
    ]);
    expect(shards.frames.map(({ name }) => name).sort()).toEqual(keys.map((_, shard) => slots.nameOf(shard)));
  });

  test.each<[ReplyFormat, string, string]>([
    ['json', '{"result":["a",null]}', '{"error":"CROSSSLOT Keys in request don\'t hash to the same slot"}'],
    ['json-base64', '{"result":["YQ==",null]}', '{"error":"CROSSSLOT Keys in request don\'t hash to the same slot"}'],
    ['resp2', '*2\r\n$1\r\na\r\n$-1\r\n', "-CROSSSLOT Keys in request don't hash to the same slot\r\n"],
    ['resp3', '*2\r\n$1\r\na\r\n_\r\n', "-CROSSSLOT Keys in request don't hash to the same slot\r\n"],
  ])('what is merged or made at the edge is written as %s', async (format, merged, error) => {
    const env = envOf(SHARDS, batch);
    const { results } = await dispatch(env, lifetime, [
      call(['set', k1, 'a'], format),
      call(['mget', k1, k3], format),
      call(['rename', k1, k3], format),
    ]);
    expect(results.slice(1)).toEqual([
      { failed: false, text: merged },
      { failed: true, text: error },
    ]);
  });

  test('SCAN walks through all shards', async () => {
    const env = envOf(SHARDS, batch);
    const expected = Array.from({ length: 100 }, (_, i) => `key:${i}`);
    await ask(env, ...expected.map((key) => ['set', key, 1]));
    const found: string[] = [];
    let cursor = '0';
    let steps = 0;
    do {
      const [text] = await ask(env, ['scan', cursor, 'count', 9]);
      const [next, some] = (JSON.parse(text as string) as { result: [string, string[]] }).result;
      found.push(...some);
      cursor = next;
      steps++;
    } while (cursor !== '0' && steps < 1000);
    expect(steps).toBeGreaterThan(10);
    expect(found.sort()).toEqual(expected.sort());
  });

  test('a transaction runs on one shard or not at all', async () => {
    const env = envOf(SHARDS, batch);
    const good = transaction(['ping'], ['set', k3, '1'], ['incr', `{${k3}}`], ['get', k3]);
    const crossed = transaction(['set', k3, '2'], ['set', k1, '2']);
    const wide = transaction(['set', k3, '2'], ['dbsize']);
    const keyless = transaction(['ping']);
    const { results } = await dispatch(env, lifetime, [good, crossed, wide, keyless, call(['mget', k3, k1])]);
    expect(results.map(({ text }) => text)).toEqual([
      '[{"result":"PONG"},{"result":"OK"},{"result":1},{"result":"1"}]',
      '{"error":"CROSSSLOT Keys in request don\'t hash to the same slot"}',
      '{"error":"CROSSSLOT Keys in request don\'t hash to the same slot"}',
      '[{"result":"PONG"}]',
      '{"result":["1",null]}',
    ]);
  });

  test('the sync token changes with every write, whichever shard it is on', async () => {
    const env = envOf(SHARDS, batch);
    let last = '';
    for (const key of [k0, k1, k1, k3]) {
      const { syncToken } = await dispatch(env, lifetime, [call(['incr', key])]);
      expect(syncToken).toMatch(/^\d+\.[0-9a-z]+$/);
      expect(syncToken).not.toBe(last);
      last = syncToken;
    }
    expect((await dispatch(env, lifetime, [call(['mget', ...keys])])).syncToken.split('-')).toHaveLength(SHARDS);
    expect((await dispatch(env, lifetime, [call(['get', k3])])).syncToken).toBe(last);
  });

  test('a shard that stops when its answers have grown large is asked for the rest', async () => {
    shards.runsAtMost = 3;
    const env = envOf(1, batch);
    const lines = Array.from({ length: 10 }, () => ['incr', 'n']);
    expect(await ask(env, ...lines)).toEqual(lines.map((_, i) => `{"result":${i + 1}}`));
    expect(shards.frames.map(({ calls }) => calls.length)).toEqual([10, 7, 4, 1]);
  });

  test.each([1, SHARDS])('what does not fit into an answer is an error in its place, and has run (%i shards)', async (count) => {
    const env = envOf(count);
    const value = 'x'.repeat(5_000_000);
    for (const key of keys) await ask(env, ['SET', key, value]);
    const gets = Array.from({ length: 20 }, (_, i) => ['GET', keys[i % SHARDS] as string]);
    const answers = await ask(env, ...gets, ['INCR', 'n'], ['GET', 'n']);
    const refused = answers.filter(
      (text) => text === '{"error":"ERR the replies to what was sent at once are too large, ask for less at a time"}',
    );
    expect(refused).toHaveLength(20 - 13);
    expect(answers.filter((text) => text.length > value.length)).toHaveLength(13);
    expect(answers.slice(-2)).toEqual(['{"result":1}', '{"result":"1"}']);
  });

  test('no calls, no RPC', async () => {
    expect(await dispatch(envOf(SHARDS, batch), lifetime, [])).toEqual({ results: [], syncToken: '' });
    expect(shards.frames).toEqual([]);
  });
});

describe('requests of one macrotask', () => {
  test('share one RPC per shard, each gets its own answers', async () => {
    const env = envOf();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(env, ['set', `key:${i}`, i], ['mget', `key:${i}`, k0, k3])));
    for (const [i, answer] of answers.entries()) expect(answer).toEqual(['{"result":"OK"}', `{"result":["${i}",null,null]}`]);
    expect(shards.frames).toHaveLength(SHARDS);
    expect(shards.stubs).toBe(SHARDS);
  });

  test('have RPCs of their own when batching is off', async () => {
    const env = envOf(1, false);
    await Promise.all([ask(env, ['incr', 'n']), ask(env, ['incr', 'n']), ask(env, ['incr', 'n'])]);
    expect(shards.frames).toHaveLength(3);
  });

  test('are cut into several RPCs when they are large', async () => {
    const env = envOf(1);
    const value = 'x'.repeat(1024 * 1024);
    await Promise.all(Array.from({ length: 12 }, (_, i) => ask(env, ['set', `key:${i}`, value])));
    expect(shards.frames.length).toBeGreaterThanOrEqual(3);
    expect(shards.frames.length).toBeLessThan(12);
    expect(await ask(env, ['dbsize'])).toEqual(['{"result":12}']);
  });

  test('a request that is larger than an RPC goes in parts, in order; a command that is, does not go', async () => {
    const env = envOf(1);
    const value = 'x'.repeat(12 * 1024 * 1024);
    const lines = [
      ['set', 'n', 1],
      ['set', 'a', value],
      ['incr', 'n'],
      ['set', 'b', value],
      ['incr', 'n'],
      ['set', 'c', value],
      ['get', 'n'],
    ];
    const answer = await ask(env, ...lines);
    expect(answer.at(-1)).toBe('{"result":"3"}');
    expect(shards.frames.length).toBeGreaterThan(1);
    const { results, status } = await dispatch(env, lifetime, [call(['set', 'd', value.repeat(3)])]);
    expect([results[0]?.failed, status]).toEqual([true, 413]);
  });

  test('wait for each other only within reason: what is too much is refused at once', async () => {
    vi.useFakeTimers();
    shards.hangs = true;
    const env = envOf(1);
    const value = 'x'.repeat(8 * 1024 * 1024);
    const pending = Array.from({ length: 8 }, (_, i) => dispatch(env, lifetime, [call(['set', `key:${i}`, value])]));
    // The others still wait.
    expect((await pending.at(-1))?.status).toBe(503);
    await vi.advanceTimersByTimeAsync(30_000);
    const statuses = (await Promise.all(pending)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThanOrEqual(2);
    expect(statuses.filter((status) => status === 504).length).toBeGreaterThanOrEqual(4);
    vi.useRealTimers();
  });
});

describe('when the platform fails', () => {
  const retryable = () => Object.assign(new Error('reset'), { retryable: true });
  const overloaded = () => Object.assign(new Error('too many'), { retryable: true, overloaded: true });
  const LOST = 'ERR the connection to the shard was lost';
  const FATE = `${LOST}; the write may or may not have been applied`;

  afterEach(() => vi.useRealTimers());

  test('a read is tried three times, each with a stub of its own', async () => {
    shards.faults.push(retryable(), Object.assign(new Error('outer'), { cause: retryable() }));
    expect(await ask(envOf(1), ['get', 'a'], ['ttl', 'a'])).toEqual(['{"result":null}', '{"result":-2}']);
    expect(shards.stubs).toBe(3);
    shards.faults.push(retryable(), retryable(), retryable());
    const { results, status, syncToken } = await dispatch(envOf(1), lifetime, [call(['get', 'a'])]);
    expect(results).toEqual([{ failed: true, text: `{"error":"${LOST}"}`, status: 503 }]);
    expect([status, syncToken]).toEqual([503, '']);
    expect(shards.stubs).toBe(6);
  });

  test('a write is never sent again', async () => {
    shards.faults.push(retryable());
    const { results, status } = await dispatch(envOf(1), lifetime, [call(['incr', 'a']), call(['get', 'a'])]);
    expect(results.map(({ text }) => text)).toEqual([`{"error":"${FATE}"}`, `{"error":"${LOST}"}`]);
    expect([shards.stubs, status]).toEqual([1, 500]);
  });

  test('reads that shared an RPC with a write are sent again without it', async () => {
    const env = envOf(1);
    shards.faults.push(retryable());
    const [write, read] = await Promise.all([ask(env, ['incr', 'a']), ask(env, ['get', 'a'])]);
    expect(write).toEqual([`{"error":"${FATE}"}`]);
    expect(read).toEqual(['{"result":null}']);
    expect(shards.frames.map(({ calls }) => calls.length)).toEqual([1]);
  });

  test('a write whose answer is lost was perhaps applied, and says so', async () => {
    shards.losesAnswers = true;
    expect(await ask(envOf(1), ['incr', 'a'])).toEqual([`{"error":"${FATE}"}`]);
    shards.losesAnswers = false;
    expect(await ask(envOf(1), ['get', 'a'])).toEqual(['{"result":"1"}']);
  });

  test('a write that met the end of the disk is told so, and reads that shared its RPC are sent again', async () => {
    const env = envOf(1);
    shards.faults.push(new Error('database or disk is full: SQLITE_FULL'));
    const [write, read] = await Promise.all([ask(env, ['incr', 'a']), ask(env, ['get', 'a'])]);
    expect(write).toEqual([
      '{"error":"MISCONF Errors writing to storage: there is no space left on the disk; the write may or may not have been applied"}',
    ]);
    expect(read).toEqual(['{"result":null}']);
  });

  test('a shard that does not start on data of a newer release says so', async () => {
    shards.faults.push(new Error('the data was written by a newer release of Kedge: it has schema 1000, this one knows up to 9'));
    const { results, status } = await dispatch(envOf(1), lifetime, [call(['get', 'a']), call(['incr', 'a'])]);
    const error = '{"error":"ERR the data was written by a newer release of Kedge, and this one does not change it"}';
    expect([results.map(({ text }) => text), status]).toEqual([[error, error], 500]);
  });

  test('nothing is sent again to an overloaded shard', async () => {
    shards.faults.push(overloaded());
    const { results, status } = await dispatch(envOf(1), lifetime, [call(['get', 'a'])]);
    expect(results[0]?.text).toMatch(/overloaded/);
    expect([shards.stubs, status]).toEqual([1, 503]);
  });

  test('a failing shard fails its own commands and those that need it, no others', async () => {
    // The first shard that is asked is that of the first command.
    shards.faults.push(new Error('bug'));
    const { results, status } = await dispatch(envOf(), lifetime, [
      call(['get', k2]),
      call(['get', k1]),
      call(['mget', k1, k2], 'resp2'),
      call(['ping']),
    ]);
    expect(results.map(({ text, failed }) => [text, failed])).toEqual([
      [`{"error":"${LOST}"}`, true],
      ['{"result":null}', false],
      [`-${LOST}\r\n`, true],
      ['{"result":"PONG"}', false],
    ]);
    expect(status).toBeUndefined();
  });

  test('a shard of another release is told from one that is lost', async () => {
    shards.runsAtMost = 0;
    const { results, status } = await dispatch(envOf(1), lifetime, [call(['incr', 'a'])]);
    expect(results[0]?.text).toMatch(/being updated/);
    expect(status).toBe(503);
  });

  test('a shard that does not answer ends in a time-out', async () => {
    vi.useFakeTimers();
    shards.hangs = true;
    const pending = Promise.all([dispatch(envOf(1), lifetime, [call(['incr', 'a'])]), dispatch(envOf(1), lifetime, [call(['get', 'a'])])]);
    await vi.advanceTimersByTimeAsync(30_000);
    const [write, read] = await pending;
    expect(write.results[0]?.text).toContain('did not answer in time; the write may or may not have been applied');
    expect(read.results[0]?.text).toBe('{"error":"ERR the shard did not answer in time"}');
    expect([write.status, read.status]).toEqual([504, 504]);
  });

  test('a batch whose leader has died is sent by the next request', async () => {
    vi.useFakeTimers();
    const env = envOf(1);
    // The leader's timer never fires: its request was cancelled before.
    const dead = vi.spyOn(globalThis, 'setTimeout').mockImplementation((() => 0) as unknown as typeof setTimeout);
    const follower = dispatch(env, lifetime, [call(['incr', 'a'])]);
    dead.mockRestore();
    await vi.advanceTimersByTimeAsync(2000);
    const next = dispatch(env, lifetime, [call(['incr', 'a'])]);
    await vi.advanceTimersByTimeAsync(10);
    expect((await follower).results[0]?.text).toBe('{"result":1}');
    expect((await next).results[0]?.text).toBe('{"result":2}');
    expect(shards.frames).toHaveLength(1);
  });
});

test('a key of bytes that are no text finds its shard', async () => {
  const key = ascii('\xff\x00\xfe');
  const env = envOf();
  const line = (...argv: Bytes[]): Call => ({ format: 'resp2', access: 'full', kind: 'single', lines: [argv] });
  await dispatch(env, lifetime, [line(ascii('SET'), key, ascii('\x80'))]);
  expect((await dispatch(env, lifetime, [line(ascii('GET'), key)])).results[0]?.text).toBe('$1\r\n\x80\r\n');
  expect([...shards.engines.keys()]).toEqual([slots.nameOf(slots.shardOf(key))]);
});
