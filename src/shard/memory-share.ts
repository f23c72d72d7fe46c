// The memory of an isolate, which the shards in it share. Locally all shards live in one; Cloudflare may put several
// objects of a class into one, and gives that 128 MB whoever is there.

/** What has a memory budget. */
export interface Budgeted {
  memoryBudget: number;
}

/** All shards of an isolate together may hold so many times the budget of one. */
const BUDGETS_PER_ISOLATE = 2;
/** Less leaves no room for the largest values and what is made of them. */
const LEAST_BYTES = 4 * 1024 * 1024;

interface Member {
  /** An object that has ended is not to be kept by this. */
  readonly keys: WeakRef<Budgeted>;
  /** What it may hold when it is alone. */
  readonly budget: number;
}

let members: Member[] = [];

/** From now on `keys` has a share of the memory, of `budget` bytes at most. */
export function shareMemory(keys: Budgeted, budget: number): void {
  members.push({ keys: new WeakRef(keys), budget });
  divideMemory();
}

/** Shards may have gone: what they had is divided among those that are left. */
export function divideMemory(): void {
  members = members.filter(({ keys }) => keys.deref() !== undefined);
  for (const { keys, budget } of members) {
    const share = Math.floor((budget * BUDGETS_PER_ISOLATE) / members.length);
    const shard = keys.deref();
    if (shard) shard.memoryBudget = Math.min(budget, Math.max(LEAST_BYTES, share));
  }
}
