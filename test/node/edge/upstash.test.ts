// Requests of Upstash's REST against an engine in this process, in place of the shards.

import { describe, expect, test } from 'vitest';
import { Gate } from '../../../src/edge/auth';
import { targetOf } from '../../../src/edge/target';
import { serveRest } from '../../../src/edge/upstash';
import type { Call, CallResult } from '../../../src/protocol/frame';
import { MAX_REQUEST_BYTES } from '../../../src/protocol/limits';
import { ErrorReply, type Reply } from '../../../src/protocol/reply';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { encodeUpstash, encodeUpstashTransaction } from '../../../src/protocol/upstash-json';
import type { Dispatched, DispatchedResult } from '../../../src/router/dispatch';
import { TestEngine } from '../../support/engine';

/** What a test sends as a body: text has its length announced, as most clients do; the others come in chunks. */
type Body = string | Uint8Array<ArrayBuffer> | ReadableStream;

const FULL = 'full-token';
const READ = 'read-token';

class Rest {
  readonly calls: Call[] = [];
  /** Calls that may wait. */
  waits = 0;
  private readonly core = new TestEngine();
  private readonly gate = new Gate({ token: FULL, readOnlyToken: READ });

  constructor(private readonly fails?: { result: DispatchedResult; status: number }) {}

  async ask(method: string, path: string, init: { body?: Body; headers?: Record<string, string>; token?: string | null } = {}) {
    const { body = null, headers = {}, token = FULL } = init;
    const url = `http://host${path}`;
    const length = typeof body === 'string' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    const request = new Request(url, { method, body, headers: { ...length, ...authorization, ...headers }, duplex: 'half' } as RequestInit);
    const response = await serveRest(request, targetOf(url), {
      gate: this.gate,
      dispatch: async (calls) => this.dispatch(calls),
      wait: async (call) => {
        this.waits++;
        return { reply: this.dispatch([call]) };
      },
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, text: bytes.toString('utf8'), bytes, headers: response.headers };
  }

  private dispatch(calls: readonly Call[]): Dispatched {
    this.calls.push(...calls);
    if (this.fails) return { results: calls.map(() => this.fails?.result as DispatchedResult), syncToken: '', status: this.fails.status };
    return { results: calls.map((call) => this.run(call)), syncToken: `0.${this.core.engine.sequence}` };
  }

  private run({ access, kind, lines, format }: Call): CallResult {
    const client = this.core.newClient();
    client.access = access;
    const write = (reply: Reply) => (format === 'resp2' ? encodeReply(reply, 2) : encodeUpstash(reply, format === 'json-base64'));
    if (kind === 'single') {
      const reply = this.core.engine.execute(client, lines[0] ?? []);
      return { failed: reply instanceof ErrorReply, text: write(reply) };
    }
    const replies = this.core.engine.executeAll(client, lines);
    if (replies instanceof ErrorReply) return { failed: true, text: write(replies) };
    return { failed: false, text: encodeUpstashTransaction(replies, format === 'json-base64') };
  }
}

describe('one command', () => {
  test('may wait, but not in a pipeline or a transaction', async () => {
    const rest = new Rest();
    await rest.ask('POST', '/', { body: '["SET","k","v"]' });
    await rest.ask('POST', '/pipeline', { body: '[["BLPOP","k2","1"]]' });
    await rest.ask('POST', '/multi-exec', { body: '[["BLPOP","k2","1"]]' });
    expect(rest.waits).toBe(0);
    expect((await rest.ask('GET', '/blpop/k2/1')).text).toBe('{"result":null}');
    expect((await rest.ask('POST', '/', { body: '["BRPOP","k2","1"]' })).status).toBe(200);
    expect(rest.waits).toBe(2);
  });

  test.each<[name: string, method: string, path: string, body: string | undefined, key: string, value: string]>([
    ['in the path by GET', 'GET', '/set/foo/bar', undefined, 'foo', 'bar'],
    ['in the path by POST', 'POST', '/set/foo/bar', undefined, 'foo', 'bar'],
    ['in the path by PUT', 'PUT', '/set/foo/bar', undefined, 'foo', 'bar'],
    ['in the path by HEAD', 'HEAD', '/set/foo/bar', undefined, 'foo', 'bar'],
    ['percent-encoded', 'GET', '/set/f%C3%B6%2F/b%20r+', undefined, 'fö/', 'b r+'],
    ['in the body by POST', 'POST', '/', '["set","foo","bar"]', 'foo', 'bar'],
    ['in the body by PUT', 'PUT', '/', '["set","foo","bar"]', 'foo', 'bar'],
    ['in the body, with a number', 'POST', '/', '["SET","foo",12345678901234567890]', 'foo', '12345678901234567890'],
    ['in the path, the value in the body', 'POST', '/set/foo', '{"a": "é"}', 'foo', '{"a": "é"}'],
    ['in the path, the value in the body, options in the query', 'PUT', '/set/foo?EX=100&NX', 'bar', 'foo', 'bar'],
  ])('%s', async (_name, method, path, body, key, value) => {
    const rest = new Rest();
    const answer = await rest.ask(method, path, body === undefined ? {} : { body });
    expect(answer).toMatchObject({ status: 200, text: method === 'HEAD' ? '' : '{"result":"OK"}' });
    const read = await rest.ask('POST', '/', { body: JSON.stringify(['get', key]) });
    expect(JSON.parse(read.text)).toEqual({ result: value });
  });

  test('the query options take effect', async () => {
    const rest = new Rest();
    await rest.ask('POST', '/set/foo?EX=100', { body: 'bar' });
    expect((await rest.ask('GET', '/ttl/foo')).text).toBe('{"result":100}');
    expect((await rest.ask('GET', '/set/foo/other?NX')).text).toBe('{"result":null}');
  });

  test('a raw body keeps every byte', async () => {
    const rest = new Rest();
    const bytes = Uint8Array.from({ length: 256 }, (_unused, i) => i);
    expect((await rest.ask('POST', '/set/raw', { body: bytes })).text).toBe('{"result":"OK"}');
    const read = await rest.ask('GET', '/get/raw', { headers: { 'upstash-encoding': 'base64' } });
    expect(Buffer.from((JSON.parse(read.text) as { result: string }).result, 'base64')).toEqual(Buffer.from(bytes));
  });

  test.each(['application/x-www-form-urlencoded', 'text/plain', 'application/octet-stream', ''])('any content type: %j', async (type) => {
    const answer = await new Rest().ask('POST', '/', { body: '["echo","hi"]', headers: { 'content-type': type } });
    expect(answer.text).toBe('{"result":"hi"}');
  });

  test('an error of the command is 400', async () => {
    const rest = new Rest();
    await rest.ask('GET', '/set/foo/bar');
    expect(await rest.ask('GET', '/incr/foo')).toMatchObject({
      status: 400,
      text: '{"error":"ERR value is not an integer or out of range"}',
    });
    expect(await rest.ask('GET', '/nosuchcommand/x')).toMatchObject({ status: 400 });
    expect(await rest.ask('HEAD', '/incr/foo')).toMatchObject({ status: 400, text: '' });
  });

  test.each(['AUTH', 'hello', 'Multi', 'exec', 'watch', 'client', 'select', 'reset', 'quit'])(
    '%s makes no sense over REST',
    async (name) => {
      const rest = new Rest();
      const error = `ERR Command "${name.toUpperCase()}" is not allowed in REST or it has a special context path`;
      expect(await rest.ask('GET', `/${name}/x`)).toMatchObject({ status: 400, text: JSON.stringify({ error }) });
      expect(rest.calls).toEqual([]);
    },
  );
});

describe('a request that is wrong', () => {
  test.each<[name: string, method: string, path: string, body: string | undefined, status: number, error: RegExp]>([
    ['no body', 'POST', '/', undefined, 400, /empty/],
    ['an empty body', 'POST', '/', '', 400, /empty/],
    ['not JSON', 'POST', '/', '["get"', 400, /not valid JSON/],
    ['not an array', 'POST', '/', '{"get":1}', 400, /JSON array/],
    ['null as an argument', 'POST', '/', '["set","k",null]', 400, /null args are not supported/],
    ['a broken escape', 'GET', '/get/%zz', undefined, 400, /percent-encoding/],
    ['an empty pipeline', 'POST', '/pipeline', '[]', 400, /empty pipeline/],
    ['a pipeline of one command', 'POST', '/pipeline', '["get","a"]', 400, /JSON array/],
    ['a pipeline by GET', 'GET', '/pipeline', undefined, 400, /empty/],
    ['an empty transaction', 'POST', '/multi-exec', '[]', 400, /empty/],
    ['another method', 'DELETE', '/get/a', undefined, 405, /DELETE/],
    ['another method', 'PATCH', '/', '["get","a"]', 405, /PATCH/],
  ])('%s (%s %s)', async (_name, method, path, body, status, error) => {
    const rest = new Rest();
    const answer = await rest.ask(method, path, body === undefined ? {} : { body });
    expect(answer.status).toBe(status);
    expect((JSON.parse(answer.text) as { error: string }).error).toMatch(error);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD, POST, PUT, OPTIONS' : null);
    expect(rest.calls).toEqual([]);
  });

  test.each<[string, () => Body]>([
    ['its length announced', () => 'x'.repeat(MAX_REQUEST_BYTES + 1)],
    [
      'in chunks',
      () =>
        new ReadableStream({
          pull(controller) {
            controller.enqueue(new Uint8Array(1024 * 1024));
          },
        }),
    ],
  ])('a body that is too large, %s', async (_name, body) => {
    for (const path of ['/set/k', '/', '/pipeline']) {
      const answer = await new Rest().ask('POST', path, { body: body() });
      expect(answer).toMatchObject({ status: 413, text: `{"error":"ERR max request size exceeded. Limit: ${MAX_REQUEST_BYTES} bytes"}` });
    }
  });

  test('a body that breaks off', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.error(new Error('gone'));
      },
    });
    expect((await new Rest().ask('POST', '/', { body })).status).toBe(400);
  });

  test.each<[headers: Record<string, string>, error: RegExp]>([
    [{ 'upstash-encoding': 'hex' }, /Upstash-Encoding/],
    [{ 'upstash-response-format': 'resp3' }, /Upstash-Response-Format/],
    [{ 'upstash-response-format': 'resp2', 'upstash-encoding': 'base64' }, /does not go with/],
  ])('headers %j', async (headers, error) => {
    const answer = await new Rest().ask('GET', '/ping', { headers });
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(error);
  });
});

describe('tokens', () => {
  test.each<[name: string, token: string | null, headers: Record<string, string>, query: string, status: number]>([
    ['in the header', FULL, {}, '', 200],
    ['bare in the header', null, { authorization: FULL }, '', 200],
    ['with another spelling of Bearer', null, { authorization: `bearer  ${FULL}` }, '', 200],
    ['in the query', null, {}, `?_token=${FULL}`, 200],
    ['the query wins', 'wrong', {}, `?_token=${FULL}`, 200],
    ['the query wins even when it is wrong', FULL, {}, '?_token=wrong', 401],
    ['none', null, {}, '', 401],
    ['empty', null, { authorization: 'Bearer ' }, '', 401],
    ['wrong', 'full-tokem', {}, '', 401],
    ['a part of the right one', 'full', {}, '', 401],
    ['another scheme', null, { authorization: `Basic ${FULL}` }, '', 401],
  ])('%s', async (_name, token, headers, query, status) => {
    const rest = new Rest();
    for (let i = 0; i < 2; i++) {
      const answer = await rest.ask('GET', `/echo/hi${query}`, { token, headers });
      expect(answer.status).toBe(status);
      expect(answer.text).toMatch(status === 200 ? /^{"result":"hi"}$/ : /^{"error":"WRONGPASS /);
    }
  });

  test('a read-only token reads', async () => {
    const rest = new Rest();
    await rest.ask('GET', '/set/foo/bar');
    expect((await rest.ask('GET', '/get/foo', { token: READ })).text).toBe('{"result":"bar"}');
    expect(await rest.ask('GET', '/set/foo/x', { token: READ })).toMatchObject({ status: 400, text: expect.stringContaining('NOPERM') });
    const pipeline = await rest.ask('POST', '/pipeline', { token: READ, body: '[["get","foo"],["del","foo"]]' });
    expect(pipeline.text).toMatch(/^\[{"result":"bar"},{"error":"NOPERM /);
    expect(await rest.ask('POST', '/multi-exec', { token: READ, body: '[["get","foo"],["del","foo"]]' })).toMatchObject({ status: 400 });
    expect((await rest.ask('GET', '/get/foo')).text).toBe('{"result":"bar"}');
  });
});

describe('pipelines', () => {
  test('each command has its own result, in order', async () => {
    const body = '[["set","a",1],["incr","a"],["lpush","a",1],["auth","x"],["echo",1.50],["nosuch"]]';
    const answer = await new Rest().ask('POST', '/pipeline', { body });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual([
      { result: 'OK' },
      { result: 2 },
      { error: 'WRONGTYPE Operation against a key holding the wrong kind of value' },
      { error: 'ERR Command "AUTH" is not allowed in REST or it has a special context path' },
      { result: '1.50' },
      { error: "ERR unknown command 'nosuch', with args beginning with: " },
    ]);
  });

  test('of nothing but refused commands', async () => {
    const answer = await new Rest().ask('POST', '/pipeline', { body: '[["multi"],["exec"]]', headers: { 'upstash-sync-token': 'mine' } });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toHaveLength(2);
    expect(answer.headers.get('upstash-sync-token')).toBe('mine');
  });

  test('a wrong command line spoils the whole', async () => {
    const rest = new Rest();
    expect(await rest.ask('POST', '/pipeline', { body: '[["set","a",1],["set","b",null]]' })).toMatchObject({ status: 400 });
    expect((await rest.ask('GET', '/exists/a')).text).toBe('{"result":0}');
  });
});

describe('transactions', () => {
  test('run as one call', async () => {
    const rest = new Rest();
    const answer = await rest.ask('POST', '/multi-exec', { body: '[["set","a","x"],["incr","a"],["get","a"]]' });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual([{ result: 'OK' }, { error: 'ERR value is not an integer or out of range' }, { result: 'x' }]);
    expect(rest.calls).toHaveLength(1);
  });

  test.each([
    '[["set","a",1],["incr"]]',
    '[["set","a",1],["nosuch"]]',
    '[["set","a",1],["watch","a"]]',
    '[["set","a",1],["ping"],["exec"]]',
  ])('are discarded as a whole: %s', async (body) => {
    const rest = new Rest();
    const answer = await rest.ask('POST', '/multi-exec', { body });
    expect(answer.status).toBe(400);
    expect(Object.keys(JSON.parse(answer.text) as object)).toEqual(['error']);
    expect((await rest.ask('GET', '/exists/a')).text).toBe('{"result":0}');
  });
});

describe('formats', () => {
  test('base64', async () => {
    const rest = new Rest();
    const headers = { 'upstash-encoding': 'base64' };
    const body = '[["set","a","ä"],["get","a"],["ping"],["get","none"],["strlen","a"],["mget","a","none"],["incr","a"]]';
    expect(JSON.parse((await rest.ask('POST', '/pipeline', { body, headers })).text)).toEqual([
      { result: 'OK' },
      { result: 'w6Q=' },
      { result: 'UE9ORw==' },
      { result: null },
      { result: 2 },
      { result: ['w6Q=', null] },
      { error: 'ERR value is not an integer or out of range' },
    ]);
    expect(JSON.parse((await rest.ask('POST', '/multi-exec', { body: '[["ping"],["set","b","1"]]', headers })).text)).toEqual([
      { result: 'UE9ORw==' },
      { result: 'OK' },
    ]);
  });

  test.each(['Upstash-Response-Format', 'Upstash-Reponse-Format'])('RESP2 by %s', async (name) => {
    const rest = new Rest();
    const headers = { [name]: 'resp2' };
    await rest.ask('POST', '/set/a', { body: new Uint8Array([255, 0, 10]) });
    const answer = await rest.ask('GET', '/get/a', { headers });
    expect(answer.bytes).toEqual(Buffer.from('$3\r\n\xff\x00\n\r\n', 'latin1'));
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(await rest.ask('GET', '/incr/a', { headers })).toMatchObject({
      status: 400,
      text: '-ERR value is not an integer or out of range\r\n',
    });
    expect(await rest.ask('GET', '/watch/a', { headers })).toMatchObject({ status: 400, text: expect.stringMatching(/^-ERR Command/) });
    const pipeline = await rest.ask('POST', '/pipeline', { body: '[["set","b",1],["multi"],["incr","b"],["get","none"]]', headers });
    expect(pipeline).toMatchObject({ status: 200, text: expect.stringMatching(/^\+OK\r\n-ERR Command "MULTI"[^\r]*\r\n:2\r\n\$-1\r\n$/) });
    const transaction = await rest.ask('POST', '/multi-exec', { body: '[["incr","b"]]', headers });
    expect(transaction.text).toBe('[{"result":3}]');
    expect(transaction.headers.get('content-type')).toBe('application/json');
  });
});

describe('headers', () => {
  test('nothing is cached', async () => {
    for (const token of [FULL, 'wrong']) {
      expect((await new Rest().ask('GET', '/ping', { token })).headers.get('cache-control')).toBe('no-store');
    }
  });

  test('the sync token moves with every write and any that a client sends is accepted', async () => {
    const rest = new Rest();
    const seen = new Set<string | null>();
    for (let i = 0; i < 5; i++) {
      const { status, headers } = await rest.ask('GET', `/set/k/${i}`, { headers: { 'upstash-sync-token': 'my-new-sync-token' } });
      expect(status).toBe(200);
      seen.add(headers.get('upstash-sync-token'));
    }
    expect(seen.size).toBe(5);
    expect(seen).not.toContain('');
    expect(seen).not.toContain(null);
    const refused = await rest.ask('GET', '/watch/k', { headers: { 'upstash-sync-token': 'kept' } });
    expect(refused.headers.get('upstash-sync-token')).toBe('kept');
  });

  test('a page in a browser may ask and read the sync token', async () => {
    const rest = new Rest();
    const origin = 'https://app.example';
    const ask = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,upstash-encoding', origin };
    const preflight = await rest.ask('OPTIONS', '/pipeline', { token: null, headers: ask });
    expect(preflight.status).toBe(200);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    const allowed = preflight.headers.get('access-control-allow-headers') ?? '';
    for (const name of ['authorization', 'content-type', 'upstash-encoding', 'upstash-sync-token', 'upstash-telemetry-sdk']) {
      expect(allowed.split(', ')).toContain(name);
    }
    for (const token of [FULL, 'wrong']) {
      const { headers } = await rest.ask('POST', '/', { token, body: '["ping"]', headers: { origin } });
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-expose-headers')).toContain('upstash-sync-token');
      expect(headers.get('vary')).toBe('origin');
    }
  });
});

describe('when the platform fails', () => {
  const failure = { result: { failed: true, text: '{"error":"ERR the shard is overloaded"}', status: 503 }, status: 503 };

  test('one command has the status of the failure', async () => {
    const answer = await new Rest(failure).ask('GET', '/get/a', { headers: { 'upstash-sync-token': 'kept' } });
    expect(answer).toMatchObject({ status: 503, text: failure.result.text });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.headers.get('upstash-sync-token')).toBe('kept');
    expect(await new Rest(failure).ask('POST', '/multi-exec', { body: '[["get","a"]]' })).toMatchObject({ status: 503 });
  });

  test('a pipeline has errors that clients can read', async () => {
    const answer = await new Rest(failure).ask('POST', '/pipeline', { body: '[["get","a"],["get","b"]]' });
    expect(answer).toMatchObject({ status: 200, text: `[${failure.result.text},${failure.result.text}]` });
  });
});
