// The options with which XADD and XTRIM trim a stream.

import { ascii, type Bytes } from '../../bytes/bytes';
import { NOT_AN_INTEGER, redisError, SYNTAX } from '../../protocol/errors';
import { type Cursor, requireInteger } from '../../spec/cursor';
import type { EncodingLimits } from '../../types/limits';
import { idText, type StreamId } from '../../types/stream/id';
import type { StreamValue } from '../../types/stream/value';
import { requireId } from './ids';

const TWO_STRATEGIES = redisError('ERR syntax error, MAXLEN and MINID options at the same time are not compatible');
const NEGATIVE_LENGTH = redisError('ERR The MAXLEN argument must be >= 0.');
const NEGATIVE_LIMIT = redisError('ERR The LIMIT argument must be >= 0.');
const LIMIT_OF_NOTHING = redisError('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy');
const LIMIT_OF_EXACT = redisError('ERR syntax error, LIMIT cannot be used without the special ~ option');
const NO_STRATEGY = redisError('ERR syntax error, XTRIM must be called with a trimming strategy');

/** Without a LIMIT `~` removes as many entries as fit so many nodes, but for settings that make little sense. */
const DEFAULT_NODES = 100;
const DEFAULT_LIMIT = 10_000;
const MAX_DEFAULT_LIMIT = 1_000_000;

/**
 * What becomes of entries of consumer groups when the entry itself goes (Redis 8.2): they stay, they go too, or as long
 * as any group needs the entry it does not go.
 */
export type References = 'KEEPREF' | 'DELREF' | 'ACKED';
const REFERENCES: readonly References[] = ['KEEPREF', 'DELREF', 'ACKED'];

/** Takes one of the three words. Another one after `given` is a mistake. */
export function takeReferences(cursor: Cursor, given: References | undefined): References | undefined {
  const word = REFERENCES.find((one) => cursor.keyword(one));
  if (word !== undefined && given !== undefined) throw SYNTAX;
  return word;
}

export class TrimOptions {
  private to: number | { readonly minId: StreamId } | undefined = undefined;
  private references: References | undefined = undefined;
  private limit: number | undefined = undefined;
  /** Only whole nodes are removed. */
  approximate = false;

  /** Takes an option at the cursor; false when there is none. */
  take(cursor: Cursor): boolean {
    if (cursor.option('MAXLEN')) {
      this.begin(cursor);
      this.to = requireInteger(cursor.next());
      if (this.to < 0) throw NEGATIVE_LENGTH;
    } else if (cursor.option('MINID')) {
      this.begin(cursor);
      this.to = { minId: requireId(cursor.next()) };
    } else if (cursor.option('LIMIT')) {
      this.limit = requireInteger(cursor.next(), NOT_AN_INTEGER);
      if (this.limit < 0) throw NEGATIVE_LIMIT;
    } else {
      const references = takeReferences(cursor, this.references);
      if (references === undefined) return false;
      this.references = references;
    }
    return true;
  }

  private begin(cursor: Cursor): void {
    if (this.to !== undefined) throw TWO_STRATEGIES;
    this.approximate = cursor.left >= 2 && cursor.keyword('~');
    if (!this.approximate && cursor.left >= 2) cursor.keyword('=');
  }

  /** Refuses combinations that make no sense. */
  check(required: boolean): void {
    if (this.limit !== undefined && this.limit > 0 && this.to === undefined) throw LIMIT_OF_NOTHING;
    if (required && this.to === undefined) throw NO_STRATEGY;
    if (this.limit !== undefined && !this.approximate) throw LIMIT_OF_EXACT;
  }

  /** Trims; returns how many entries went. */
  apply(stream: StreamValue): number {
    const { to, approximate, references } = this;
    if (to === undefined) return 0;
    const limit = approximate ? (this.limit ?? defaultLimit(stream.limits)) : 0;
    const rules = {
      // Without groups nothing is in use.
      ...(references === 'ACKED' && { inUse: (id: StreamId) => stream.isInUse(id) }),
      ...(references === 'DELREF' && { onRemoved: (id: StreamId) => void stream.dropPending(id) }),
    };
    return stream.trim({ to, approximate, limit }, rules);
  }

  /**
   * The options that do once more what was done. Which nodes went depends on the sizes of nodes, how many entries went
   * does not: they were the first that could.
   */
  outcome(stream: StreamValue): Bytes[] {
    const { to, references } = this;
    if (to === undefined) return [];
    const line = references ? [references as string] : [];
    if (this.approximate) line.push('MAXLEN', '=', `${stream.length}`);
    else if (typeof to === 'number') line.push('MAXLEN', '=', `${to}`);
    else line.push('MINID', '=', idText(to.minId));
    return line.map(ascii);
  }
}

function defaultLimit({ streamNodeMaxEntries }: EncodingLimits): number {
  const limit = DEFAULT_NODES * streamNodeMaxEntries;
  return limit > 0 ? Math.min(limit, MAX_DEFAULT_LIMIT) : DEFAULT_LIMIT;
}
