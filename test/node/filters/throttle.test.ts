// CL.THROTTLE under a clock of our own, against a model of the bucket that it stands for.

import { beforeEach, expect, test } from 'vitest';
import { decodeFrame } from '../../../src/engine/journal';
import { ErrorReply } from '../../../src/protocol/reply';
import { datasetOf } from '../../support/differential';
import { seededRandom, TestEngine } from '../../support/engine';

let engine: TestEngine;
beforeEach(() => {
  engine = new TestEngine();
});

const ask = (...argv: (string | number)[]) => (engine.run('CL.THROTTLE', ...argv) as (number | bigint)[]).map(Number);

test('a burst, then the rate', () => {
  const answers = Array.from({ length: 5 }, () => ask('k', 2, 1, 10));
  expect(answers).toEqual([
    [0, 3, 2, -1, 10],
    [0, 3, 1, -1, 20],
    [0, 3, 0, -1, 30],
    [1, 3, 0, 10, 30],
    [1, 3, 0, 10, 30],
  ]);
  engine.now += 9_999;
  expect(ask('k', 2, 1, 10)).toEqual([1, 3, 0, 1, 21]);
  engine.now += 1;
  expect(ask('k', 2, 1, 10)).toEqual([0, 3, 0, -1, 30]);
  engine.now += 30_000;
  expect(engine.run('EXISTS', 'k')).toBe(0);
  expect(ask('k', 2, 1, 10)).toEqual([0, 3, 2, -1, 10]);
});

test('several tokens at once; more than the limit never come', () => {
  expect(ask('k', 9, 10, 10, 4)).toEqual([0, 10, 6, -1, 4]);
  expect(ask('k', 9, 10, 10, 7)).toEqual([1, 10, 6, 1, 4]);
  expect(ask('k', 9, 10, 10, 11)).toEqual([1, 10, 6, -1, 4]);
  expect(ask('k', 9, 10, 10, 0)).toEqual([0, 10, 6, -1, 4]);
  expect(ask('k', 9, 10, 10, -4)).toEqual([0, 10, 10, -1, 0]);
  expect(engine.run('EXISTS', 'k')).toBe(0);
});

test('random requests are let through as a leaking bucket lets them', () => {
  const random = seededRandom(21);
  const [burst, count, period] = [7, 5, 2];
  const intervalMs = (period * 1000) / count;
  let fullUntil = 0;
  const seen = { allowed: 0, limited: 0 };
  for (let i = 0; i < 5000; i++) {
    engine.now += random.below(900);
    const quantity = 1 + random.below(3);
    const next = Math.max(fullUntil, engine.now) + quantity * intervalMs;
    const limited = next - (burst + 1) * intervalMs > engine.now;
    if (!limited) fullUntil = next;
    seen[limited ? 'limited' : 'allowed']++;
    const ahead = Math.max(fullUntil - engine.now, 0);
    const [got, limit, remaining, , resetAfter] = ask('k', burst, count, period, quantity);
    expect([got, limit, remaining]).toEqual([limited ? 1 : 0, burst + 1, Math.trunc(((burst + 1) * intervalMs - ahead) / intervalMs)]);
    expect(resetAfter).toBe(Math.ceil(ahead / 1000));
  }
  expect(seen.allowed).toBeGreaterThan(1000);
  expect(seen.limited).toBeGreaterThan(300);
});

test('the journal has what is stored and until when, whenever it is read', () => {
  ask('k', 2, 1, 10);
  engine.now += 3_000;
  ask('k', 2, 1, 10);
  const effects = engine.journal.flatMap((frame) => decodeFrame(frame).effects.map((effect) => effect.join(' ')));
  const start = engine.now - 3_000;
  expect(effects).toEqual([`SET k ${start + 10_000}000000 PXAT ${start + 10_000}`, `SET k ${start + 20_000}000000 PXAT ${start + 20_000}`]);
  expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
  const before = engine.journal.length;
  ask('k', 0, 1, 10);
  expect(engine.journal.length).toBe(before);
});

test('limits beyond 64 bits are refused', () => {
  for (const limits of [
    ['9223372036854775807', 1, 10],
    [1, 1, '9223372036854775807'],
    [1, 1, 9_000_000_000],
    [1, 1, 10, '9223372036854775807'],
  ]) {
    expect(engine.run('CL.THROTTLE', 'k', ...limits)).toBeInstanceOf(ErrorReply);
  }
  // The interval is less than the microsecond that is counted in.
  expect(engine.run('CL.THROTTLE', 'k', 5, 10_000_000, 1)).not.toBeInstanceOf(ErrorReply);
});
