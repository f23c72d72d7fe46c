// When the fields of a hash expire: there is one of these only where a field does.

import type { Bytes } from '../bytes/bytes';
import { RankedTree } from '../structures/ranked-tree';

/** Estimated bytes of a field's deadline: map slot, boxed number, place in the order. The name is the hash's. */
export const DEADLINE_MEMORY = 72;

export class FieldDeadlines {
  private readonly byField = new Map<Bytes, number>();
  /** Deadlines and fields, earliest first. */
  private readonly order = new RankedTree();

  /** Fields with a deadline. */
  get size(): number {
    return this.byField.size;
  }

  /** Undefined when no field has one. */
  get earliest(): number | undefined {
    return this.order.at(0)?.score;
  }

  /** Unix milliseconds, or undefined when the field never expires. */
  of(field: Bytes): number | undefined {
    return this.byField.get(field);
  }

  /** The field is one that the hash holds, so that the name is shared. */
  set(field: Bytes, deadline: number): void {
    this.delete(field);
    this.byField.set(field, deadline);
    this.order.insert(deadline, field);
  }

  /** False when the field has no deadline. */
  delete(field: Bytes): boolean {
    const deadline = this.byField.get(field);
    if (deadline === undefined) return false;
    this.byField.delete(field);
    this.order.delete(deadline, field);
    return true;
  }

  /** Up to `limit` fields whose deadline is at or before `now`, earliest first. */
  due(now: number, limit: number): Bytes[] {
    const due: Bytes[] = [];
    this.order.ascend(0, (deadline, field) => {
      if (deadline > now || due.length >= limit) return false;
      due.push(field);
      return true;
    });
    return due;
  }

  /** How many deadlines are at or before `moment`. */
  countUpTo(moment: number): number {
    return this.order.countUpTo(moment);
  }

  /** An independent copy. */
  copy(): FieldDeadlines {
    const copy = new FieldDeadlines();
    for (const [field, deadline] of this.byField) copy.set(field, deadline);
    return copy;
  }
}
