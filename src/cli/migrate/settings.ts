// The settings of `kedge migrate`.

import * as z from 'zod';
import { type Endpoint, endpoints } from '../endpoint';
import { UsageFailure } from '../failure';
import { type Environment, readSettings, type Settings, type Values, wholeNumber } from '../settings';
import { filledSettings } from '../target-settings';

export const migrateSettings = {
  from: {
    flag: 'from',
    env: 'KEDGE_FROM',
    placeholder: 'URL',
    summary: 'the Redis to copy: redis://[USER:PASSWORD@]HOST:PORT[/DB], rediss:// with TLS',
    schema: endpoints.redis,
  },
  ...filledSettings,
  match: { flag: 'match', placeholder: 'PATTERN', summary: 'only keys like this one, as in SCAN', schema: z.string() },
  onConflict: {
    flag: 'on-conflict',
    placeholder: 'WHAT',
    fallback: 'replace',
    summary: 'of a key or library that is there already: replace it, skip it, or fail',
    schema: z.enum(['replace', 'skip', 'fail'], { error: "is neither 'replace' nor 'skip' nor 'fail'" }),
  },
  connections: {
    flag: 'connections',
    placeholder: 'N',
    fallback: '4',
    summary: 'how many connections to each side share the work',
    schema: wholeNumber(1, 64, 'is not a number from 1 to 64'),
  },
  passes: {
    flag: 'passes',
    placeholder: 'N',
    fallback: '10',
    summary: 'how often at most to go over the keys until none has changed meanwhile',
    schema: wholeNumber(1, 100, 'is not a number from 1 to 100'),
  },
  verify: {
    flag: 'verify',
    placeholder: 'N',
    fallback: '1000',
    summary: 'how many keys, chosen at random, to compare in the end, 0 for none',
    schema: wholeNumber(0, 1_000_000, 'is not a number from 0 to 1000000'),
  },
} as const satisfies Settings;
export type MigrateSettings = Values<typeof migrateSettings> & { readonly from: Endpoint; readonly url: Endpoint };
export type OnConflict = MigrateSettings['onConflict'];

export function readMigrateSettings(args: readonly string[], env: Environment): MigrateSettings {
  const settings = readSettings(migrateSettings, args, env);
  const { from, url } = settings;
  if (from === undefined) throw new UsageFailure('--from is needed: the Redis to copy, such as redis://127.0.0.1:6379');
  if (url === undefined) throw new UsageFailure('--url is needed: where to copy it to, such as https://HOST');
  if (from.host === url.host && from.port === url.port) throw new UsageFailure('--from and --url are the same server');
  return { ...settings, from, url };
}
