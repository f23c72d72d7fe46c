// Fields of a hash as lines: HSET for many at once, then HPEXPIREAT for those of them that have the same deadline.

import type { Bytes } from '../../bytes/bytes';
import type { Steps } from './large-input';
import { FillLines, words } from './refill';

export class HashLines {
  private readonly pairs = new FillLines(words('HSET'));
  private readonly deadlines = new Map<number, Bytes[]>();

  /** @param deadline 0 where there is none */
  add(field: Bytes, value: Bytes, deadline: number): boolean {
    if (deadline !== 0) {
      const fields = this.deadlines.get(deadline);
      if (fields) fields.push(field);
      else this.deadlines.set(deadline, [field]);
    }
    return this.pairs.add(field, value);
  }

  *take(): Steps<void> {
    if (this.pairs.isEmpty) return;
    yield this.pairs.take();
    for (const [deadline, fields] of this.deadlines)
      yield { before: words('HPEXPIREAT'), after: [...words(`${deadline}`, 'FIELDS', `${fields.length}`), ...fields] };
    this.deadlines.clear();
  }
}
