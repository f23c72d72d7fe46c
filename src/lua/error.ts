// What a script throws: any value of Lua, most often a message with its position.

import type { LuaValue } from './value';

/** Where a script failed: what debug.getinfo calls `source` (`@user_script`, `=[C]`) and `currentline` (-1 in our functions). */
export interface ErrorPosition {
  readonly source: string;
  readonly line: number;
}

/** An error inside a script that pcall may catch. */
export class LuaError {
  constructor(
    readonly value: LuaValue,
    /** Known of an error that leaves the machine. */
    public position: ErrorPosition | undefined = undefined,
    /** The handler of xpcall is not asked: there is no memory or no stack for it. */
    readonly unhandled = false,
  ) {}
}

/** The script has used up its steps or its time. No pcall catches it: the script ends. */
export class ScriptStopped {
  constructor(
    readonly reason: 'steps' | 'time',
    /** Known when it leaves the machine. */
    public position: ErrorPosition | undefined = undefined,
  ) {}
}
