// In which order SORT puts elements: by themselves or by what a pattern names for each, as numbers or as bytes.

import type { Bytes } from '../../bytes/bytes';
import { parseDouble } from '../../bytes/double';
import { redisError } from '../../protocol/errors';
import type { Context } from '../../spec/context';
import type { SortPattern } from './sort-pattern';

const NOT_A_SCORE = redisError("ERR One or more scores can't be converted into double");

export interface SortOrder {
  readonly by: SortPattern | undefined;
  readonly alpha: boolean;
  readonly descending: boolean;
}

/** Sorts in place what comes in an order that means something: where elements are alike it stays. */
export function sortElements(ctx: Context, elements: Bytes[], order: SortOrder): Bytes[] {
  if (!order.alpha) return sortByScores(ctx, elements, order);
  return order.by === undefined ? sortByBytes(elements, order.descending) : sortByNames(ctx, elements, order.by, order.descending);
}

/** As memcmp does, which in the C locale is what Redis does. */
function sortByBytes(elements: Bytes[], descending: boolean): Bytes[] {
  return elements.sort(descending ? (a, b) => compare(b, a) : compare);
}

function sortByScores(ctx: Context, elements: Bytes[], { by, descending }: SortOrder): Bytes[] {
  const scored = elements.map((element) => {
    const text = by === undefined ? element : by.lookup(ctx, element);
    return { element, score: text === undefined ? 0 : scoreOf(text) };
  });
  if (scored.some(({ score }) => score === undefined)) throw NOT_A_SCORE;
  const sign = descending ? -1 : 1;
  scored.sort((a, b) => sign * (compare(a.score as number, b.score as number) || compare(a.element, b.element)));
  return scored.map(({ element }) => element);
}

/** Elements for which the pattern names nothing come first. */
function sortByNames(ctx: Context, elements: Bytes[], by: SortPattern, descending: boolean): Bytes[] {
  const named = elements.map((element) => ({ element, name: by.lookup(ctx, element) }));
  const sign = descending ? -1 : 1;
  named.sort((a, b) => {
    if (a.name !== undefined && b.name !== undefined) return sign * compare(a.name, b.name);
    return sign * (Number(a.name !== undefined) - Number(b.name !== undefined));
  });
  return named.map(({ element }) => element);
}

function compare<T extends Bytes | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const LEADING_SPACE = /^[ \t\n\v\f\r]+/;

/** More lenient than where Redis reads a float elsewhere: C's strtod, up to a zero byte; nothing at all counts as 0. */
function scoreOf(text: Bytes): number | undefined {
  const zero = text.indexOf('\0');
  const whole = zero < 0 ? text : text.slice(0, zero);
  return whole === '' ? 0 : parseDouble(whole.replace(LEADING_SPACE, ''));
}
