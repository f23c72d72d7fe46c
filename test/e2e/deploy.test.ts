// `kedge deploy` against a stand-in for Cloudflare's API on this machine: the real wrangler bundles and uploads, and what
// arrives is looked at.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { spawnKedge, until } from './server';

const ACCOUNT = 'account';
/** The Worker as the stand-in has it, or nothing before the first deployment. */
let deployed: { secrets: string[] } | undefined;
let uploads: { bindings: { name: string; type: string; text?: string }[]; migrations?: unknown }[] = [];
let failAfterUpload = false;
let api: Server;

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

/** What the API answers: a result, or nothing for "there is no such thing". */
function answer(method: string, path: string, text: string): unknown {
  switch (path) {
    case '/workers/scripts/kedge':
    case '/workers/scripts/kedge/versions':
      if (method === 'GET') return undefined;
      uploads.push(JSON.parse(/name="metadata"\r\n(?:[^\r]+\r\n)*\r\n(\{.*?\})\r\n--/s.exec(text)?.[1] ?? '{}'));
      deployed = { secrets: ['KEDGE_TOKEN'] };
      return {
        id: 'kedge',
        etag: 'etag',
        startup_time_ms: 1,
        deployment_id: 'deployment',
        tag: 'tag',
        resources: { script: { etag: 'etag' } },
      };
    case '/workers/scripts/kedge/secrets':
      return deployed?.secrets.map((name) => ({ name, type: 'secret_text' }));
    case '/workers/services/kedge':
      return (
        deployed && {
          default_environment: { environment: 'production', script: { tag: 'tag', last_deployed_from: 'wrangler', migration_tag: 'v1' } },
        }
      );
    case '/workers/services/kedge/environments/production':
      return deployed && { script: { last_deployed_from: 'wrangler' } };
    case '/workers/scripts/kedge/deployments':
      return deployed && { deployments: [] };
    case '/workers/scripts/kedge/settings':
      return deployed && { bindings: [], compatibility_date: '2026-10-20' };
    case '/workers/subdomain':
      return { subdomain: 'acme' };
    case '/workers/workers/kedge':
      return failAfterUpload ? undefined : { subdomain: { enabled: true, previews_enabled: true } };
    default:
      return { name: 'kedge-snapshots', enabled: true, previews_enabled: true, schedules: [] };
  }
}

beforeAll(async () => {
  api = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://stand-in');
    const result = answer(request.method ?? 'GET', pathname.replace(`/accounts/${ACCOUNT}`, ''), await body(request));
    const errors = result === undefined ? [{ code: 10007, message: 'This Worker does not exist on your account.' }] : [];
    response.writeHead(result === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ success: result !== undefined, errors, messages: [], result: result ?? null }));
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  api.close();
});
beforeEach(() => {
  deployed = undefined;
  uploads = [];
  failAfterUpload = false;
});

async function deploy(...args: string[]): Promise<{ code: number; log: string }> {
  const { port } = api.address() as AddressInfo;
  const { child, log } = spawnKedge(['deploy', ...args], {
    CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}`,
    CLOUDFLARE_API_TOKEN: 'anything',
    CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    WRANGLER_SEND_METRICS: 'false',
  });
  const code = await until('kedge deploy to end', () => child.exitCode ?? undefined);
  return { code, log: log() };
}

test('a dry run asks nobody', async () => {
  const { code, log } = await deploy('--dry-run');
  expect(log).toContain('--dry-run: exiting now.');
  expect(code).toBe(0);
  expect(uploads).toEqual([]);
});

test('the first deployment gets a random token together with the code, the second keeps it', async () => {
  const first = await deploy();
  expect(first.code, first.log).toBe(0);
  const token = /Token {2}([\w-]{43}) /.exec(first.log)?.[1];
  expect(token).toBeDefined();
  expect(first.log).toContain('https://kedge.acme.workers.dev');
  expect(uploads[0]?.bindings).toContainEqual({ name: 'KEDGE_TOKEN', type: 'secret_text', text: token });
  expect(uploads[0]?.bindings.map(({ name }) => name)).toEqual(expect.arrayContaining(['SHARD', 'SNAPSHOTS', 'KEDGE_SHARDS']));
  expect(uploads[0]?.bindings.map(({ name }) => name)).not.toContain('KEDGE_DEBUG');

  const second = await deploy();
  expect(second.code, second.log).toBe(0);
  expect(second.log).toContain('Token  as before');
  expect(uploads[1]?.bindings).toContainEqual({ name: 'KEDGE_TOKEN', type: 'inherit' });
});

test('a token that was uploaded before something failed is not lost', async () => {
  failAfterUpload = true;
  const { code, log } = await deploy();
  expect(code).toBe(1);
  const uploaded = uploads[0]?.bindings.find(({ name }) => name === 'KEDGE_TOKEN')?.text;
  expect(uploaded).toBeDefined();
  expect(log).toContain(`its token is ${uploaded}`);
});
