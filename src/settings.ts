// The settings of a deployment: text bindings, checked once. A wrong one is refused before anything is served.

import * as z from 'zod';
import { parseMemorySize } from './bytes/memory-size';
import { MAX_SHARDS } from './router/slot-map';
import { DURABILITY_MODES, type DurabilityMode } from './spec/durability';
import { EVICTION_POLICIES, type EvictionPolicy } from './spec/eviction';

/** A setting has a value that cannot be meant. The message names it, and never shows a secret. */
export class SettingsError extends Error {}

/** The name of the schedule by which a local server tells every shard that it is about to be stopped. */
export const STOP_SCHEDULE = 'stop';

/** Travels in an HTTP header. */
export const token = z.string().regex(/^[\x21-\x7e]+$/, 'has a character that a token cannot have: use printable ASCII without spaces');

const flag = z.enum(['0', '1'], { error: "must be '0' or '1'" }).transform((value) => value === '1');

export const shards = z
  .string()
  .regex(/^[1-9]\d?$/, `must be a number from 1 to ${MAX_SHARDS}`)
  .transform(Number)
  .refine((count) => count <= MAX_SHARDS, `must be a number from 1 to ${MAX_SHARDS}`);

export const durability = z.enum(DURABILITY_MODES, { error: `must be ${DURABILITY_MODES.map((mode) => `'${mode}'`).join(', ')}` });

const AMOUNT = "must be an amount of memory such as '500mb' or '2gb', or 0 for no limit";
/** Bytes. Beyond a petabyte a number would not be exact, and no database is as large. */
export const maxMemory = z.string().transform((text, context) => {
  const bytes = /^\d/.test(text) ? parseMemorySize(text) : undefined;
  if (bytes !== undefined && bytes <= 1024n ** 5n) return Number(bytes);
  context.addIssue(AMOUNT);
  return z.NEVER;
});

export const maxMemoryPolicy = z.enum(EVICTION_POLICIES, { error: `must be one of ${EVICTION_POLICIES.join(', ')}` });

const batch = z.enum(['on', 'off'], { error: "must be 'on' or 'off'" }).transform((value) => value === 'on');

/** Less leaves no room for the largest values and what is made of them. */
const LEAST_MEMORY = 4 * 1024 * 1024;

export const memoryBudget = z.string().transform((text, context) => {
  const bytes = Number(parseMemorySize(text) ?? 0);
  if (bytes >= LEAST_MEMORY) return bytes;
  context.issues.push({ code: 'custom', message: "must be an amount of memory such as '40mb', and at least 4mb", input: text });
  return z.NEVER;
});

/** Less would be full from the beginning. */
const LEAST_STORAGE = 1024 * 1024;

export const storageLimit = z.string().transform((text, context) => {
  const bytes = /^\d/.test(text) ? Number(parseMemorySize(text) ?? -1) : -1;
  if (bytes === 0 || bytes >= LEAST_STORAGE) return bytes;
  context.issues.push({ code: 'custom', message: "must be an amount such as '5gb', and at least 1mb, or 0 for no limit", input: text });
  return z.NEVER;
});

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const timeSpan = z.string().regex(/^[1-9]\d{0,5}[smhd]$/, "must be a time span such as '15m', '24h' or '7d'");

/** In milliseconds. */
const duration = timeSpan.transform((text) => Number(text.slice(0, -1)) * (UNITS_MS[text.slice(-1)] as number));

export const snapshotCount = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, 'must be a number from 1 to 9999')
  .transform(Number);

const schema = z
  .object({
    KEDGE_TOKEN: token.optional(),
    KEDGE_READONLY_TOKEN: token.optional(),
    KEDGE_SHARDS: shards.default(1),
    KEDGE_MAXMEMORY: maxMemory.default(0),
    KEDGE_MAXMEMORY_POLICY: maxMemoryPolicy.default('noeviction'),
    KEDGE_DEBUG: flag.default(false),
    KEDGE_BATCH: batch.default(true),
    KEDGE_DURABILITY: durability.default('strict'),
    KEDGE_RESP_NO_AUTH: flag.default(false),
    KEDGE_SNAPSHOT_EVERY: duration.optional(),
    KEDGE_SNAPSHOT_KEEP: snapshotCount.optional(),
    KEDGE_SNAPSHOT_MAX_AGE: duration.optional(),
    // An isolate has 128 MB, may be shared by two shards, and needs room for code, requests and garbage.
    KEDGE_MEMORY_BUDGET: memoryBudget.default(40 * 1024 * 1024),
    // The platform's limit is 10 GB. The rest is for deletions, checkpoints, and what a snapshot keeps while it is written.
    KEDGE_STORAGE_LIMIT: storageLimit.default(9_500_000_000),
  })
  .refine((settings) => settings.KEDGE_TOKEN === undefined || settings.KEDGE_TOKEN !== settings.KEDGE_READONLY_TOKEN, {
    path: ['KEDGE_READONLY_TOKEN'],
    error: 'is the same as KEDGE_TOKEN, so it would not be read-only',
  });

export interface Settings {
  /** The read-write token. Without one the edge serves nothing. */
  readonly token: string | undefined;
  readonly readOnlyToken: string | undefined;
  /** How many shards the slots are spread over. */
  readonly shards: number;
  /** Most bytes of the dataset, of all shards together, and what goes to keep to that, where CONFIG SET has not said otherwise. */
  readonly maxMemory: number;
  readonly maxMemoryPolicy: EvictionPolicy;
  /** DEBUG is allowed. */
  readonly debug: boolean;
  /** The requests of a macrotask share one RPC per shard. */
  readonly batch: boolean;
  /** When what is written reaches storage, unless CONFIG SET appendfsync has chosen. */
  readonly durability: DurabilityMode;
  /** A TCP connection needs no password. Never set on a deployment, which has no TCP. */
  readonly respNoAuth: boolean;
  /** Milliseconds from one snapshot to the next. Undefined: none by themselves. */
  readonly snapshotEveryMs: number | undefined;
  /** How many snapshots are kept, and for how many milliseconds. Undefined: without a limit. */
  readonly snapshotKeep: number | undefined;
  readonly snapshotMaxAgeMs: number | undefined;
  /** Bytes of keys and values that a shard keeps in memory. */
  readonly memoryBudget: number;
  /** Bytes that the database of a shard may have before nothing is added any more; 0: no limit. */
  readonly storageLimit: number;
}

/** Reads the settings out of a Worker's bindings. An empty one counts as not given. Throws a {@link SettingsError}. */
export function readSettings(bindings: object): Settings {
  const given = Object.fromEntries(Object.entries(bindings).filter(([name, value]) => name.startsWith('KEDGE_') && value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw new SettingsError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; '));
  }
  const { data } = parsed;
  return {
    token: data.KEDGE_TOKEN,
    readOnlyToken: data.KEDGE_READONLY_TOKEN,
    shards: data.KEDGE_SHARDS,
    maxMemory: data.KEDGE_MAXMEMORY,
    maxMemoryPolicy: data.KEDGE_MAXMEMORY_POLICY,
    debug: data.KEDGE_DEBUG,
    batch: data.KEDGE_BATCH,
    durability: data.KEDGE_DURABILITY,
    respNoAuth: data.KEDGE_RESP_NO_AUTH,
    snapshotEveryMs: data.KEDGE_SNAPSHOT_EVERY,
    snapshotKeep: data.KEDGE_SNAPSHOT_KEEP,
    snapshotMaxAgeMs: data.KEDGE_SNAPSHOT_MAX_AGE,
    memoryBudget: data.KEDGE_MEMORY_BUDGET,
    storageLimit: data.KEDGE_STORAGE_LIMIT,
  };
}
