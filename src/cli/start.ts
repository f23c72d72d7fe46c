// `kedge start`: the Worker on plain workerd, with its data on disk.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STOP_SCHEDULE } from '../settings';
import { startCron } from './cron';
import { DataFolder } from './data-folder';
import { Failure } from './failure';
import { Lock } from './lock';
import { authority, requirePort } from './ports';
import type { StartSettings } from './settings';
import { Workerd } from './workerd';
import { CONTROL_SECRET, workerdConfig } from './workerd-config';
import { readWranglerConfig, type WranglerConfig } from './wrangler-config';

/** This file runs as dist/kedge.js; the Worker's bundle lies beside it, wrangler.toml above. */
const DIST = dirname(fileURLToPath(import.meta.url));

const CONFIG = 'workerd.capnp';

/** Shards that take longer to bring their storage up to date are stopped all the same. */
const SETTLE_WITHIN_MS = 10_000;

/** Runs until a signal ends it. */
export async function start(settings: StartSettings): Promise<void> {
  const wrangler = readWranglerConfig(join(DIST, '..', 'wrangler.toml'));
  const bundle = join(DIST, 'worker');
  if (!existsSync(join(bundle, 'index.js'))) throw new Failure(`${bundle} has no Worker: run npm run build`);
  const folder = new DataFolder(settings.data);
  const lock = await Lock.acquire(folder, note);
  try {
    await run(settings, wrangler, bundle, folder, lock);
  } finally {
    lock.release();
  }
}

async function run(settings: StartSettings, wrangler: WranglerConfig, bundle: string, folder: DataFolder, lock: Lock): Promise<void> {
  await requirePorts(settings);
  const shards = folder.shards(settings.shards, Number(wrangler.vars.KEDGE_SHARDS ?? 1));
  const token = settings.token ?? folder.token();
  const secrets: Record<string, string> = { KEDGE_TOKEN: token };
  if (settings.readonlyToken !== undefined) secrets.KEDGE_READONLY_TOKEN = settings.readonlyToken;
  const config = folder.file(CONFIG);
  folder.write(
    CONFIG,
    workerdConfig({
      wrangler,
      folder,
      bundle,
      host: settings.host,
      port: settings.port,
      respPort: settings.respPort,
      // DEBUG is what conformance suites need, and is refused on a deployment, which does not have this binding.
      vars: {
        KEDGE_SHARDS: String(shards),
        KEDGE_BATCH: settings.batch,
        KEDGE_MEMORY_BUDGET: String(settings.memoryBudget),
        KEDGE_STORAGE_LIMIT: String(settings.storageLimit),
        KEDGE_DURABILITY: settings.durability,
        KEDGE_MAXMEMORY: String(settings.maxMemory ?? wrangler.vars.KEDGE_MAXMEMORY ?? 0),
        KEDGE_MAXMEMORY_POLICY: settings.maxMemoryPolicy ?? wrangler.vars.KEDGE_MAXMEMORY_POLICY ?? 'noeviction',
        KEDGE_SNAPSHOT_EVERY: settings.snapshotEvery ?? wrangler.vars.KEDGE_SNAPSHOT_EVERY ?? '',
        KEDGE_SNAPSHOT_KEEP: String(settings.snapshotKeep ?? wrangler.vars.KEDGE_SNAPSHOT_KEEP ?? ''),
        KEDGE_SNAPSHOT_MAX_AGE: settings.snapshotMaxAge ?? wrangler.vars.KEDGE_SNAPSHOT_MAX_AGE ?? '',
        KEDGE_DEBUG: '1',
        KEDGE_RESP_NO_AUTH: settings.respNoAuth ? '1' : '0',
      },
      secrets: Object.keys(secrets),
    }),
  );

  const controlSecret = randomBytes(24).toString('base64url');
  const sockets = settings.respPort === 0 ? ['http', 'control'] : ['http', 'control', 'resp'];
  let controlPort = 0;
  let announced = false;
  const ended = deferred();
  const workerd = new Workerd(
    binaryPath(),
    config,
    sockets,
    { ...process.env, ...secrets, [CONTROL_SECRET]: controlSecret, TZ: 'UTC' },
    {
      spawned: (pid) => lock.record(pid),
      ready: (pid, ports) => {
        controlPort = ports.get('control') ?? 0;
        if (!announced) announce(settings, token, pid);
        announced = true;
      },
      crashed: (reason) => note(`workerd ended unexpectedly (${reason}); starting it again`),
      failed: ended.reject,
    },
  );
  const stopCron = startCron(wrangler.triggers.crons, (cron) => void runScheduled(controlPort, controlSecret, cron));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ended.resolve);
  workerd.start();
  try {
    await ended.promise;
  } catch (error) {
    // Somebody may have taken a port since it was found free; workerd itself tells only its log.
    if (!announced) await requirePorts(settings);
    throw error;
  } finally {
    stopCron();
    // What has been acknowledged may be in memory alone (KEDGE_DURABILITY).
    if (announced && controlPort !== 0) await runScheduled(controlPort, controlSecret, STOP_SCHEDULE, SETTLE_WITHIN_MS);
    await workerd.stop();
  }
}

async function requirePorts({ host, port, respPort }: StartSettings): Promise<void> {
  await requirePort(host, port, '--port or PORT');
  if (respPort !== 0) await requirePort(host, respPort, '--resp-port or KEDGE_RESP_PORT');
}

/** Promise.withResolvers, which Node 20 does not have. */
function deferred(): { promise: Promise<void>; resolve: () => void; reject: (reason: unknown) => void } {
  let resolve = (): void => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

async function runScheduled(port: number, secret: string, cron: string, withinMs?: number): Promise<void> {
  const signal = withinMs === undefined ? null : AbortSignal.timeout(withinMs);
  try {
    const url = `http://127.0.0.1:${port}/?cron=${encodeURIComponent(cron)}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${secret}` }, signal });
    if (!response.ok) note(`the schedule '${cron}' failed: HTTP ${response.status}`);
  } catch (error) {
    note(`the schedule '${cron}' failed: ${error instanceof Error ? error.message : error}`);
  }
}

function announce(settings: StartSettings, token: string, workerdPid: number): void {
  // An address that means "all of them" is no address to connect to.
  const host = settings.host === '0.0.0.0' ? '127.0.0.1' : settings.host === '::' ? '::1' : settings.host;
  const url = `http://${authority(host, settings.port)}`;
  if (settings.json) {
    const data = { url, host, respPort: settings.respPort, token, pid: process.pid, workerdPid };
    console.log(JSON.stringify(data));
    return;
  }
  const lines = [`  REST   ${url}`, `  Token  ${token}`];
  if (settings.respPort !== 0) {
    const elsewhere = host === '127.0.0.1' || host === 'localhost' ? '' : ` -h ${host}`;
    lines.push(`  RESP   redis-cli${elsewhere} -p ${settings.respPort}${settings.respNoAuth ? '' : ` -a ${token}`}`);
  }
  const snippet = [
    "import { Redis } from '@upstash/redis';",
    `const redis = new Redis({ url: '${url}', token: '${token}' });`,
    "console.log(await redis.set('greeting', 'hello'), await redis.get('greeting'));",
  ];
  console.log(['', ...lines, '', ...snippet.map((line) => `  ${line}`), ''].join('\n'));
}

/** The package's own answer: where its install script did not run, the `workerd` command is a slow shim. */
function binaryPath(): string {
  const workerd = createRequire(import.meta.url)('workerd') as { default: string };
  return workerd.default;
}

function note(text: string): void {
  console.error(`kedge: ${text}`);
}
