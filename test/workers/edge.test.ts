// The Worker's handlers as a deployment calls them: what they do with wrong settings, with a failing shard, by the clock.

import { createExecutionContext, reset, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import type { Env } from '../../src/env';
import worker from '../../src/index';

afterEach(() => reset());

async function ask(path: string, bindings: Partial<Record<keyof Env, unknown>> = {}, init: RequestInit = {}): Promise<[number, unknown]> {
  const context = createExecutionContext();
  const request = new Request(`http://kedge${path}`, { headers: { authorization: 'Bearer read-write' }, ...init });
  const response = await worker.fetch(request, { ...env, ...bindings } as Env, context);
  await waitOnExecutionContext(context);
  return [response.status, await response.json()];
}

describe('settings', () => {
  it.each(['/', '/get/a', '/ws', '/pipeline'])('serves nothing without a token: %s', async (path) => {
    expect(await ask(path, { KEDGE_TOKEN: undefined })).toEqual([503, { error: expect.stringContaining('KEDGE_TOKEN is not set') }]);
    expect(await ask(path, { KEDGE_TOKEN: '' })).toEqual([503, { error: expect.stringContaining('secret put KEDGE_TOKEN') }]);
  });

  it('serves nothing with wrong settings', async () => {
    expect(await ask('/get/a', { KEDGE_SHARDS: '1000' })).toEqual([503, { error: expect.stringContaining('KEDGE_SHARDS must be') }]);
  });

  it.each([
    ['on', '1'],
    ['off', '1'],
    ['on', '3'],
    ['off', '3'],
  ])('serves with KEDGE_BATCH=%s on %s shards', async (KEDGE_BATCH, KEDGE_SHARDS) => {
    const bindings = { KEDGE_BATCH, KEDGE_SHARDS };
    const post = { method: 'POST', body: '[["mset","a",1,"b",2,"c",3],["mget","a","b","c"],["nosuch"]]' };
    expect(await ask('/pipeline', bindings, { ...post, headers: { authorization: 'Bearer read-write' } })).toEqual([
      200,
      [{ result: 'OK' }, { result: ['1', '2', '3'] }, { error: expect.stringContaining('unknown command') }],
    ]);
    expect(await ask('/dbsize', bindings)).toEqual([200, { result: 3 }]);
    expect(await ask('/get/a?_token=read-only', bindings, { headers: {} })).toEqual([200, { result: '1' }]);
    expect(await ask('/get/a', bindings, { headers: {} })).toEqual([401, { error: expect.stringContaining('WRONGPASS') }]);
  });
});

describe('what is routed by name', () => {
  it.each(['/subscribe/channel', '/psubscribe/pattern', '/monitor'])('%s is for who has a token', async (path) => {
    expect(await ask(path, {}, { headers: {} })).toEqual([401, { error: expect.stringContaining('WRONGPASS') }]);
  });

  it('tells that it is there', async () => {
    expect(await ask('/', {}, { headers: {} })).toEqual([200, { result: expect.stringContaining('Kedge') }]);
  });

  it('has no WebSocket for who does not ask for one', async () => {
    expect(await ask('/ws')).toEqual([426, { error: expect.stringContaining('WebSocket') }]);
  });
});

describe('the schedule', () => {
  const event = { cron: '*/5 * * * *', scheduledTime: 0, noRetry: () => undefined } as ScheduledController;

  it('reaches every shard', async () => {
    const context = createExecutionContext();
    await worker.scheduled(event, { ...env, KEDGE_SHARDS: '4' } as Env, context);
    await waitOnExecutionContext(context);
  });

  it('fails when a shard does not answer', async () => {
    const SHARD = { getByName: () => ({ execute: () => Promise.reject(new Error('gone')) }) };
    const context = createExecutionContext();
    await expect(worker.scheduled(event, { ...env, SHARD } as unknown as Env, context)).rejects.toThrow('a shard does not answer');
    await waitOnExecutionContext(context);
  });
});

describe('a shard that fails', () => {
  it('is told with a status, and a write of unknown fate as such', async () => {
    const SHARD = { getByName: () => ({ execute: () => Promise.reject(new Error('gone')) }) };
    expect(await ask('/get/a', { SHARD })).toEqual([503, { error: 'ERR the connection to the shard was lost' }]);
    const [status, body] = await ask('/set/a/b', { SHARD });
    expect(status).toBe(500);
    expect(body).toEqual({ error: expect.stringContaining('may or may not have been applied') });
  });
});
