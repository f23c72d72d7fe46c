// Draws keys that might have to go, for eviction.ts, wherever they are. Nothing is loaded for that.

import type { Bytes } from '../bytes/bytes';
import type { Random } from '../spec/context';
import type { Residency } from './residency';
import { randomKeys } from './walk';

/** The mark of a key in storage that has none: it has not been used for a long time. */
const UNKNOWN_MARK = 0;
/** So often storage is asked for keys at random before those with the earliest deadlines are taken instead. */
const MAX_TRIES = 4;

interface Drawn {
  readonly key: Bytes;
  readonly access: number | undefined;
}

export class Victims {
  constructor(
    private readonly entries: Residency,
    private readonly source: Random,
  ) {}

  has(volatile: boolean): boolean {
    return (volatile ? this.entries.volatileCount : this.entries.keyCount) > 0;
  }

  /**
   * Shows about `count` keys drawn at random, with their marks of access. Returns how many it showed.
   * @param volatile only keys with a deadline
   */
  sample(volatile: boolean, count: number, visit: (key: Bytes, mark: number) => void): number {
    let shown = 0;
    for (let tries = 0; shown < count && tries < count + MAX_TRIES; tries++) {
      for (const { key, access } of this.draw(volatile)) {
        visit(key, access ?? UNKNOWN_MARK);
        shown++;
      }
    }
    return shown;
  }

  /** A key drawn at random, or undefined when there is none. */
  random(volatile: boolean): Bytes | undefined {
    const drawn = this.draw(volatile);
    return drawn[this.source.below(drawn.length)]?.key;
  }

  /** The key with the earliest deadline. */
  first(): Bytes | undefined {
    return this.entries.deadlines.first();
  }

  /** Some keys at random, at least one if there is any. */
  private draw(volatile: boolean): readonly Drawn[] {
    const { entries, source } = this;
    if (!this.has(volatile)) return [];
    if (entries.complete) {
      const tree = volatile ? entries.deadlines.tree : entries.order;
      const entry = entries.peek(tree.at(source.below(tree.size))?.name as Bytes);
      return entry ? [entry] : [];
    }
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const drawn: Drawn[] = [];
      for (const { key, stored } of randomKeys(entries, source)) {
        const known = stored ?? entries.peek(key);
        if (known && !(volatile && known.deadline === undefined)) drawn.push(known);
      }
      if (drawn.length > 0) return drawn;
    }
    // Few keys have a deadline: those that have are found by it.
    const key = this.first();
    return key === undefined ? [] : [{ key, access: entries.peek(key)?.access }];
  }
}
