// The settings of `kedge export` and `kedge snapshot`.

import * as z from 'zod';
import type { Endpoint } from '../endpoint';
import { UsageFailure } from '../failure';
import { type Environment, readSettings, type Settings, switchedOn, type Values, wholeNumber } from '../settings';
import { tokenSetting, urlSetting } from '../target-settings';

const server = { url: urlSetting('the Kedge, such as https://HOST'), token: tokenSetting } as const satisfies Settings;

const form = {
  rdbVersion: {
    flag: 'rdb-version',
    placeholder: 'N',
    summary: '10 for Redis 7.0, 11 for 7.2, 12 for 7.4; without it the lowest that holds everything',
    schema: z.enum(['10', '11', '12'], { error: 'is not 10, 11 or 12' }).transform(Number),
  },
  modules: {
    flag: 'modules',
    placeholder: 'keep|omit',
    fallback: 'keep',
    summary: 'omit leaves out values that a server without modules cannot load',
    schema: z.enum(['keep', 'omit'], { error: "is neither 'keep' nor 'omit'" }),
  },
} as const satisfies Settings;

const id = { operand: 'ID', summary: 'the snapshot', schema: z.string() } as const;
const file = { operand: 'FILE', summary: 'where to, - for standard output', schema: z.string().min(1, 'is empty') } as const;

export const exportSettings = {
  file,
  ...server,
  ...form,
  keep: { flag: 'keep', summary: 'leave the snapshot on the server too', schema: switchedOn },
} as const satisfies Settings;

/** Of each thing that `kedge snapshot` does. */
export const snapshotSettings = {
  create: { ...server, ...form },
  list: {
    ...server,
    limit: {
      flag: 'limit',
      placeholder: 'N',
      fallback: '100',
      summary: 'how many at most, the newest first',
      schema: wholeNumber(1, 1000, 'is not a number from 1 to 1000'),
    },
  },
  show: { id, ...server },
  download: { id, file: { ...file, summary: 'where to, - for standard output [ID.rdb]' }, ...server },
  delete: { id, ...server },
} as const satisfies Record<string, Settings>;
export type SnapshotAction = keyof typeof snapshotSettings;

/** What is needed to ask a server. */
export interface Access {
  readonly url: Endpoint;
  readonly token: string;
}

export function readExportSettings(args: readonly string[], env: Environment): Values<typeof exportSettings> & Access & { file: string } {
  const settings = readSettings(exportSettings, args, env);
  const target = settings.file;
  if (target === undefined) throw new UsageFailure('FILE is needed: where to write, or - for standard output');
  return { ...settings, ...requireAccess(settings), file: target };
}

export function isSnapshotAction(text: string | undefined): text is SnapshotAction {
  return text !== undefined && Object.hasOwn(snapshotSettings, text);
}

/** `settings` are one of {@link snapshotSettings}. */
export function readSnapshotSettings<S extends typeof server>(settings: S, args: readonly string[], env: Environment): Values<S> & Access {
  const values = readSettings(settings, args, env);
  return { ...values, ...requireAccess(values as Values<typeof server>) };
}

function requireAccess({ url, token: secret }: { readonly url?: Endpoint | undefined; readonly token?: string | undefined }): Access {
  if (url === undefined) throw new UsageFailure('--url is needed: the Kedge, such as https://HOST');
  if (url.transport !== 'websocket') throw new UsageFailure(`--url: snapshots are asked for over HTTP, and ${url.url} is a port of RESP`);
  if (secret === undefined) throw new UsageFailure('--token is needed (or KEDGE_TOKEN): its read-write token');
  return { url, token: secret };
}

export function requireId(given: string | undefined): string {
  if (given === undefined) throw new UsageFailure('ID is needed: `kedge snapshot list` shows those that there are');
  return given;
}
