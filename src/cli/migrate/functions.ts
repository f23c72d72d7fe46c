// Libraries of functions, one by one, so that it can be said which of them were not taken and why.

import { ascii, type Bytes, toText } from '../../bytes/bytes';
import { ErrorReply, type Reply } from '../../protocol/reply';
import { Failure } from '../failure';
import { CONFLICT } from '../words';
import type { Sides } from './passes';
import type { OnConflict } from './settings';

export class FunctionCopier {
  /** Names of libraries and their code, as they were copied. */
  readonly copied = new Map<Bytes, Bytes>();
  /** Names of libraries that were left out, their code, and why. */
  readonly leftOut = new Map<Bytes, { readonly code: Bytes; readonly reason: string }>();

  constructor(
    private readonly sides: Sides,
    private readonly onConflict: OnConflict,
  ) {}

  /** Brings the target up to date. Answers how many libraries that took. */
  async copy(): Promise<number> {
    const { from, to } = this.sides;
    const reply = await from.run('FUNCTION', 'LIST', 'WITHCODE');
    // Before 7.0 there are none.
    if (reply instanceof ErrorReply) return 0;
    const libraries = librariesIn(reply);
    let changed = 0;
    for (const [name, code] of libraries) {
      if (this.copied.get(name) === code || this.leftOut.get(name)?.code === code) continue;
      await this.copyOne(name, code);
      changed++;
    }
    for (const name of [...this.copied.keys()].filter((one) => !libraries.has(one))) {
      await to.run('FUNCTION', 'DELETE', name);
      this.copied.delete(name);
      changed++;
    }
    return changed;
  }

  private async copyOne(name: Bytes, code: Bytes): Promise<void> {
    const { onConflict } = this;
    const replace = onConflict === 'replace' || this.copied.has(name);
    const reply = await this.sides.to.run('FUNCTION', 'LOAD', ...(replace ? ['REPLACE'] : []), code);
    if (!(reply instanceof ErrorReply)) {
      this.copied.set(name, code);
      this.leftOut.delete(name);
      return;
    }
    const isConflict = /already exists/.test(reply.text);
    if (isConflict && onConflict === 'fail') {
      throw new Failure(
        `the library ${toText(name)} of functions is at the target already; --on-conflict replace or skip decides what to do`,
      );
    }
    this.leftOut.set(name, { code, reason: isConflict && !replace ? CONFLICT : reply.text });
  }
}

function librariesIn(reply: Reply): Map<Bytes, Bytes> {
  const libraries = new Map<Bytes, Bytes>();
  if (!Array.isArray(reply)) return libraries;
  for (const one of reply as Reply[][]) {
    const after = (name: string) => one[one.indexOf(ascii(name)) + 1] as Bytes;
    libraries.set(after('library_name'), after('library_code'));
  }
  return libraries;
}
