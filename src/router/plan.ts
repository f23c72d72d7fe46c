// Where a command line goes: which shard or shards run it, and how their replies become one.

import { ascii, type Bytes } from '../bytes/bytes';
import { isError, lookUp } from '../engine/admission';
import type { Table } from '../engine/table';
import { CROSS_SLOT } from '../protocol/errors';
import type { ErrorReply } from '../protocol/reply';
import type { CommandSpec, Merge } from '../spec/command';
import { allKeyIndexes, type KeySpec, keyIndexes } from '../spec/keys';
import { requireScanCursor } from '../spec/scan';
import { HOME_SHARD, type SlotMap } from './slot-map';

/** One shard's share of a command that was cut by shard. */
export interface Part {
  readonly shard: number;
  readonly argv: readonly Bytes[];
  /** For each key of this part, which of the command's keys it is. */
  readonly places: readonly number[];
}

export type Plan =
  /** One shard runs the whole line. `keyed` is false when the line could run on any shard. */
  | { readonly kind: 'one'; readonly shard: number; readonly keyed: boolean }
  | { readonly kind: 'split'; readonly merge: Merge; readonly parts: readonly Part[] }
  | { readonly kind: 'all'; readonly merge: Merge }
  /** Neighbouring keys of one shard, in the order of the command: the first part that has something answers. */
  | { readonly kind: 'first'; readonly parts: readonly Part[] }
  /** The keys of each shard: what they have is one answer. */
  | { readonly kind: 'each'; readonly parts: readonly Part[] }
  /** A walk through `shard` that goes on at cursor `next` in another one. */
  | { readonly kind: 'scan'; readonly shard: number; readonly next: bigint }
  | { readonly kind: 'error'; readonly error: ErrorReply };

/** The parts of a plan for all shards: each gets the line as it is. */
export function partPerShard(count: number, argv: readonly Bytes[]): Part[] {
  return Array.from({ length: count }, (_, shard) => ({ shard, argv, places: [] }));
}

/** The keys of a line, which has them, by its one key specification. */
export function keysOf(spec: CommandSpec, argv: readonly Bytes[]): Bytes[] {
  const indexes = keyIndexes(spec.keys?.[0] as KeySpec, argv) ?? [];
  return indexes.map((index) => argv[index] as Bytes);
}

/**
 * A line with some of its keys only, told by their places. Its keys are neighbours, and may be counted, or followed by as
 * many arguments that belong to them (XREAD).
 */
export function withKeys(spec: CommandSpec, argv: readonly Bytes[], places: readonly number[]): Bytes[] {
  const keys = spec.keys?.[0] as KeySpec;
  const indexes = keyIndexes(keys, argv) ?? [];
  const first = indexes[0] as number;
  const argumentsAt = (start: number) => places.map((place) => argv[start + place] as Bytes);
  const end = first + indexes.length;
  if ('limit' in keys.find && keys.find.limit === 2) return [...argv.slice(0, first), ...argumentsAt(first), ...argumentsAt(end)];
  const line = [...argv.slice(0, first), ...argumentsAt(first), ...argv.slice(end)];
  if ('keynum' in keys.find) line[first - keys.find.first + keys.find.keynum] = ascii(`${places.length}`);
  return line;
}

/** Any shard may answer: the home shard does. */
const HOME: Plan = { kind: 'one', shard: HOME_SHARD, keyed: false };
const CROSSED: Plan = { kind: 'error', error: CROSS_SLOT };

/** Makes plans for one layout of shards. */
export class Planner {
  /** The plans of lines whose keys are on one shard, made once: they are nearly all. */
  private readonly single: readonly Plan[];

  constructor(
    private readonly table: Table,
    readonly slots: SlotMap,
  ) {
    this.single = Array.from({ length: slots.count }, (_, shard): Plan => ({ kind: 'one', shard, keyed: true }));
  }

  /** The declaration that a line names, or undefined where a shard will refuse the line. */
  specOf(argv: readonly Bytes[]): CommandSpec | undefined {
    const spec = lookUp(this.table, argv);
    return isError(spec) ? undefined : spec;
  }

  /** The plan of a line. Lines that are wrong in themselves go to the home shard, which knows what to answer. */
  plan(argv: readonly Bytes[]): Plan {
    if (this.slots.count === 1) return this.single[0] as Plan;
    const spec = this.specOf(argv);
    return spec ? this.planOf(spec, argv) : HOME;
  }

  /** The plan of a line whose declaration is known. */
  planOf(spec: CommandSpec, argv: readonly Bytes[]): Plan {
    const { sharding = 'keys' } = spec;
    if (sharding === 'local') return HOME;
    if (sharding === 'scan') return this.scan(argv);
    if (sharding === 'channel') return { kind: 'one', shard: this.slots.shardOf(argv[1] as Bytes), keyed: false };
    if (sharding === 'first' || sharding === 'each') return this.waiting(sharding, spec, argv);
    if (sharding === 'keys') return this.byKeys(spec.keys, argv);
    if ('all' in sharding) return this.slots.count === 1 ? HOME : { kind: 'all', merge: sharding.all };
    return this.split(spec, sharding.split, argv);
  }

  private byKeys(keys: readonly KeySpec[] | undefined, argv: readonly Bytes[]): Plan {
    const indexes = allKeyIndexes(keys, argv);
    if (!indexes || indexes.length === 0) return HOME;
    const shard = this.slots.shardOf(argv[indexes[0] as number] as Bytes);
    for (let i = 1; i < indexes.length; i++) {
      if (this.slots.shardOf(argv[indexes[i] as number] as Bytes) !== shard) return CROSSED;
    }
    return this.single[shard] as Plan;
  }

  private waiting(kind: 'first' | 'each', spec: CommandSpec, argv: readonly Bytes[]): Plan {
    const plan = this.byKeys(spec.keys, argv);
    if (plan !== CROSSED) return plan;
    const keys = keysOf(spec, argv);
    // Keys and what belongs to them do not come to the same number, which the shards could not see any more.
    if (kind === 'each' && !argv.slice(-2 * keys.length).every((word, i) => i >= keys.length || word === keys[i])) return HOME;
    const parts: { shard: number; places: number[] }[] = [];
    for (const [place, key] of keys.entries()) {
      const shard = this.slots.shardOf(key);
      const known = kind === 'first' ? parts.at(-1) : parts.find((part) => part.shard === shard);
      if (known?.shard === shard) known.places.push(place);
      else parts.push({ shard, places: [place] });
    }
    const lines = parts.map((part) => ({ ...part, argv: withKeys(spec, argv, part.places) }));
    // Keys counted beyond what follows them: a shard finds that in the line as it is.
    if (lines.some((part) => isError(lookUp(this.table, part.argv)))) return this.single[parts[0]?.shard ?? HOME_SHARD] as Plan;
    return { kind, parts: lines };
  }

  /** Cuts a line along its key specification: each shard gets its keys, each with the arguments that belong to it. */
  private split(spec: CommandSpec, merge: Merge, argv: readonly Bytes[]): Plan {
    const keys = spec.keys?.[0] as KeySpec;
    const indexes = keyIndexes(keys, argv);
    if (!indexes || indexes.length === 0 || 'locate' in keys.find) return HOME;
    const { step } = keys.find;
    const first = indexes[0] as number;
    const end = (indexes[indexes.length - 1] as number) + step;
    // A last key that lacks its value: the command as a whole is wrong.
    if (end > argv.length) return HOME;
    const shards = indexes.map((index) => this.slots.shardOf(argv[index] as Bytes));
    if (shards.every((shard) => shard === shards[0])) return this.single[shards[0] as number] as Plan;

    const drafts = new Map<number, { argv: Bytes[]; places: number[] }>();
    indexes.forEach((index, place) => {
      const shard = shards[place] as number;
      let draft = drafts.get(shard);
      if (!draft) {
        draft = { argv: argv.slice(0, first), places: [] };
        drafts.set(shard, draft);
      }
      for (let i = index; i < index + step; i++) draft.argv.push(argv[i] as Bytes);
      draft.places.push(place);
    });
    const parts: Part[] = [];
    for (const [shard, draft] of drafts) parts.push({ shard, argv: [...draft.argv, ...argv.slice(end)], places: draft.places });
    return { kind: 'split', merge, parts };
  }

  private scan(argv: readonly Bytes[]): Plan {
    let cursor: bigint;
    try {
      cursor = requireScanCursor(argv[1] as Bytes);
    } catch {
      return HOME;
    }
    const shard = this.slots.shardOfCursor(cursor);
    const next = this.slots.cursorAfter(shard);
    return next === 0n ? (this.single[shard] as Plan) : { kind: 'scan', shard, next };
  }
}
