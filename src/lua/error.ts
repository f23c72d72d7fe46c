// What a script throws: any value of Lua, most often a message with its position.

import type { LuaValue } from './value';

/** An error inside a script that pcall may catch. */
export class LuaError {
  constructor(readonly value: LuaValue) {}
}

/** The script has used up its steps or its time. No pcall catches it: the script ends. */
export class ScriptStopped {
  constructor(readonly reason: 'steps' | 'time') {}
}
