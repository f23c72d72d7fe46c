// A host for functions of Lua's libraries without the machine: enough to call one from a test.

import { ascii, type Bytes } from '../../src/bytes/bytes';
import { LuaError, ScriptStopped } from '../../src/lua/error';
import { formatNumber } from '../../src/lua/number';
import type { LuaTable } from '../../src/lua/table';
import { type LuaHost, type LuaValue, NativeFunction, typeName } from '../../src/lua/value';

export class FakeLuaHost implements LuaHost {
  spent = 0;
  allocated = 0;
  /** The function that runs, as messages call it. `?` is what Lua says of one that pcall calls. */
  private running = '?';

  constructor(
    private readonly steps = 1e9,
    private readonly memory = 1e9,
  ) {}

  call(callee: LuaValue, args: readonly LuaValue[]): readonly LuaValue[] {
    if (callee instanceof NativeFunction) return callee.call(args, this);
    throw new LuaError(ascii(`attempt to call a ${typeName(callee)} value`));
  }

  fail(message: string): never {
    throw new LuaError(message as Bytes);
  }

  failArgument(index: number, message: string): never {
    return this.fail(`bad argument #${index} to '${this.running}' (${message})`);
  }

  spend(steps: number): void {
    this.spent += steps;
    if (this.spent > this.steps) throw new ScriptStopped('steps');
  }

  allocate(bytes: number): void {
    this.allocated += bytes;
    if (this.allocated > this.memory) this.fail('not enough memory');
  }

  toText(value: LuaValue): Bytes {
    if (typeof value === 'string') return value;
    return typeof value === 'number' ? formatNumber(value) : ascii(value === undefined ? 'nil' : `${value}`);
  }

  lessThan(left: LuaValue, right: LuaValue): boolean {
    if (typeof left === 'number' && typeof right === 'number') return left < right;
    if (typeof left === 'string' && typeof right === 'string') return left < right;
    const [one, other] = [typeName(left), typeName(right)];
    return this.fail(one === other ? `attempt to compare two ${one} values` : `attempt to compare ${one} with ${other}`);
  }

  /** What a function of a library answers, or the value that it throws. */
  attempt(
    library: LuaTable,
    name: string,
    args: readonly LuaValue[],
    shown = name,
  ): { results: readonly LuaValue[] } | { error: LuaValue } {
    this.running = shown;
    try {
      return { results: this.call(library.get(ascii(name)), args) };
    } catch (error) {
      if (error instanceof LuaError) return { error: error.value };
      throw error;
    }
  }
}
