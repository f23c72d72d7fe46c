// Reading a command's arguments: small functions that throw Redis' own error, and a cursor for option lists.

import type { Bytes } from '../bytes/bytes';
import { parseDouble } from '../bytes/double';
import { type Int64, parseInt64 } from '../bytes/integer';
import { NOT_A_FLOAT, NOT_AN_INTEGER, SYNTAX } from '../protocol/errors';
import type { ErrorReply } from '../protocol/reply';

/** A signed 64-bit integer; throws `error` when it is not one. */
export function requireInt64(arg: Bytes | undefined, error: ErrorReply = NOT_AN_INTEGER): Int64 {
  const value = arg === undefined ? undefined : parseInt64(arg);
  if (value === undefined) throw error;
  return value;
}

/**
 * A signed 64-bit integer where only its order of magnitude matters (an index, a count): beyond 2^53 it is rounded.
 * Throws `error` when it is not an integer or outside of [min, max].
 */
export function requireInteger(
  arg: Bytes | undefined,
  error: ErrorReply = NOT_AN_INTEGER,
  min = Number.NEGATIVE_INFINITY,
  max = Number.POSITIVE_INFINITY,
): number {
  const value = Number(requireInt64(arg, error));
  if (value < min || value > max) throw error;
  return value;
}

/** A double, infinities included, NaN excluded. */
export function requireDouble(arg: Bytes | undefined, error: ErrorReply = NOT_A_FLOAT): number {
  const value = arg === undefined ? undefined : parseDouble(arg);
  if (value === undefined) throw error;
  return value;
}

/** Walks over arguments from `index` on. */
export class Cursor {
  constructor(
    private readonly argv: readonly Bytes[],
    private index: number,
  ) {}

  /** How many arguments are left. */
  get left(): number {
    return this.argv.length - this.index;
  }

  /** Where the next argument is. */
  get position(): number {
    return this.index;
  }

  get done(): boolean {
    return this.index >= this.argv.length;
  }

  /** Takes the next argument when it is `keyword` (upper case), in any case of the client's. */
  keyword(keyword: string): boolean {
    const arg = this.argv[this.index];
    if (arg === undefined || arg.length !== keyword.length || (arg !== keyword && arg.toUpperCase() !== keyword)) return false;
    this.index++;
    return true;
  }

  /** As {@link keyword}, for an option that takes values: it counts only when at least `values` arguments follow. */
  option(keyword: string, values = 1): boolean {
    return this.left > values && this.keyword(keyword);
  }

  /** The next argument; throws `error` when there is none. */
  next(error: ErrorReply = SYNTAX): Bytes {
    const arg = this.argv[this.index];
    if (arg === undefined) throw error;
    this.index++;
    return arg;
  }

  /** The next argument as an integer. */
  integer(error: ErrorReply = NOT_AN_INTEGER, min?: number, max?: number): number {
    return requireInteger(this.next(), error, min, max);
  }

  /** The next argument as a double. */
  double(error: ErrorReply = NOT_A_FLOAT): number {
    return requireDouble(this.next(), error);
  }

  /** The next `count` arguments; a syntax error when there are fewer. */
  take(count: number): readonly Bytes[] {
    if (count > this.left) throw SYNTAX;
    const taken = this.argv.slice(this.index, this.index + count);
    this.index += count;
    return taken;
  }

  /** All that is left. */
  rest(): readonly Bytes[] {
    return this.take(this.left);
  }

  /** A syntax error when anything is left. */
  end(): void {
    if (!this.done) throw SYNTAX;
  }
}
