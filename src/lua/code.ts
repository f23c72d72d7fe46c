// Compiled functions. The instructions are those of Lua 5.1's own machine, because what its error messages say about a
// value ("local 'x'", "field 'y'") is read off the instructions (see message.ts).
//
// While a function is compiled an instruction is four numbers: operation, A, B, C. When it is done they become
// `operation | A << 8, B, C, slot`, where slot is where the hash part of a table had the key the last time. A register is
// its number, a constant as an operand is -1 - its index.

import type { Bytes } from '../bytes/bytes';
import type { LuaValue } from './value';

export const MOVE = 0; // R(A) := R(B)
export const LOADK = 1; // R(A) := K(B)
export const LOADBOOL = 2; // R(A) := B ≠ 0; skips the next one when C ≠ 0
export const LOADNIL = 3; // R(A) … R(B) := nil
export const GETUPVAL = 4; // R(A) := U(B)
export const GETGLOBAL = 5; // R(A) := globals[K(B)]
export const GETTABLE = 6; // R(A) := R(B)[RK(C)]
export const SETGLOBAL = 7; // globals[K(B)] := R(A)
export const SETUPVAL = 8; // U(B) := R(A)
export const SETTABLE = 9; // R(A)[RK(B)] := RK(C)
export const NEWTABLE = 10; // R(A) := {}, B entries in the array part
export const SELF = 11; // R(A + 1) := R(B); R(A) := R(B)[RK(C)]
export const ADD = 12; // R(A) := RK(B) + RK(C)
export const SUB = 13;
export const MUL = 14;
export const DIV = 15;
export const MOD = 16;
export const POW = 17;
export const UNM = 18; // R(A) := -R(B)
export const NOT = 19; // R(A) := not R(B)
export const LEN = 20; // R(A) := #R(B)
export const CONCAT = 21; // R(A) := R(B) .. … .. R(C)
export const JMP = 22; // goes B instructions further
export const EQ = 23; // skips the next one unless (RK(B) == RK(C)) is what A says
export const LT = 24;
export const LE = 25;
export const TEST = 26; // skips the next one unless R(A) is as true as C
export const TESTSET = 27; // if R(B) is as true as C: R(A) := R(B), else skips the next one
export const CALL = 28; // R(A), … C - 1 results := R(A)(B - 1 arguments); 0 is "as many as there are"
export const TAILCALL = 29; // return R(A)(B - 1 arguments)
export const RETURN = 30; // returns R(A) …, B - 1 of them
export const FORLOOP = 31; // R(A) += R(A + 2); if it is not past R(A + 1): R(A + 3) := R(A), goes B further
export const FORPREP = 32; // R(A) -= R(A + 2), goes B further
export const TFORLOOP = 33; // R(A + 3), … C results := R(A)(R(A + 1), R(A + 2)); skips the next one at the end
export const SETLIST = 34; // R(A)[(C - 1) * 50 + i] := R(A + i), B of them
export const CLOSE = 35; // closes upvalues from R(A) on
export const CLOSURE = 36; // R(A) := a closure of function B; a MOVE or GETUPVAL follows for each upvalue
export const VARARG = 37; // R(A) …, B - 1 of them := ...
// Only of finished code: the same as GETTABLE and SETTABLE, and the key is a constant string.
export const GETFIELD = 38;
export const SETFIELD = 39;

/** Numbers that an instruction takes. */
export const STRIDE = 4;
/** Elements of a constructor that one SETLIST stores. */
export const FIELDS_PER_FLUSH = 50;

/** A variable of a function, from which instruction to which one it is one. */
export interface LocalVariable {
  readonly name: Bytes;
  start: number;
  end: number;
}

/** A function as it was compiled. */
export interface FunctionCode {
  readonly chunkName: string;
  /** 0 for the main function of a chunk. */
  readonly lineDefined: number;
  readonly instructions: Int32Array;
  readonly constants: readonly LuaValue[];
  readonly functions: readonly FunctionCode[];
  /** The line of each instruction. */
  readonly lines: Int32Array;
  readonly parameters: number;
  readonly variadic: boolean;
  /** It has `...` and does not use it: then it has a table `arg` (LUA_COMPAT_VARARG). */
  readonly argTable: boolean;
  readonly registers: number;
  readonly locals: readonly LocalVariable[];
  readonly upvalues: readonly Bytes[];
  /** An estimate of the memory that all of it takes. */
  readonly size: number;
}
