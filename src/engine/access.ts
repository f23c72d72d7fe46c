// How recently or how often a key was used: Redis' LRU clock and LFU counter, in the one small integer of an entry.

import type { Random } from '../spec/context';

/** The clocks count from here so that their values stay small integers, which V8 stores without a heap object. */
const EPOCH_MS = Date.UTC(2025, 0, 1);

const LFU_INITIAL = 5;
const LFU_MAX = 255;
const MINUTES_MASK = 0xffff;

/** lfu-log-factor and lfu-decay-time of redis.conf. */
export interface AccessPolicy {
  lfu: boolean;
  logFactor: number;
  decayMinutes: number;
}

function minutes(nowMs: number): number {
  return Math.floor((nowMs - EPOCH_MS) / 60_000) & MINUTES_MASK;
}

function seconds(nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - EPOCH_MS) / 1000));
}

/** The mark of a key that has just been created. */
export function initialAccess(policy: AccessPolicy, nowMs: number): number {
  return policy.lfu ? (minutes(nowMs) << 8) | LFU_INITIAL : seconds(nowMs);
}

/** The mark after one more access. */
export function accessed(mark: number, policy: AccessPolicy, nowMs: number, random: Random): number {
  if (!policy.lfu) return seconds(nowMs);
  const counter = frequencyOf(mark, policy, nowMs);
  return (minutes(nowMs) << 8) | incremented(counter, policy, random);
}

/** Logarithmic increment (evict.c LFULogIncr). */
function incremented(counter: number, policy: AccessPolicy, random: Random): number {
  if (counter >= LFU_MAX) return LFU_MAX;
  const base = Math.max(0, counter - LFU_INITIAL);
  return random.float() < 1 / (base * policy.logFactor + 1) ? counter + 1 : counter;
}

/** The LFU counter now, after its decay (evict.c LFUDecrAndReturn). */
export function frequencyOf(mark: number, policy: AccessPolicy, nowMs: number): number {
  const elapsed = (minutes(nowMs) - (mark >> 8)) & MINUTES_MASK;
  const periods = policy.decayMinutes > 0 ? Math.floor(elapsed / policy.decayMinutes) : 0;
  return Math.max(0, (mark & 0xff) - periods);
}

/** Milliseconds since the last access under LRU. */
export function idleMsOf(mark: number, nowMs: number): number {
  return Math.max(0, seconds(nowMs) - mark) * 1000;
}
