// The settings of `kedge import`.

import * as z from 'zod';
import { UsageFailure } from '../failure';
import { type Environment, readSettings, type Settings, switchedOn, type Values, wholeNumber } from '../settings';
import { filledSettings } from '../target-settings';

export const importSettings = {
  file: { operand: 'FILE', summary: 'the RDB file; - for standard input', schema: z.string().min(1, 'is empty') },
  ...filledSettings,
  onConflict: {
    flag: 'on-conflict',
    placeholder: 'WHAT',
    fallback: 'replace',
    summary: 'of a key that is there already: replace it, skip it, or fail before anything is changed',
    schema: z.enum(['replace', 'skip', 'fail'], { error: "is neither 'replace' nor 'skip' nor 'fail'" }),
  },
  db: {
    flag: 'db',
    placeholder: 'N',
    fallback: '0',
    summary: 'the database of the file whose keys are taken',
    schema: wholeNumber(0, 999_999_999, 'is not the number of a database'),
  },
  connections: {
    flag: 'connections',
    placeholder: 'N',
    fallback: '4',
    summary: 'how many connections share the work',
    schema: wholeNumber(1, 64, 'is not a number from 1 to 64'),
  },
  resume: { flag: 'resume', summary: 'go on with an import of this file that was broken off', schema: switchedOn },
  dryRun: { flag: 'dry-run', summary: 'only check the file, and say what is in it', schema: switchedOn },
} as const satisfies Settings;
export type ImportSettings = Values<typeof importSettings> & { readonly file: string };

export function readImportSettings(args: readonly string[], env: Environment): ImportSettings {
  const settings = readSettings(importSettings, args, env);
  const { file, resume, url, dryRun } = settings;
  if (file === undefined) throw new UsageFailure('the RDB file to import is missing');
  if (url === undefined && !dryRun)
    throw new UsageFailure('--url is needed: where to import to, such as https://HOST or redis://127.0.0.1:6380');
  if (resume && file === '-') throw new UsageFailure('--resume: standard input cannot be read again');
  return { ...settings, file };
}
