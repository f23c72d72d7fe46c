// `/v1/point-in-time-recovery`: takes the whole database back to a moment of the last 30 days, on Cloudflare.

import * as z from 'zod';
import type { Env } from '../../env';
import type { Shard } from '../../shard/shard';
import { objectName } from '../../spec/slots';
import { JSON_TYPE, respond } from '../answers';
import type { Deployment } from '../deployment';
import { Problem } from './problem';
import { answering, parseBody, requireMethod, requireWriteToken } from './request';

/** How far the platform goes back. */
const KEPT_MS = 30 * 24 * 60 * 60_000;

const recoveryBody = z.union([
  z.strictObject({ at: z.iso.datetime({ offset: true }) }),
  /** One per shard: those with which a recovery has answered. */
  z.strictObject({ bookmarks: z.array(z.string().min(1)) }),
]);

export function servePointInTime(request: Request, env: Env, deployment: Deployment): Promise<Response> {
  return answering(request, async () => {
    requireWriteToken(request, deployment);
    requireMethod(request, 'GET', 'POST');
    const { shards: count } = deployment.router;
    const shards = Array.from({ length: count }, (_, shard) => env.SHARD.getByName(objectName(shard, count)));
    return request.method === 'POST' ? recover(request, shards) : possible(request, shards);
  });
}

async function possible(request: Request, shards: readonly DurableObjectStub<Shard>[]): Promise<Response> {
  const now = Date.now();
  await bookmarksAt(shards, now);
  return json(request, { earliest: new Date(now - KEPT_MS).toISOString(), latest: new Date(now).toISOString() });
}

async function recover(request: Request, shards: readonly DurableObjectStub<Shard>[]): Promise<Response> {
  const body = await parseBody(request, recoveryBody);
  const bookmarks = 'at' in body ? await bookmarksFor(shards, body.at) : body.bookmarks;
  if (bookmarks.length !== shards.length) throw new Problem('invalid_body', `bookmarks: ${shards.length} are needed, one per shard`);
  const undo = await Promise.all(shards.map((shard, i) => shard.goBackTo(bookmarks[i] as string)));
  return json(request, { status: 'recovered', bookmarks, undo: { bookmarks: undo } });
}

async function bookmarksFor(shards: readonly DurableObjectStub<Shard>[], at: string): Promise<string[]> {
  const ms = Date.parse(at);
  const now = Date.now();
  if (ms > now) throw new Problem('invalid_body', 'at: lies in the future');
  if (ms < now - KEPT_MS) throw new Problem('invalid_body', 'at: the platform keeps the last 30 days');
  return bookmarksAt(shards, ms);
}

async function bookmarksAt(shards: readonly DurableObjectStub<Shard>[], ms: number): Promise<string[]> {
  const bookmarks = await Promise.all(shards.map((shard) => shard.bookmarkAt(ms)));
  return bookmarks.map((bookmark) => {
    if (bookmark !== undefined) return bookmark;
    throw new Problem(
      'not_supported',
      'going back in time exists only on Cloudflare, which keeps the past of the storage; take snapshots here',
    );
  });
}

function json(request: Request, value: object): Response {
  return respond(request, { body: JSON.stringify(value), status: 200, type: JSON_TYPE, syncToken: '' });
}
