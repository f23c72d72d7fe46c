// The configuration of the local workerd, in its Cap'n Proto text form, derived from wrangler.toml.
//
// R2 is Miniflare's simulator, which is itself a pair of Workers: they run inside the same workerd, keep metadata in a
// SQLite Durable Object and bodies on disk, so no second process is needed. Cron triggers arrive at a control Worker on
// a port of its own, since workerd has no clock that calls `scheduled()`.

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { DataFolder } from './data-folder';
import { authority } from './ports';
import type { WranglerConfig } from './wrangler-config';

export interface LocalServer {
  readonly wrangler: WranglerConfig;
  readonly folder: DataFolder;
  /** Where the bundled Worker is; index.js is its main module. */
  readonly bundle: string;
  readonly host: string;
  readonly port: number;
  /** 0 for none. */
  readonly respPort: number;
  /** Bindings that differ from wrangler.toml's, or that it does not have. */
  readonly vars: Readonly<Record<string, string>>;
  /** Names of bindings whose values workerd takes from its environment, so that they are in no file. */
  readonly secrets: readonly string[];
}

/** Name of the environment variable with the secret that the control Worker asks for. */
export const CONTROL_SECRET = 'KEDGE_CONTROL_SECRET';

/** What only a server that has a disk has (src/shard/disk.ts). */
const DISK_PROBE = { name: 'DISK_PROBE', class_name: 'DiskProbe' };

const CONTROL_WORKER = `export default {
  async fetch(request, env) {
    if (request.headers.get('authorization') !== 'Bearer ' + env.SECRET) return new Response(null, { status: 403 });
    const cron = new URL(request.url).searchParams.get('cron');
    return Response.json(await env.USER.scheduled({ cron, scheduledTime: new Date() }));
  },
};`;

/**
 * A smaller young generation than V8 chooses by itself: what dies young does so all the same, and a busy server takes a
 * quarter less memory.
 */
const V8_FLAGS = ['--max-semi-space-size=8'];

const MINIFLARE_DATE = '2023-07-24';

export function workerdConfig(server: LocalServer): string {
  const { wrangler, folder } = server;
  const buckets = wrangler.r2_buckets.length > 0;
  const services = ['(name = "user", worker = .user)', '(name = "control", worker = .control)', disk('objects', folder.objects)];
  if (buckets)
    services.push(disk('buckets', folder.buckets), '(name = "r2-entry", worker = .r2entry)', '(name = "r2-object", worker = .r2object)');
  const sockets = [
    `(name = "http", address = ${text(authority(server.host, server.port))}, http = (), service = "user")`,
    // Port 0: the system chooses, and workerd tells on its control pipe.
    '(name = "control", address = "127.0.0.1:0", http = (), service = "control")',
  ];
  if (server.respPort !== 0) {
    sockets.push(`(name = "resp", address = ${text(authority(server.host, server.respPort))}, tcp = (), service = "user")`);
  }
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = ${list(services)},
  sockets = ${list(sockets)},
  extensions = ${list(buckets ? [simulatorLibrary(folder)] : [])},
  v8Flags = ${list(V8_FLAGS.map(text))},
);
${userWorker(server)}${controlWorker(wrangler)}${buckets ? simulatorWorkers(folder) : ''}`;
}

function userWorker({ wrangler, folder, bundle, vars, secrets }: LocalServer): string {
  const classes = [...wrangler.migrations.flatMap((migration) => migration.new_sqlite_classes), DISK_PROBE.class_name];
  const bindings = [
    ...Object.entries({ ...wrangler.vars, ...vars }).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ...secrets.map((name) => `(name = ${text(name)}, fromEnvironment = ${text(name)})`),
    ...[...wrangler.durable_objects.bindings, DISK_PROBE].map(
      ({ name, class_name }) => `(name = ${text(name)}, durableObjectNamespace = ${text(class_name)})`,
    ),
    ...wrangler.r2_buckets.map(({ binding, bucket_name }) => {
      const props = JSON.stringify({ MINIFLARE_NAMESPACE: bucket_name });
      return `(name = ${text(binding)}, r2Bucket = (name = "r2-entry", props = (json = ${text(props)})))`;
    }),
  ];
  return `const user :Workerd.Worker = (
  modules = ${list(bundleModules(folder, bundle))},
  compatibilityDate = ${text(wrangler.compatibility_date)},
  compatibilityFlags = ${list(wrangler.compatibility_flags.map(text))},
  bindings = ${list(bindings)},
  durableObjectNamespaces = ${list(
    // The unique key is part of where an object's data lies: it must never change.
    classes.map((name) => `(className = ${text(name)}, uniqueKey = ${text(`${wrangler.name}-${name}`)}, enableSql = true)`),
  )},
  durableObjectStorage = (localDisk = "objects"),
);
`;
}

function bundleModules(folder: DataFolder, bundle: string): string[] {
  const names = readdirSync(bundle).filter((name) => name.endsWith('.js') || name.endsWith('.wasm'));
  // The first module is the main one.
  names.sort((a, b) => Number(b === 'index.js') - Number(a === 'index.js'));
  return names.map(
    (name) => `(name = ${text(name)}, ${name.endsWith('.js') ? 'esModule' : 'wasm'} = ${embed(folder, join(bundle, name))})`,
  );
}

function controlWorker(wrangler: WranglerConfig): string {
  return `const control :Workerd.Worker = (
  modules = [(name = "control.js", esModule = ${text(CONTROL_WORKER)})],
  compatibilityDate = ${text(wrangler.compatibility_date)},
  compatibilityFlags = ["service_binding_extra_handlers"],
  bindings = [(name = "USER", service = "user"), (name = "SECRET", fromEnvironment = ${text(CONTROL_SECRET)})],
);
`;
}

function simulatorLibrary(folder: DataFolder): string {
  const modules = ['index', 'zod'].map((name) => {
    const specifier = name === 'index' ? 'miniflare:shared' : `miniflare:${name}`;
    return `(name = ${text(specifier)}, esModule = ${embed(folder, simulator(`shared/${name}.worker.js`))})`;
  });
  return `(modules = ${list(modules)})`;
}

function simulatorWorkers(folder: DataFolder): string {
  return `const r2entry :Workerd.Worker = (
  modules = [(name = "entry.js", esModule = ${embed(folder, simulator('shared/object-entry.worker.js'))})],
  compatibilityDate = ${text(MINIFLARE_DATE)},
  bindings = [(name = "MINIFLARE_OBJECT", durableObjectNamespace = (className = "R2BucketObject", serviceName = "r2-object"))],
);
const r2object :Workerd.Worker = (
  modules = [(name = "bucket.js", esModule = ${embed(folder, simulator('r2/bucket.worker.js'))})],
  compatibilityDate = ${text(MINIFLARE_DATE)},
  compatibilityFlags = ["nodejs_compat", "experimental"],
  bindings = [(name = "MINIFLARE_BLOBS", service = "buckets")],
  durableObjectNamespaces = [(className = "R2BucketObject", uniqueKey = "miniflare-R2BucketObject", enableSql = true)],
  durableObjectStorage = (localDisk = "buckets"),
);
`;
}

function simulator(path: string): string {
  return join(dirname(createRequire(import.meta.url).resolve('miniflare')), 'workers', path);
}

function disk(name: string, path: string): string {
  return `(name = ${text(name)}, disk = (path = ${text(path)}, writable = true))`;
}

/** Contents of a file; the path is relative to the configuration's own folder. */
function embed(folder: DataFolder, path: string): string {
  return `embed ${text(relative(folder.path, path))}`;
}

function list(items: readonly string[]): string {
  return `[${items.join(', ')}]`;
}

/** A text literal: Cap'n Proto knows C's escapes, not JSON's. */
function text(value: string): string {
  const escaped = value.replace(/[\\"\p{Cc}]/gu, (char) => {
    return char === '\\' || char === '"' ? `\\${char}` : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}
