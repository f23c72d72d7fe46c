// What Redis leaves of the library `os` (since 7.4): the clock.

import type { LuaMachine } from '../machine';
import type { LuaTable } from '../table';
import { functionTable } from './library';

const MS_PER_SECOND = 1000;

/** Seconds since the machine was made, where C counts those of the process. On Cloudflare they do not pass while code runs. */
export function osLibrary(machine: LuaMachine): LuaTable {
  let beganAtMs: number | undefined;
  return functionTable({
    clock: () => {
      beganAtMs ??= machine.now();
      return [(machine.now() - beganAtMs) / MS_PER_SECOND];
    },
  });
}
