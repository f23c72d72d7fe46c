// EXEC of a transaction on one shard that depends on keys watched on others (engine/freeze.ts).
//
// Every shard concerned freezes, in the order of the shards, so that two such transactions never wait for each other.
// Then the one that runs it freezes anew, and after it the others, for longer: while its freeze lasts, so do theirs. It
// runs the transaction only if that is so. Nothing is measured here, and no two clocks are compared.

import { ascii, type Bytes } from '../bytes/bytes';
import { EXEC_FROZEN, freezeFor, THAW } from '../engine/freeze';

/** For so long the shard that runs the transaction, and the others, are frozen at most. */
const RUNNING_MS = 1000;
const DEPENDENT_MS = 2000;

const DISCARD = ascii('DISCARD');
const FROZEN = ':1\r\n';

export type Ask = (shard: number, argv: readonly Bytes[], answered: (raw: Bytes) => void) => void;

/**
 * Runs it and calls `done` with the answer to EXEC; undefined when a watched key has changed.
 * @param home the shard that holds the MULTI
 * @param watching the shards with watched keys
 */
export function commitWatching(home: number, watching: readonly number[], ask: Ask, done: (raw: Bytes | undefined) => void): void {
  const others = watching.filter((shard) => shard !== home);
  const all = [...others, home].sort((a, b) => a - b);
  const finish = (raw: Bytes | undefined): void => {
    if (raw === undefined) ask(home, [DISCARD], ignore);
    for (const shard of all) ask(shard, [THAW], ignore);
    done(raw);
  };
  const freeze = (shards: readonly number[], next: () => void): void => {
    const [shard, ...rest] = shards;
    if (shard === undefined) {
      next();
      return;
    }
    const ms = shard === home ? RUNNING_MS : DEPENDENT_MS;
    ask(shard, [freezeFor(ms)], (raw) => {
      if (raw === FROZEN) freeze(rest, next);
      else finish(undefined);
    });
  };
  freeze([...all, home, ...others], () => ask(home, [EXEC_FROZEN], finish));
}

function ignore(): void {}
