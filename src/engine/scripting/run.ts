// One call of a script or a function.

import type { Bytes } from '../../bytes/bytes';
import type { ClientState } from '../client-state';
import type { ScriptFlag } from './flags';

export interface ScriptRun {
  /** The digest of a script, the name of a function: how errors call it. */
  readonly name: Bytes;
  readonly keys: readonly Bytes[];
  /** Who called it. */
  readonly client: ClientState;
  /** It may change nothing. */
  readonly readOnly: boolean;
  /** It may touch no keys but those that it was given (`allow-key-locking`). */
  readonly locksKeys: boolean;
  /** It may run commands that are not made for scripts. */
  readonly unrestricted: boolean;
  /** It may write whether or not there is room (`allow-oom`). */
  readonly needsNoRoom: boolean;
  /** It has called a command that writes: from then on it cannot stop half way. */
  wrote: boolean;
}

/** Flags of a script without a shebang: what it calls is judged as it comes. */
export type Flags = ReadonlySet<ScriptFlag> | undefined;
