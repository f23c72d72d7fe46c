// A pipeline says what it will need: what storage has to tell of keys that it replaces is read for all of them together.

import type { Bytes } from '../bytes/bytes';
import { replacesFirstArgument } from '../spec/keys';
import type { Engine } from './engine';

/** @param lines commands that are about to be run one after another, of which the first two words suffice */
export function foresee({ keys, table }: Engine, lines: readonly (readonly Bytes[])[]): void {
  if (keys.isComplete) return;
  const replaced: Bytes[] = [];
  for (const [name, key] of lines) {
    if (name !== undefined && key !== undefined && replacesFirstArgument(table.topLevel(name)?.keys)) replaced.push(key);
  }
  keys.foresee(replaced);
}
