// How recently or how often a key was used: Redis' LRU clock or its LFU counter, in the one small integer of an entry.
//
// Under LRU the mark is the second of the last access. Under LFU it is the complement of what Redis keeps, minutes and
// counter, and so negative. Under FIFO it is the second of the creation, and no access changes it. When the policy changes,
// each mark is read for what it is until its key is used again; Redis would read the bits of one kind as the other.

import type { Random, Use } from '../spec/context';

/** The clocks count from here so that their values stay small integers, which V8 stores without a heap object. */
const EPOCH_MS = Date.UTC(2025, 0, 1);

const LFU_INITIAL = 5;
const LFU_MAX = 255;
const MINUTES_MASK = 0xffff;

/** maxmemory-policy, lfu-log-factor and lfu-decay-time of redis.conf. */
export interface AccessPolicy {
  marks: 'lru' | 'lfu' | 'fifo';
  logFactor: number;
  decayMinutes: number;
}

function seconds(nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - EPOCH_MS) / 1000));
}

function minutes(seconds: number): number {
  return Math.floor(seconds / 60) & MINUTES_MASK;
}

function lfuMark(nowMs: number, counter: number): number {
  return ~((minutes(seconds(nowMs)) << 8) | counter);
}

/** The mark of a key that has just been created or loaded. */
export function initialAccess(policy: AccessPolicy, nowMs: number): number {
  return policy.marks === 'lfu' ? lfuMark(nowMs, LFU_INITIAL) : seconds(nowMs);
}

/** The mark of a key that was used last so long ago, or so often. */
export function usedMark(policy: AccessPolicy, nowMs: number, { idleMs = 0, frequency = LFU_INITIAL }: Use): number {
  return policy.marks === 'lfu' ? lfuMark(nowMs, frequency) : seconds(nowMs - idleMs);
}

/** The mark after one more access. */
export function accessed(mark: number, policy: AccessPolicy, nowMs: number, random: Random): number {
  if (policy.marks === 'lru') return seconds(nowMs);
  if (policy.marks === 'fifo') return mark;
  return lfuMark(nowMs, incremented(frequencyOf(mark, policy, nowMs), policy, random));
}

/** The mark of a key that got a new value: new under LRU, but with the frequency of the key under LFU (db.c dbOverwrite). */
export function overwritten(mark: number, policy: AccessPolicy, nowMs: number, random: Random, unnoticed: boolean): number {
  return policy.marks === 'lfu' && unnoticed ? mark : accessed(mark, policy, nowMs, random);
}

/** Logarithmic increment (evict.c LFULogIncr). */
function incremented(counter: number, policy: AccessPolicy, random: Random): number {
  if (counter >= LFU_MAX) return LFU_MAX;
  const base = Math.max(0, counter - LFU_INITIAL);
  return random.float() < 1 / (base * policy.logFactor + 1) ? counter + 1 : counter;
}

/** The LFU counter now, after its decay (evict.c LFUDecrAndReturn). A key marked under LRU had the counter of a new one. */
export function frequencyOf(mark: number, policy: AccessPolicy, nowMs: number): number {
  const counter = mark < 0 ? ~mark & 0xff : LFU_INITIAL;
  const periods = policy.decayMinutes > 0 ? Math.floor(minutesSince(mark, nowMs) / policy.decayMinutes) : 0;
  return Math.max(0, counter - periods);
}

/** Milliseconds since the last access; of a key marked under LFU to the minute, and up to the 45 days that its clock has. */
export function idleMsOf(mark: number, nowMs: number): number {
  if (mark < 0) return minutesSince(mark, nowMs) * 60_000;
  return Math.max(0, seconds(nowMs) - mark) * 1000;
}

function minutesSince(mark: number, nowMs: number): number {
  const now = seconds(nowMs);
  if (mark < 0) return (minutes(now) - (~mark >> 8)) & MINUTES_MASK;
  return Math.floor(Math.max(0, now - mark) / 60);
}
