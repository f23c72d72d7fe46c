// table.sort: the quicksort of Lua 5.1, comparison for comparison. Scripts see in which order elements are compared, where
// equal ones end up, and what a comparison that contradicts itself leads to.

import type { LuaTable } from '../table';
import type { LuaHost, LuaValue, NativeCall } from '../value';
import { asBoolean, checkFunction, checkTable } from './arguments';
import { assign } from './library';

type Less = (left: LuaValue, right: LuaValue) => boolean;

export const sort: NativeCall = (args, host) => {
  const table = checkTable(args, 1, host);
  const { length } = table;
  new Sorter(table, lessBy(args, host), host).sort(1, length);
  return [];
};

/** A comparison is a step. */
function lessBy(args: readonly LuaValue[], host: LuaHost): Less {
  if (args[1] === undefined) {
    return (left, right) => {
      host.spend(1);
      return host.lessThan(left, right);
    };
  }
  const callee = checkFunction(args, 2, host);
  return (left, right) => {
    host.spend(1);
    return asBoolean(host.call(callee, [left, right])[0]);
  };
}

class Sorter {
  constructor(
    private readonly table: LuaTable,
    private readonly less: Less,
    private readonly host: LuaHost,
  ) {}

  /** Sorts what is from `first` to `last`: recursively the smaller part, then the larger one. */
  sort(first: number, last: number): void {
    let low = first;
    let high = last;
    while (low < high) {
      this.order(low, high);
      if (high - low === 1) return;
      const middle = Math.floor((low + high) / 2);
      if (!this.order(low, middle)) this.order(middle, high);
      if (high - low === 2) return;
      const at = this.partition(low, high, middle);
      if (at - low < high - at) {
        this.sort(low, at - 1);
        low = at + 1;
      } else {
        this.sort(at + 1, high);
        high = at - 1;
      }
    }
  }

  /** Swaps two elements when the later one is less. */
  private order(earlier: number, later: number): boolean {
    const left = this.table.get(earlier);
    const right = this.table.get(later);
    if (!this.less(right, left)) return false;
    this.put(earlier, right, later, left);
    return true;
  }

  private put(one: number, oneValue: LuaValue, other: number, otherValue: LuaValue): void {
    assign(this.table, one, oneValue, this.host);
    assign(this.table, other, otherValue, this.host);
  }

  /** Around the element in the middle, which is put next to the last one meanwhile. Answers where it belongs. */
  private partition(low: number, high: number, middle: number): number {
    const { table, less } = this;
    const pivot = table.get(middle);
    this.put(middle, table.get(high - 1), high - 1, pivot);
    let left = low;
    let right = high - 1;
    for (;;) {
      let leftValue = table.get(++left);
      while (less(leftValue, pivot)) {
        if (left > high) this.host.fail('invalid order function for sorting');
        leftValue = table.get(++left);
      }
      let rightValue = table.get(--right);
      while (less(pivot, rightValue)) {
        if (right < low) this.host.fail('invalid order function for sorting');
        rightValue = table.get(--right);
      }
      if (right < left) break;
      this.put(left, rightValue, right, leftValue);
    }
    const last = table.get(high - 1);
    this.put(high - 1, table.get(left), left, last);
    return left;
  }
}
