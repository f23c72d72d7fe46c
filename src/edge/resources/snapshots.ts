// `/v1/snapshots`: backups of the whole database as RDB files in the bucket.

import { Hono } from 'hono';
import type { Env } from '../../env';
import { HOME_SHARD } from '../../router/slot-map';
import type { Shard } from '../../shard/shard';
import { Catalogue } from '../../shard/snapshot/catalogue';
import type { SnapshotManifest } from '../../shard/snapshot/manifest';
import { objectName } from '../../spec/slots';
import { BYTES_TYPE, JSON_TYPE, respond } from '../answers';
import type { Deployment } from '../deployment';
import { Problem } from './problem';
import { answering, parseBody, parseQuery, requireMethod, requireWriteToken } from './request';
import { BrokenSnapshot, joinedFile } from './snapshot-file';
import { listed, listQuery, noQuery, shown, snapshotBody } from './snapshots-form';

interface Bindings {
  readonly env: Env;
  readonly deployment: Deployment;
}

/** What one request for a snapshot needs. */
interface Asked {
  readonly request: Request;
  readonly home: DurableObjectStub<Shard>;
  readonly bucket: R2Bucket;
}

type Serve = (asked: Asked) => Promise<Response>;

export const snapshots = new Hono<{ Bindings: Bindings }>();

snapshots.all('/', (c) => serve(c.req.raw, c.env, ['GET', 'POST'], (asked) => (c.req.method === 'POST' ? create(asked) : list(asked))));

snapshots.all('/:id', (c) => {
  const id = c.req.param('id');
  return serve(c.req.raw, c.env, ['GET', 'DELETE'], (asked) => (c.req.method === 'DELETE' ? remove(asked, id) : show(asked, id)));
});

snapshots.all('/:id/rdb', (c) => serve(c.req.raw, c.env, ['GET'], (asked) => download(asked, c.req.param('id'))));

const NO_ROOM = 'there is no space left on the disk of the first shard';

function serve(request: Request, { env, deployment }: Bindings, methods: readonly string[], answer: Serve): Promise<Response> {
  return answering(request, async () => {
    requireWriteToken(request, deployment);
    requireMethod(request, ...methods);
    const bucket = env.SNAPSHOTS;
    if (!bucket) throw new Problem('not_supported', 'this deployment has no bucket for snapshots: bind one as SNAPSHOTS');
    const home = env.SHARD.getByName(objectName(HOME_SHARD, deployment.router.shards));
    return answer({ request, home, bucket });
  });
}

async function create({ request, home }: Asked): Promise<Response> {
  parseQuery(request, noQuery);
  const { rdbVersion, modules } = await parseBody(request, snapshotBody);
  const started = await home.startSnapshot({ rdbVersion, modules });
  if (started === 'running') throw new Problem('conflict', 'a snapshot is being written: there is one at a time');
  if (started === 'no-bucket') throw new Problem('not_supported', 'the shards of this deployment have no bucket for snapshots');
  if (started === 'no-room') throw new Problem('no_room', NO_ROOM);
  const response = json(request, { id: started.id, status: 'running' }, 202);
  response.headers.set('location', `/v1/snapshots/${started.id}`);
  return response;
}

async function list({ request, home }: Asked): Promise<Response> {
  const { limit } = parseQuery(request, listQuery);
  const all = await home.listSnapshots(limit);
  return json(request, { snapshots: all.map(listed) });
}

async function show({ request, home }: Asked, id: string): Promise<Response> {
  parseQuery(request, noQuery);
  const snapshot = await home.getSnapshot(id);
  if (!snapshot) throw unknown(id);
  return json(request, shown(snapshot));
}

async function remove({ request, home }: Asked, id: string): Promise<Response> {
  parseQuery(request, noQuery);
  const answer = await home.deleteSnapshot(id);
  if (answer === 'running') throw new Problem('conflict', 'this snapshot is being written');
  if (answer === 'no-room') throw new Problem('no_room', NO_ROOM);
  if (answer === 'not-found') throw unknown(id);
  return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
}

async function download({ request, home, bucket }: Asked, id: string): Promise<Response> {
  parseQuery(request, noQuery);
  const manifest = await requireComplete(home, id);
  try {
    const file = await joinedFile(new Catalogue(bucket, manifest.database), manifest);
    const body = request.method === 'HEAD' ? '' : file.open();
    const response = respond(request, { body, status: 200, type: BYTES_TYPE, syncToken: '' });
    response.headers.set('content-length', String(file.bytes));
    response.headers.set('content-disposition', `attachment; filename="${id}.rdb"`);
    return response;
  } catch (thrown) {
    if (thrown instanceof BrokenSnapshot) throw new Problem('conflict', `the snapshot is damaged: ${thrown.message}`);
    throw thrown;
  }
}

async function requireComplete(home: DurableObjectStub<Shard>, id: string): Promise<SnapshotManifest> {
  const snapshot = await home.getSnapshot(id);
  if (!snapshot) throw unknown(id);
  if (snapshot.status === 'complete') return snapshot.manifest;
  throw new Problem('conflict', snapshot.status === 'failed' ? 'this snapshot has failed' : 'this snapshot is still being written');
}

function unknown(id: string): Problem {
  return new Problem('not_found', `there is no snapshot ${id}`);
}

function json(request: Request, value: object, status = 200): Response {
  return respond(request, { body: JSON.stringify(value), status, type: JSON_TYPE, syncToken: '' });
}
