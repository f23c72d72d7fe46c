// The patterns of SORT's BY and GET: a name with a `*`, in whose place each element is put, of a key that holds a string or,
// with `->` and a field behind it, a hash.

import { type Bytes, own } from '../../bytes/bytes';
import { hasHashTag } from '../../bytes/crc16';
import type { Context } from '../../spec/context';
import { HashValue } from '../../types/hash';
import { bytesOf, StringBuffer } from '../../types/string';
import { withoutExpired } from '../hash/fields';

const ARROW = '->';

export class SortPattern {
  private readonly prefix: Bytes;
  private readonly suffix: Bytes;
  private readonly field: Bytes | undefined;
  /** `#`: the element itself. */
  private readonly isElement: boolean;
  /** Whether it has a `*`. Without one it names nothing: the same key for every element would be of no use. */
  readonly isVariable: boolean;

  constructor(pattern: Bytes) {
    const star = pattern.indexOf('*');
    const arrow = star < 0 ? -1 : pattern.indexOf(ARROW, star + 1);
    const hasField = arrow >= 0 && arrow + ARROW.length < pattern.length;
    this.isVariable = star >= 0;
    this.isElement = pattern === '#';
    this.prefix = pattern.slice(0, Math.max(star, 0)) as Bytes;
    this.suffix = pattern.slice(star + 1, hasField ? arrow : undefined) as Bytes;
    this.field = hasField ? own(pattern.slice(arrow + ARROW.length) as Bytes) : undefined;
  }

  /**
   * Whether a key that it names can be on another shard. As in a Redis Cluster since 7.4, they all have one place only
   * when there is a whole hash tag before the `*`.
   */
  mayBeElsewhere({ server }: Context): boolean {
    if (server.ownsAll || !this.isVariable) return false;
    return !hasHashTag(this.prefix) || !server.owns(this.prefix);
  }

  /** What it names for an element; undefined when that is not there or of another type. */
  lookup(ctx: Context, element: Bytes): Bytes | undefined {
    if (this.isElement) return element;
    if (!this.isVariable) return undefined;
    const key = `${this.prefix}${element}${this.suffix}` as Bytes;
    const value = ctx.keys.read(key);
    const { field } = this;
    if (field === undefined) return typeof value === 'string' || value instanceof StringBuffer ? bytesOf(value) : undefined;
    return value instanceof HashValue ? withoutExpired(ctx, key, value, [field])?.get(field) : undefined;
  }
}
