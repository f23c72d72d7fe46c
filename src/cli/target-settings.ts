// The settings with which a command names the Kedge that it works on.

import { token } from '../settings';
import { endpoints } from './endpoint';

/** @param summary what it is to the command */
export function urlSetting(summary: string) {
  return { flag: 'url', env: 'KEDGE_URL', placeholder: 'URL', summary, schema: endpoints.kedge } as const;
}

export const tokenSetting = {
  flag: 'token',
  env: 'KEDGE_TOKEN',
  placeholder: 'TOKEN',
  summary: 'its read-write token',
  schema: token,
} as const;

/** For a command that fills it. */
export const filledSettings = {
  url: urlSetting('the Kedge to fill: https://HOST, or redis://HOST:PORT for its TCP port'),
  token: tokenSetting,
} as const;
