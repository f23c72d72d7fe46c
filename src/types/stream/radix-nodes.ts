// How many nodes Redis' radix tree (rax.c) takes for keys: XINFO STREAM shows it.

import type { StreamId } from './id';

/** @param keys ascending and equally long */
export function radixNodes(keys: readonly StreamId[]): number {
  return keys.length === 0 ? 1 : nodesOf(keys, 0, keys.length, 0);
}

/** Of the keys from `start` up to `end`, which agree in the chars before `depth`. */
function nodesOf(keys: readonly StreamId[], start: number, end: number, depth: number): number {
  const first = keys[start] as StreamId;
  const last = keys[end - 1] as StreamId;
  let shared = depth;
  while (shared < first.length && first.charCodeAt(shared) === last.charCodeAt(shared)) shared++;
  // What is shared is one node, whatever its length.
  let nodes = shared > depth ? 1 : 0;
  nodes++;
  if (shared === first.length) return nodes;
  for (let from = start; from < end; ) {
    const char = (keys[from] as StreamId).charCodeAt(shared);
    let to = from + 1;
    while (to < end && (keys[to] as StreamId).charCodeAt(shared) === char) to++;
    nodes += nodesOf(keys, from, to, shared + 1);
    from = to;
  }
  return nodes;
}
