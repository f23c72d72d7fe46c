// Scripts and functions, as the commands for them see the engine's script host.

import type { Bytes } from '../bytes/bytes';
import type { Reply } from '../protocol/reply';

/** How a script or a function is called. */
export interface ScriptCall {
  /** The command line: the script, its digest or the function's name, the number of keys, keys, arguments. */
  readonly argv: readonly Bytes[];
  readonly keyCount: number;
  /** EVAL_RO and its like: nothing may be changed. */
  readonly readOnly: boolean;
}

/** What INFO tells. Bytes are estimates. */
export interface ScriptUse {
  readonly scripts: number;
  readonly scriptBytes: number;
  readonly evictedScripts: number;
  readonly libraries: number;
  readonly functions: number;
  readonly libraryBytes: number;
}

/** Bytes that the values of the machines of scripts and of libraries take. What was compiled is not among it. */
export interface MachineMemory {
  readonly scripts: number;
  readonly libraries: number;
}

export interface FunctionInfo {
  readonly name: Bytes;
  readonly description: Bytes | undefined;
  readonly flags: readonly string[];
}

export interface LibraryInfo {
  readonly name: Bytes;
  readonly source: Bytes;
  readonly functions: readonly FunctionInfo[];
}

/** What becomes of the libraries that are there when others are restored. */
export type RestorePolicy = 'append' | 'replace' | 'flush';

/** Libraries of functions. What changes them throws Redis' error before it does. */
export interface Functions {
  has(name: Bytes): boolean;
  /** FCALL of a function that is there. */
  call(call: ScriptCall): Reply;
  /** Loads a library and gives its name. */
  load(source: Bytes, replace: boolean): Bytes;
  /** The journal says that a library was loaded. */
  recall(source: Bytes): void;
  /** False when there was no such library. */
  remove(name: Bytes): boolean;
  flush(): void;
  list(): readonly LibraryInfo[];
  restore(sources: readonly Bytes[], policy: RestorePolicy): void;
}

/** Scripts by their digests. */
export interface Scripts {
  /** EVAL */
  evaluate(call: ScriptCall): Reply;
  /** EVALSHA */
  evaluateDigest(call: ScriptCall): Reply;
  /** SCRIPT LOAD: keeps a script and gives its digest. Throws the error of one that does not compile. */
  load(source: Bytes): Bytes;
  /** The journal says that EVAL has seen a script. */
  recall(source: Bytes): void;
  has(digest: Bytes): boolean;
  /** SCRIPT FLUSH */
  flush(): void;
  /** Scripts may run every command, also those that are not made for it (DEBUG SET-DISABLE-DENY-SCRIPTS). */
  unrestricted: boolean;
  readonly use: ScriptUse;
  /** Goes over all values. */
  measureMachines(): MachineMemory;
  readonly functions: Functions;
}
