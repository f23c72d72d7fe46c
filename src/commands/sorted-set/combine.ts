// Unions, intersections and differences of sorted sets. Plain sets take part too: each of their members has score 1.

import type { Bytes } from '../../bytes/bytes';

/** What takes part: a sorted set, a set, or nothing where the key does not exist. Members stand in places, in any order. */
export interface Source {
  readonly size: number;
  memberAt(place: number): Bytes;
  scoreAt(place: number): number;
  score(member: Bytes): number | undefined;
}

export interface Weighted {
  readonly source: Source;
  readonly weight: number;
}

/** How the scores that a member has in several places become one. */
export interface Aggregate {
  /** What a member's score in one place counts, before the weight. */
  readonly counts: (score: number) => number;
  readonly join: (score: number, other: number) => number;
}

const asItIs = (score: number): number => score;
const add = (score: number, other: number): number => notNaN(score + other);

/** NaN, as from infinities that cancel each other out, counts as 0 in a sum and never wins otherwise. */
export const AGGREGATES: Readonly<Record<'SUM' | 'MIN' | 'MAX' | 'COUNT', Aggregate>> = {
  SUM: { counts: asItIs, join: add },
  MIN: { counts: asItIs, join: (score, other) => (other < score ? other : score) },
  MAX: { counts: asItIs, join: (score, other) => (other > score ? other : score) },
  /** The scores do not matter: each place counts its weight (Redis 8.8). */
  COUNT: { counts: () => 1, join: add },
};

function notNaN(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

/**
 * The order in which scores are added up shows in the last digits of a float, so it is Redis': the smallest source first,
 * equally large ones as they were named.
 */
function bySize(inputs: readonly Weighted[]): Weighted[] {
  return [...inputs].sort((a, b) => a.source.size - b.source.size);
}

export function unite(inputs: readonly Weighted[], aggregate: Aggregate): Map<Bytes, number> {
  const result = new Map<Bytes, number>();
  for (const { source, weight } of bySize(inputs)) {
    for (let place = 0; place < source.size; place++) {
      const member = source.memberAt(place);
      const score = notNaN(weight * aggregate.counts(source.scoreAt(place)));
      const former = result.get(member);
      result.set(member, former === undefined ? score : aggregate.join(former, score));
    }
  }
  return result;
}

export function intersect(inputs: readonly Weighted[], aggregate: Aggregate): Map<Bytes, number> {
  const result = new Map<Bytes, number>();
  const [smallest, ...others] = bySize(inputs);
  if (!smallest) return result;
  for (let place = 0; place < smallest.source.size; place++) {
    const member = smallest.source.memberAt(place);
    const score = aggregated(member, notNaN(smallest.weight * aggregate.counts(smallest.source.scoreAt(place))), others, aggregate);
    if (score !== undefined) result.set(member, score);
  }
  return result;
}

/** The score of a member with those that it has elsewhere, or undefined when it is missing somewhere. */
function aggregated(member: Bytes, start: number, others: readonly Weighted[], aggregate: Aggregate): number | undefined {
  let score = start;
  for (const { source, weight } of others) {
    const other = source.score(member);
    if (other === undefined) return undefined;
    score = aggregate.join(score, aggregate.counts(other) * weight);
  }
  return score;
}

/** How many members all sources share; counting stops at `limit`, unless that is 0. */
export function countShared(sources: readonly Source[], limit: number): number {
  const [smallest, ...others] = [...sources].sort((a, b) => a.size - b.size);
  if (!smallest) return 0;
  let shared = 0;
  for (let place = 0; place < smallest.size; place++) {
    const member = smallest.memberAt(place);
    if (others.every((source) => source.score(member) !== undefined) && ++shared === limit) break;
  }
  return shared;
}

/** The members of the first source that no other has. */
export function subtract([first, ...others]: readonly Source[]): Map<Bytes, number> {
  const result = new Map<Bytes, number>();
  if (!first) return result;
  let total = 0;
  for (const source of others) total += source.size;
  // Looking up each member in every other source takes size * others steps, and often ends early, hence the half; taking
  // away what the others hold takes as many steps as they have members together.
  const lookUp = (first.size * others.length) / 2 <= total;
  for (let place = 0; place < first.size; place++) {
    const member = first.memberAt(place);
    if (lookUp && others.some((source) => source.score(member) !== undefined)) continue;
    result.set(member, first.scoreAt(place));
  }
  if (!lookUp) for (const source of others) for (let place = 0; place < source.size; place++) result.delete(source.memberAt(place));
  return result;
}

/** A result in order, as parallel arrays. */
export function inOrder(result: ReadonlyMap<Bytes, number>): { scores: number[]; names: Bytes[] } {
  const couples = [...result].sort(([a, scoreA], [b, scoreB]) => (scoreA === scoreB ? (a < b ? -1 : 1) : scoreA < scoreB ? -1 : 1));
  return { scores: couples.map(([, score]) => score), names: couples.map(([name]) => name) };
}
