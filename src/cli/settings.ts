// Settings of the commands: each is declared once, and from the declaration come the flag, the environment variable,
// the check and the help text.

import { parseArgs } from 'node:util';
import * as z from 'zod';
import { durability, maxMemory, maxMemoryPolicy, memoryBudget, shards, snapshotCount, storageLimit, timeSpan, token } from '../settings';
import { UsageFailure } from './failure';

interface Setting<T> {
  /** Name of the flag, without dashes. */
  readonly flag?: string;
  /** What the help text calls it where it stands among the arguments without a flag. */
  readonly operand?: string;
  readonly env?: string;
  /** What the help text calls the value; a flag without one takes no value. */
  readonly placeholder?: string;
  /** Used when neither flag nor variable is given; without it the setting is `undefined` then. */
  readonly fallback?: string;
  readonly summary: string;
  readonly schema: z.ZodType<T, string>;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;
/** The checked values: those with a fallback are always there. */
export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends { readonly schema: z.ZodType<infer T, string> }
    ? S[K] extends { readonly fallback: string }
      ? T
      : T | undefined
    : never;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings of one command. A flag wins over its variable, a variable over the fallback; an empty variable
 * counts as not given.
 */
export function readSettings<S extends Settings>(settings: S, args: readonly string[], env: Environment): Values<S> {
  const flags = parseFlags(settings, args);
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const fromFlag = flags[setting.flag ?? setting.operand ?? ''];
    const fromEnv = setting.env === undefined ? undefined : env[setting.env] || undefined;
    const raw = fromFlag ?? fromEnv ?? setting.fallback;
    if (raw === undefined) continue;
    const parsed = setting.schema.safeParse(raw);
    if (!parsed.success) {
      const source = fromFlag === undefined ? setting.env : (setting.operand ?? `--${setting.flag}`);
      const secret = setting.placeholder === 'TOKEN';
      throw new UsageFailure(
        `${source}: ${secret ? 'the value' : `'${withoutPassword(raw)}'`} ${parsed.error.issues[0]?.message ?? 'is not valid'}`,
      );
    }
    values[name] = parsed.data;
  }
  return values as Values<S>;
}

/** An address that is repeated in a message may have one in it. */
function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^:@/]*:).*@/, '$1…@');
}

/** By the names of flags and operands. */
function parseFlags(settings: Settings, args: readonly string[]): Record<string, string | undefined> {
  const options: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const { flag, placeholder } of Object.values(settings)) {
    if (flag !== undefined) options[flag] = { type: placeholder === undefined ? 'boolean' : 'string' };
  }
  const operands = Object.values(settings).flatMap(({ operand }) => operand ?? []);
  try {
    const { values, positionals } = parseArgs({
      args: withDashes(args, options),
      options,
      strict: true,
      allowPositionals: operands.length > 0,
    });
    if (positionals.length > operands.length) throw new UsageFailure(`there is an argument too many: '${positionals[operands.length]}'`);
    return Object.fromEntries([
      ...Object.entries(values).map(([flag, value]) => [flag, String(value)]),
      ...positionals.map((value, i) => [operands[i], value]),
    ]);
  } catch (error) {
    throw new UsageFailure(error instanceof Error ? error.message : String(error));
  }
}

/** `--token -x` is refused as ambiguous, yet a token may begin with a dash: `--token=-x` says the same. Another flag stays one. */
function withDashes(args: readonly string[], options: Readonly<Record<string, { type: 'string' | 'boolean' }>>): string[] {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    const value = args[i + 1];
    const takesIt = value?.startsWith('-') && arg.startsWith('--') && options[arg.slice(2)]?.type === 'string';
    const isFlag = value?.startsWith('--') && options[value.slice(2).replace(/=.*$/s, '')] !== undefined;
    if (takesIt && !isFlag) i++;
    joined.push(takesIt && !isFlag ? `${arg}=${value}` : arg);
  }
  return joined;
}

/** The settings as lines of a help text. */
export function describeSettings(settings: Settings): string {
  const rows = Object.values(settings).map(({ flag, env, operand, placeholder, fallback, summary }) => {
    const names = [operand, flag === undefined ? undefined : `--${flag}${placeholder === undefined ? '' : ` ${placeholder}`}`, env];
    const given = fallback === undefined || placeholder === undefined ? '' : ` [${fallback}]`;
    return { names: names.filter((name) => name !== undefined).join(', '), summary: `${summary}${given}` };
  });
  const width = Math.max(...rows.map((row) => row.names.length));
  return rows.map((row) => `  ${row.names.padEnd(width)}  ${row.summary}`).join('\n');
}

/** Whether only programs on this machine can reach a listener at this address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

export const wholeNumber = (least: number, most: number, what: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, what)
    .transform(Number)
    .refine((value) => value >= least && value <= most, what);

const port = wholeNumber(1, 65535, 'is not a port (1 to 65535)');
const portOrOff = wholeNumber(0, 65535, 'is not a port (1 to 65535, or 0 for none)');
export const switchedOn = z.string().transform(() => true);
const host = z
  .string()
  .regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$/, 'is not a host name or an address');

export const startSettings = {
  port: { flag: 'port', env: 'PORT', placeholder: 'N', fallback: '8787', summary: 'port of REST and WebSocket', schema: port },
  respPort: {
    flag: 'resp-port',
    env: 'KEDGE_RESP_PORT',
    placeholder: 'N',
    fallback: '6380',
    summary: 'port of RESP over TCP, 0 for none',
    schema: portOrOff,
  },
  host: { flag: 'host', env: 'KEDGE_HOST', placeholder: 'HOST', fallback: '127.0.0.1', summary: 'address to listen on', schema: host },
  data: {
    flag: 'data',
    env: 'KEDGE_DATA',
    placeholder: 'FOLDER',
    fallback: '.kedge',
    summary: 'where the data is kept',
    schema: z.string().min(1, 'is empty'),
  },
  token: {
    flag: 'token',
    env: 'KEDGE_TOKEN',
    placeholder: 'TOKEN',
    summary: 'read-write token; without it one is made and kept in the data folder',
    schema: token,
  },
  readonlyToken: { env: 'KEDGE_READONLY_TOKEN', placeholder: 'TOKEN', summary: 'a token that may only read', schema: token },
  shards: {
    flag: 'shards',
    env: 'KEDGE_SHARDS',
    placeholder: 'N',
    summary: 'number of shards, fixed at the first start on a data folder [1]',
    schema: shards,
  },
  durability: {
    flag: 'durability',
    env: 'KEDGE_DURABILITY',
    placeholder: 'MODE',
    fallback: 'strict',
    summary: 'strict: written before it is answered; relaxed: within a second; memory: checkpoints alone',
    schema: durability,
  },
  maxMemory: {
    flag: 'maxmemory',
    env: 'KEDGE_MAXMEMORY',
    placeholder: 'BYTES',
    summary: 'most that the dataset may take, such as 500mb, 0 for no limit [0]',
    schema: maxMemory,
  },
  maxMemoryPolicy: {
    flag: 'maxmemory-policy',
    env: 'KEDGE_MAXMEMORY_POLICY',
    placeholder: 'POLICY',
    summary: 'which keys go then, such as allkeys-lru [noeviction]',
    schema: maxMemoryPolicy,
  },
  respNoAuth: {
    flag: 'resp-no-auth',
    summary: 'RESP over TCP asks for no password; only with a loopback host',
    schema: switchedOn,
  },
  batch: {
    env: 'KEDGE_BATCH',
    placeholder: 'on|off',
    fallback: 'on',
    summary: 'whether requests that arrive together share one call per shard',
    schema: z.enum(['on', 'off'], { error: "is neither 'on' nor 'off'" }),
  },
  memoryBudget: {
    flag: 'memory-budget',
    env: 'KEDGE_MEMORY_BUDGET',
    placeholder: 'BYTES',
    fallback: '40mb',
    summary: 'how much of its keys and values a shard keeps in memory; the rest waits on disk',
    schema: memoryBudget,
  },
  storageLimit: {
    flag: 'storage-limit',
    env: 'KEDGE_STORAGE_LIMIT',
    placeholder: 'BYTES',
    fallback: '9500m',
    summary: 'how much disk a shard may take before it adds nothing any more; 0 for no limit',
    schema: storageLimit,
  },
  snapshotEvery: {
    flag: 'snapshot-every',
    env: 'KEDGE_SNAPSHOT_EVERY',
    placeholder: 'TIME',
    summary: 'how often a snapshot is written by itself, such as 24h; without it never',
    schema: timeSpan,
  },
  snapshotKeep: {
    flag: 'snapshot-keep',
    env: 'KEDGE_SNAPSHOT_KEEP',
    placeholder: 'N',
    summary: 'how many snapshots are kept; without it all',
    schema: snapshotCount,
  },
  snapshotMaxAge: {
    flag: 'snapshot-max-age',
    env: 'KEDGE_SNAPSHOT_MAX_AGE',
    placeholder: 'TIME',
    summary: 'how old a snapshot becomes before it is deleted, but for the newest; without it any age',
    schema: timeSpan,
  },
  json: { env: 'KEDGE_JSON', summary: 'set to 1: print one line of JSON when ready, for scripts', schema: switchedOn },
} as const satisfies Settings;
export type StartSettings = Values<typeof startSettings>;

/** Rules that hold between settings. */
export function readStartSettings(args: readonly string[], env: Environment): StartSettings {
  const settings = readSettings(startSettings, args, env);
  if (settings.respNoAuth && !isLoopback(settings.host)) {
    throw new UsageFailure(`--resp-no-auth: refused, because ${settings.host} can be reached from other machines`);
  }
  if (settings.port === settings.respPort) throw new UsageFailure(`--port and --resp-port are both ${settings.port}: they have to differ`);
  if (settings.token !== undefined && settings.token === settings.readonlyToken) {
    throw new UsageFailure('KEDGE_READONLY_TOKEN: the same as the read-write token, so it would not be read-only');
  }
  return settings;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

const address = z.string().transform((text, context): Address => {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const checkedHost = host.safeParse(bracketed ?? plain);
  const checkedPort = port.safeParse(digits);
  if (checkedHost.success && checkedPort.success) return { host: checkedHost.data, port: checkedPort.data };
  context.issues.push({ code: 'custom', message: 'is not host:port', input: text });
  return z.NEVER;
});

const webSocketUrl = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'ws:' || url?.protocol === 'wss:';
}, 'is not a WebSocket address, such as wss://kedge.example.workers.dev/ws');

export const bridgeSettings = {
  url: { flag: 'url', placeholder: 'URL', summary: 'the WebSocket to forward to, such as wss://HOST/ws', schema: webSocketUrl },
  listen: {
    flag: 'listen',
    placeholder: 'HOST:PORT',
    fallback: '127.0.0.1:6379',
    summary: 'where Redis clients connect',
    schema: address,
  },
  token: {
    flag: 'token',
    env: 'KEDGE_TOKEN',
    placeholder: 'TOKEN',
    summary: 'sent for every connection; without it clients send AUTH themselves',
    schema: token,
  },
} as const satisfies Settings;
export type BridgeSettings = Values<typeof bridgeSettings> & { readonly url: string };

export function readBridgeSettings(args: readonly string[], env: Environment): BridgeSettings {
  const settings = readSettings(bridgeSettings, args, env);
  if (settings.url === undefined) throw new UsageFailure('--url is needed: the WebSocket to forward to, such as wss://HOST/ws');
  return { ...settings, url: settings.url };
}
