// What is routed by name. Upstash's REST, where any other first segment is a command, never comes here.

import { Hono } from 'hono';
import type { Env } from '../env';
import { preflight, refuse } from './answers';
import type { Deployment } from './deployment';
import { serveChanges } from './resources/changes';
import { servePointInTime } from './resources/point-in-time';
import { Problem } from './resources/problem';
import { snapshots } from './resources/snapshots';
import { serveMessages } from './subscribe';
import { upgrade } from './ws';

/** First segments of paths that are not commands. The empty one is only when nothing is sent along. */
export const NAMED = new Set(['', 'ws', 'v1', 'subscribe', 'psubscribe', 'monitor']);

interface Bindings {
  readonly env: Env;
  readonly deployment: Deployment;
}

export const app = new Hono<{ Bindings: Bindings }>();

/** For people and health checks that look at the bare address. Tells nothing that needs a token. */
app.get('/', (c) => {
  return c.json({ result: 'Kedge is ready. Commands go to /COMMAND/arguments or as a JSON array by POST, RESP to /ws.' }, 200, {
    'cache-control': 'no-store',
  });
});

app.all('/ws', (c) => upgrade(c.req.raw, c.env.env, c.env.deployment));

app.options('*', (c) => preflight(c.req.raw));

app.all('/v1/changes', (c) => serveChanges(c.req.raw, c.env.env, c.env.deployment));

app.route('/v1/snapshots', snapshots);

app.all('/v1/point-in-time-recovery', (c) => servePointInTime(c.req.raw, c.env.env, c.env.deployment));

app.all('/v1/*', (c) => new Problem('not_found', 'this address is not part of the interface').toResponse(c.req.raw));

for (const stream of ['/subscribe/*', '/psubscribe/*', '/monitor/*']) {
  app.all(stream, (c) => serveMessages(c.req.raw, c.env.env, c.env.deployment));
}

app.notFound((c) => refuse(c.req.raw, 'ERR there is nothing at this address', 404));

app.onError((error, c) => {
  console.error('fault in a request', error);
  return refuse(c.req.raw, 'ERR internal error', 500);
});
