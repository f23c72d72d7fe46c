// What the Worker exports: its handlers and the Durable Object classes. Nothing else.

import { serveHttp } from './edge/fetch';
import { runSchedule } from './edge/scheduled';
import { serveTcp } from './edge/tcp';
import type { Env } from './env';

export { DiskProbe } from './shard/disk-probe';
export { Shard } from './shard/shard';

export default {
  fetch: serveHttp,
  connect: serveTcp,
  scheduled: (event, env, ctx) => runSchedule(event.cron, env, ctx),
} satisfies ExportedHandler<Env>;
