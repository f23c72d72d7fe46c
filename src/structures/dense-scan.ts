// Walking in steps over elements that stand in places without gaps and change between the steps (HSCAN, SSCAN, ZSCAN).
//
// The walk goes downwards, and its cursor is the number of places still to be visited. A removal fills the hole with the
// last element, which thereby only moves down, towards what is still to come; a new element comes at the end, behind.
// So an element that is there for the whole walk cannot be missed, though one that moved down may be seen again.

/**
 * Visits up to `count` places and returns the next cursor, 0 at the end of the walk. A walk begins with cursor 0; any
 * other number is taken as a cursor of a larger past.
 */
export function scanDown(size: number, cursor: bigint, count: number, visit: (place: number) => void): number {
  const start = cursor === 0n || cursor > BigInt(size) ? size : Number(cursor);
  const end = Math.max(start - count, 0);
  for (let place = start - 1; place >= end; place--) visit(place);
  return end;
}
