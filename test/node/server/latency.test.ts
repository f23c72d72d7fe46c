import { describe, expect, test } from 'vitest';
import { VerbatimReply } from '../../../src/protocol/reply';
import { ascii, TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

function watching(threshold = 100): TestEngine {
  const engine = new TestEngine();
  engine.run('CONFIG', 'SET', 'latency-monitor-threshold', threshold);
  return engine;
}

function text(engine: TestEngine, ...argv: string[]): string {
  const reply = engine.run(...argv);
  if (!(reply instanceof VerbatimReply)) throw new Error('not a text');
  return reply.text;
}

describe('LATENCY', () => {
  test('keeps the worst of each second', () => {
    const engine = watching();
    const start = engine.now / 1000;
    for (const seconds of ['0.1', '0.3', '0.05', '0.2']) engine.run('DEBUG', 'SLEEP', seconds);
    engine.now += 2350;
    engine.run('DEBUG', 'SLEEP', '0.15');
    expect(plain(engine.run('LATENCY', 'HISTORY', 'command'))).toEqual([
      [start, 300],
      [start + 3, 150],
    ]);
    expect(plain(engine.run('LATENCY', 'LATEST'))).toEqual([['command', start + 3, 150, 300]]);
    expect(engine.run('LATENCY', 'RESET', 'nosuch')).toBe(0);
    expect(engine.run('LATENCY', 'RESET')).toBe(1);
    expect(plain(engine.run('LATENCY', 'LATEST'))).toEqual([]);
  });

  test('keeps the last 160 samples', () => {
    const engine = watching();
    const start = engine.now / 1000;
    for (let i = 0; i < 170; i++) engine.run('DEBUG', 'SLEEP', '1');
    const samples = plain(engine.run('LATENCY', 'HISTORY', 'command')) as number[][];
    expect(samples).toHaveLength(160);
    expect(samples[0]?.[0]).toBe(start + 11);
  });

  test('watches nothing at a threshold of 0', () => {
    const engine = watching(0);
    engine.run('DEBUG', 'SLEEP', '10');
    expect(plain(engine.run('LATENCY', 'LATEST'))).toEqual([]);
    expect(text(engine, 'LATENCY', 'DOCTOR')).toContain('not watched');
  });

  test('draws what Redis draws', () => {
    const engine = watching();
    for (const ms of [100, 200, 300, 400, 150, 1000, 990]) {
      engine.run('DEBUG', 'SLEEP', ms / 1000);
      engine.now += 60_000;
    }
    expect(text(engine, 'LATENCY', 'GRAPH', 'command').split('\n')).toEqual([
      'command - high 1000 ms, low 100 ms (all time high 1000 ms)',
      '-'.repeat(80),
      '     ##',
      '     ||',
      '   o ||',
      '_o#|_||',
      '       ',
      '7654321',
      'mmmmmmm',
      '',
    ]);
  });

  test('says in words what it knows', () => {
    const engine = watching();
    expect(text(engine, 'LATENCY', 'DOCTOR')).toContain('Nothing has taken so long');
    engine.run('DEBUG', 'SLEEP', '0.1');
    engine.now += 1000;
    engine.run('DEBUG', 'SLEEP', '0.3');
    const report = text(engine, 'LATENCY', 'DOCTOR');
    expect(report).toContain('1. command: 2 samples (average 200 ms, mean deviation 100 ms, one in 0.70 s). The worst took 300 ms.');
    expect(report).toContain('SLOWLOG GET');
  });

  test('tells in steps how long calls took', () => {
    const engine = new TestEngine();
    engine.run('CONFIG', 'RESETSTAT');
    engine.run('PING');
    for (const seconds of ['0', '0.001', '0.002', '0.002', '0.2', '5']) engine.run('DEBUG', 'SLEEP', seconds);
    const histogram = (...names: string[]) => plain(engine.run('LATENCY', 'HISTOGRAM', ...names));
    expect(histogram('DEBUG|SLEEP')).toEqual(['debug|sleep', ['calls', 6, 'histogram_usec', [1056, 2, 2113, 4, 270532, 5, 1_000_000, 6]]]);
    expect(histogram('debug', 'nosuch', 'get', 'ping')).toEqual([
      'debug|sleep',
      expect.anything(),
      'ping',
      ['calls', 1, 'histogram_usec', [1056, 1]],
    ]);
    expect((histogram() as unknown[]).filter((_, i) => i % 2 === 0)).toEqual([
      'config|resetstat',
      'ping',
      'debug|sleep',
      'latency|histogram',
    ]);
    expect(String((engine.run('INFO', 'commandstats') as VerbatimReply).text)).toContain('cmdstat_debug|sleep:calls=6,usec=5205000,');
  });

  test('has what expiring many keys took', () => {
    const engine = watching();
    engine.run('SET', 'k', 'v', 'PX', '1');
    engine.now += 10;
    // The clock moves on while the key is removed.
    const { now } = engine;
    let readings = 0;
    Object.defineProperty(engine, 'now', { get: () => now + 100 * readings++ });
    engine.engine.expireDue(10);
    expect(plain(engine.engine.server.latency.events.map((event) => ascii(event)))).toEqual(['expire-cycle']);
    expect(engine.engine.server.latency.worstMs('expire-cycle')).toBeGreaterThanOrEqual(100);
  });
});
