// Ids for parts that stand in an order which their ids only number. They leave gaps, so that a new part between two others
// changes neither of them; where a gap is used up, a few neighbours get new ids.

import type { Parts } from './parts';

/** Half of what an id can be: a sequence grows in both directions from here. */
const FIRST_ID = 2 ** 52;
const MAX_ID = 2 ** 53 - 1;
/** Between a new part at an end and the former end. Four thousand million of them fit on either side. */
const STEP = 2 ** 20;
/** New ids are spread so far apart at least, over as many neighbours as that takes. */
const MIN_GAP = 2 ** 10;

/** As `parts.insert`, with an id of its own choice. */
export function insertBetween<C, B>(parts: Parts<C, B>, index: number, bound: B, content: C, count: number, bytes: number): void {
  let id = idAt(parts, index);
  if (id === undefined) {
    renumber(parts, index);
    id = idAt(parts, index) as number;
  }
  parts.insert(index, id, bound, content, count, bytes);
}

/** An id for a part that comes to stand at `index`, or undefined when there is no room. */
function idAt<C, B>(parts: Parts<C, B>, index: number): number | undefined {
  const before = index > 0 ? parts.at(index - 1).id : undefined;
  const after = index < parts.length ? parts.at(index).id : undefined;
  if (before === undefined) {
    if (after === undefined) return FIRST_ID;
    return after >= STEP ? after - STEP : undefined;
  }
  if (after === undefined) return before + STEP <= MAX_ID ? before + STEP : undefined;
  return after - before > 1 ? before + Math.floor((after - before) / 2) : undefined;
}

/** Spreads the ids of the parts around `index`. They are loaded for that, since they are written again. */
function renumber<C, B>(parts: Parts<C, B>, index: number): void {
  for (let reach = 1; ; reach *= 2) {
    const first = Math.max(index - reach, 0);
    const end = Math.min(index + reach, parts.length);
    const low = first > 0 ? parts.at(first - 1).id : -1;
    const high = end < parts.length ? parts.at(end).id : MAX_ID + 1;
    const gap = Math.floor((high - low) / (end - first + 1));
    if (gap < MIN_GAP && end - first < parts.length) continue;
    const moved = [];
    for (let at = first; at < end; at++) moved.push({ ...parts.at(at), content: parts.content(at) });
    // All go before any comes back: a new id may be the former one of another.
    for (let at = first; at < end; at++) parts.drop(first);
    moved.forEach(({ bound, content, count, bytes }, i) => {
      parts.insert(first + i, low + gap * (i + 1), bound, content, count, bytes);
    });
    return;
  }
}
