import { expect, test } from 'vitest';
import { seededRandom, TestEngine } from '../../support/engine';

test('a ring keeps the values that were written last, whatever happens to its size', () => {
  const random = seededRandom(3);
  const engine = new TestEngine();
  const ring: string[] = [];
  let resized = 0;
  for (let step = 0, size = 5; step < 2000; step++) {
    if (random.below(20) === 0) {
      size = 1 + random.below(40);
      resized++;
    }
    const values = Array.from({ length: 1 + random.below(3) }, (_, i) => `${step}.${i}`);
    engine.run('ARRING', 'ring', size, ...values);
    // A ring that shrinks loses its oldest values before new ones are written.
    ring.splice(0, Math.max(0, ring.length - size));
    ring.push(...values);
    ring.splice(0, Math.max(0, ring.length - size));
    expect(engine.run('ARLASTITEMS', 'ring', 100)).toEqual(ring);
    expect(engine.run('ARCOUNT', 'ring')).toBe(ring.length);
  }
  expect(resized).toBeGreaterThan(50);
  expect(engine.replayed().run('DEBUG', 'DIGEST')).toEqual(engine.run('DEBUG', 'DIGEST'));
});

test('what reads an array changes nothing', () => {
  const engine = new TestEngine();
  engine.run('ARMSET', 'a', 0, '1', 3, '2', 9, 'text');
  const written = engine.journal.length;
  const reads = [
    ['ARGET', 'a', 3],
    ['ARMGET', 'a', 0, 1],
    ['ARGETRANGE', 'a', 0, 9],
    ['ARLEN', 'a'],
    ['ARNEXT', 'a'],
    ['ARSCAN', 'a', 0, 9],
    ['ARGREP', 'a', '-', '+', 'RE', '[0-9]'],
    ['AROP', 'a', 0, 9, 'SUM'],
    ['ARINFO', 'a', 'FULL'],
  ];
  for (const line of reads) expect(engine.run(...line)).not.toBeNull();
  expect(engine.journal).toHaveLength(written);
});

test('an expression that matches in too many ways is searched in time', () => {
  const engine = new TestEngine();
  engine.run('ARSET', 'a', 0, `${'a'.repeat(5000)}b`);
  expect(engine.run('ARGREP', 'a', '-', '+', 'RE', '^(a|a)*(a*)*$')).toEqual([]);
});
