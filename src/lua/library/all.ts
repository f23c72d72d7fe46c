// The libraries that a machine has from the start.

import { ascii } from '../../bytes/bytes';
import type { LuaMachine } from '../machine';
import { baseLibrary } from './base';
import { bitLibrary } from './bit';
import { cjsonLibrary } from './cjson';
import { cmsgpackLibrary } from './cmsgpack';
import { coroutineLibrary } from './coroutine';
import { mathLibrary } from './math';
import { osLibrary } from './os';
import { stringLibrary } from './string';
import { structLibrary } from './struct';
import { tableLibrary } from './table';

export function openLibraries(machine: LuaMachine): void {
  const { globals } = machine;
  const base = baseLibrary(machine);
  machine.next = base.next;
  for (const [name, value] of Object.entries(base)) globals.set(ascii(name), value);
  globals.set(ascii('_G'), globals);
  globals.set(ascii('_VERSION'), ascii('Lua 5.1'));
  globals.set(ascii('coroutine'), coroutineLibrary(machine));
  const string = stringLibrary();
  globals.set(ascii('string'), string);
  machine.stringMetatable.set(ascii('__index'), string);
  globals.set(ascii('table'), tableLibrary());
  globals.set(ascii('math'), mathLibrary());
  globals.set(ascii('os'), osLibrary(machine));
  globals.set(ascii('bit'), bitLibrary());
  globals.set(ascii('struct'), structLibrary());
  globals.set(ascii('cjson'), cjsonLibrary());
  globals.set(ascii('cmsgpack'), cmsgpackLibrary());
}
