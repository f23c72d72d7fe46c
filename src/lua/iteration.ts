// Steps of generic loops. What goes over a table by `pairs` or `ipairs` calls nothing.

import { deliver } from './calls';
import type { LuaMachine } from './machine';
import { callable, failCall } from './metamethods';
import { LuaTable } from './table';
import type { Coroutine, Frame } from './thread';
import { LuaFunction } from './value';

/** One step of a generic loop: its variables are set, or false at the end. */
export function iterate(machine: LuaMachine, thread: Coroutine, code: Int32Array, at: number, a: number, variables: number): boolean {
  const { stack } = thread;
  const iterator = stack[a];
  const object = stack[a + 1];
  const control = stack[a + 2];
  if (iterator === machine.next && object instanceof LuaTable) {
    const position = machine.advance(object, machine.positionIn(object, control, code[at + 3] as number));
    code[at + 3] = position;
    if (position === 0) return false;
    stack[a + 2] = stack[a + 3] = object.keyAt(position);
    if (variables > 1) stack[a + 4] = object.valueAt(position);
    for (let i = 2; i < variables; i++) stack[a + 3 + i] = undefined;
    return true;
  }
  if (iterator === machine.step && object instanceof LuaTable && typeof control === 'number' && (control | 0) === control) {
    const value = object.get(control + 1);
    if (value === undefined) return false;
    stack[a + 2] = stack[a + 3] = control + 1;
    if (variables > 1) stack[a + 4] = value;
    for (let i = 2; i < variables; i++) stack[a + 3 + i] = undefined;
    return true;
  }
  // In C the iterator is copied to where its results go, and called there: what was there before is its name.
  if (!(iterator instanceof LuaFunction) && callable(machine, iterator) === undefined) {
    failCall(machine, iterator, a + 3 - (thread.frames[thread.depth] as Frame).base);
  }
  const results = machine.callMetamethod(iterator, [object, control]);
  deliver(thread, a + 3, results, variables);
  if (stack[a + 3] === undefined) return false;
  stack[a + 2] = stack[a + 3];
  return true;
}
