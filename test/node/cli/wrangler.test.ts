// wrangler.toml states bindings, dates and flags once. Here: that what the local server makes of it is complete.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { DataFolder } from '../../../src/cli/data-folder';
import { workerdConfig } from '../../../src/cli/workerd-config';
import { readWranglerConfig } from '../../../src/cli/wrangler-config';

const folder = mkdtempSync(join(tmpdir(), 'kedge-wrangler-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = fileURLToPath(new URL('../../../wrangler.toml', import.meta.url));
const wrangler = readWranglerConfig(path);

function config(changes: Partial<Parameters<typeof workerdConfig>[0]> = {}): string {
  const bundle = join(folder, 'bundle');
  const data = new DataFolder(join(folder, 'data "1"'));
  new DataFolder(bundle).write('index.js', '');
  const server = { wrangler, folder: data, bundle, host: '127.0.0.1', port: 8787, respPort: 6380, vars: {}, secrets: ['KEDGE_TOKEN'] };
  return workerdConfig({ ...server, ...changes });
}

describe('wrangler.toml', () => {
  test('has what a deployment needs', () => {
    expect(wrangler.durable_objects.bindings).toContainEqual({ name: 'SHARD', class_name: 'Shard' });
    expect(wrangler.migrations).toContainEqual({ tag: 'v1', new_sqlite_classes: ['Shard'] });
    expect(wrangler.r2_buckets.map(({ binding }) => binding)).toEqual(['SNAPSHOTS']);
    expect(wrangler.triggers.crons).not.toEqual([]);
    // What only a local server may have.
    expect(Object.keys(wrangler.vars)).not.toContain('KEDGE_DEBUG');
    expect(Object.keys(wrangler.vars)).not.toContain('KEDGE_RESP_NO_AUTH');
  });

  test('a section that the local server would leave out is refused', () => {
    const other = join(folder, 'wrangler.toml');
    writeFileSync(other, 'name = "x"\ncompatibility_date = "2026-10-20"\nmigrations = []\ndurable_objects = { bindings = [] }\n');
    expect(readWranglerConfig(other).r2_buckets).toEqual([]);
    writeFileSync(
      other,
      'name = "x"\ncompatibility_date = "2026-10-20"\nmigrations = []\ndurable_objects = { bindings = [] }\nqueues = {}\n',
    );
    expect(() => readWranglerConfig(other)).toThrow('queues');
  });
});

describe('the configuration for workerd', () => {
  test('has the bindings, the date, the flags and the classes of wrangler.toml', () => {
    const text = config();
    for (const { name, class_name } of wrangler.durable_objects.bindings) {
      expect(text).toContain(`(name = "${name}", durableObjectNamespace = "${class_name}")`);
      expect(text).toContain(`(className = "${class_name}", uniqueKey = "kedge-${class_name}", enableSql = true)`);
    }
    for (const { binding } of wrangler.r2_buckets) expect(text).toContain(`(name = "${binding}", r2Bucket =`);
    for (const flag of wrangler.compatibility_flags) expect(text).toContain(`"${flag}"`);
    expect(text).toContain(`compatibilityDate = "${wrangler.compatibility_date}"`);
  });

  test('settings win over vars, and secrets are in no file', () => {
    const text = config({ vars: { KEDGE_SHARDS: '7' } });
    expect(text).toContain('(name = "KEDGE_SHARDS", text = "7")');
    expect(text).not.toContain('text = "1"');
    expect(text).toContain('(name = "KEDGE_TOKEN", fromEnvironment = "KEDGE_TOKEN")');
  });

  test('addresses: IPv6 in brackets, no RESP socket when it is off', () => {
    expect(config({ host: '::1' })).toContain('address = "[::1]:6380"');
    expect(config({ respPort: 0 })).not.toContain('name = "resp"');
  });

  test('a path with a quote in it stays one text', () => {
    expect(config()).toContain('data \\"1\\"/objects');
  });
});
