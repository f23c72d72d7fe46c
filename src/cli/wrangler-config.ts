// What the local server needs to know of wrangler.toml. A kind of binding that it would not set up is an error here,
// not an undefined `env.SOMETHING` later.

import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import * as z from 'zod';
import { Failure } from './failure';

/** Sections that concern a deployment only. */
const deploymentOnly = {
  main: z.unknown().optional(),
  workers_dev: z.unknown().optional(),
  minify: z.unknown().optional(),
  upload_source_maps: z.unknown().optional(),
  placement: z.unknown().optional(),
  limits: z.unknown().optional(),
  observability: z.unknown().optional(),
  secrets: z.unknown().optional(),
};

const wranglerSchema = z.strictObject({
  ...deploymentOnly,
  name: z.string(),
  compatibility_date: z.iso.date(),
  compatibility_flags: z.array(z.string()).default([]),
  vars: z.record(z.string(), z.string()).default({}),
  durable_objects: z.strictObject({ bindings: z.array(z.strictObject({ name: z.string(), class_name: z.string() })) }),
  migrations: z.array(z.strictObject({ tag: z.string(), new_sqlite_classes: z.array(z.string()) })),
  r2_buckets: z.array(z.strictObject({ binding: z.string(), bucket_name: z.string() })).default([]),
  triggers: z.strictObject({ crons: z.array(z.string()) }).default({ crons: [] }),
});

export type WranglerConfig = z.infer<typeof wranglerSchema>;

export function readWranglerConfig(path: string): WranglerConfig {
  const parsed = wranglerSchema.safeParse(parse(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new Failure(`${path} has something that kedge start does not know:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
