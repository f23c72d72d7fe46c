// Coroutines (lbaselib.c).

import { ascii } from '../../bytes/bytes';
import { COROUTINE_BYTES } from '../costs';
import { LuaError } from '../error';
import type { LuaMachine } from '../machine';
import { LuaTable } from '../table';
import { Coroutine, LuaClosure } from '../thread';
import { type LuaValue, NativeFunction } from '../value';
import { asString } from './arguments';

export function coroutineLibrary(machine: LuaMachine): LuaTable {
  const table = new LuaTable();
  const add = (name: string, call: (args: readonly LuaValue[]) => readonly LuaValue[]): void =>
    table.set(ascii(name), new NativeFunction(name, call));
  add('create', (args) => [create(machine, args)]);
  add('resume', (args) => {
    const { succeeded, values } = machine.resume(checkCoroutine(machine, args), args.slice(1));
    return [succeeded, ...values];
  });
  add('yield', (args) => {
    machine.yield(args);
    return [];
  });
  add('status', (args) => [ascii(checkCoroutine(machine, args).status)]);
  add('running', () => [machine.runningCoroutine]);
  add('wrap', (args) => {
    const coroutine = create(machine, args);
    return [new NativeFunction('wrap', (given) => resumeOrFail(machine, coroutine, given))];
  });
  return table;
}

function create(machine: LuaMachine, args: readonly LuaValue[]): Coroutine {
  const body = args[0];
  if (!(body instanceof LuaClosure)) return machine.failArgument(1, 'Lua function expected');
  machine.allocate(COROUTINE_BYTES);
  return new Coroutine(body);
}

function checkCoroutine(machine: LuaMachine, args: readonly LuaValue[]): Coroutine {
  const [coroutine] = args;
  return coroutine instanceof Coroutine ? coroutine : machine.failArgument(1, 'coroutine expected');
}

function resumeOrFail(machine: LuaMachine, coroutine: Coroutine, args: readonly LuaValue[]): readonly LuaValue[] {
  const { succeeded, values } = machine.resume(coroutine, args);
  if (succeeded) return values;
  const [error] = values;
  const text = asString(error);
  // A message is told with the position of who goes on with the coroutine, too.
  throw new LuaError(text === undefined ? error : ascii(machine.where(1) + text));
}
