import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../../src/engine/journal';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

/** The effects that commands had, one line each. */
function effectsOf(...lines: string[]): string[] {
  const engine = new TestEngine();
  engine.run('ZADD', 'z', '1', 'a', '2', 'b', '3', 'c');
  engine.run('ZADD', 'y', '1', 'b', '5', 'd');
  engine.journal.length = 0;
  for (const line of lines) engine.run(...line.split(' '));
  return engine.journal.flatMap((frame) => decodeFrame(frame).effects.map((argv) => argv.join(' ')));
}

describe('what sorted-set commands record', () => {
  it('is the command itself where that says what happened', () => {
    for (const line of [
      'ZADD z 4 d',
      'ZADD z XX GT CH 4 a',
      'ZREM z a nobody',
      'ZREMRANGEBYRANK z 0 1',
      'ZREMRANGEBYSCORE z (1 +inf',
      'ZREMRANGEBYLEX z - +',
      'ZPOPMIN z',
      'ZPOPMAX z 2',
      'ZUNIONSTORE out 2 z y WEIGHTS 0.1 0.2',
      'ZINTERSTORE out 2 z y',
      'ZDIFFSTORE out 2 z y',
      'ZRANGESTORE out z 0 1',
      'ZUNIONSTORE z 1 missing',
    ]) {
      expect(effectsOf(line)).toEqual([line]);
    }
  });

  it('is the score that came out where one was added to', () => {
    expect(effectsOf('ZINCRBY z 0.1 a')).toEqual(['ZADD z 1.1 a']);
    expect(effectsOf('ZADD z GT INCR 0.2 b')).toEqual(['ZADD z 2.2 b']);
    expect(effectsOf('ZINCRBY new -inf a')).toEqual(['ZADD new -inf a']);
  });

  it('is a pop from one key for ZMPOP', () => {
    expect(effectsOf('ZMPOP 3 missing z y MAX COUNT 2')).toEqual(['ZPOPMAX z 2']);
    expect(effectsOf('ZMPOP 1 z MIN COUNT 100')).toEqual(['ZPOPMIN z 3']);
  });

  it('is nothing where nothing changed', () => {
    expect(
      effectsOf(
        'ZADD z 1 a',
        'ZADD z NX 9 a',
        'ZADD z LT INCR 5 a',
        'ZINCRBY z 0 a',
        'ZREM z nobody',
        'ZREMRANGEBYSCORE z 50 60',
        'ZPOPMIN missing',
        'ZPOPMIN z 0',
        'ZMPOP 1 missing MIN',
        'ZUNIONSTORE missing 1 missing',
        'ZRANGE z 0 -1',
        'ZRANDMEMBER z 2',
        'ZADD z INCR nan a',
        'ZADD missing XX 1 a',
      ),
    ).toEqual([]);
  });

  it('names the event of each change', () => {
    const engine = new TestEngine();
    const events: string[] = [];
    const { changed, set, remove } = engine.engine.keys;
    engine.engine.keys.changed = function (key, event) {
      events.push(String(event));
      changed.call(this, key, event);
    };
    engine.engine.keys.set = function (key, value, event, deadline) {
      events.push(String(event));
      set.call(this, key, value, event, deadline);
    };
    engine.engine.keys.remove = function (key, event) {
      events.push(event ?? 'del');
      return remove.call(this, key, event);
    };
    const lines: [line: string, event: string][] = [
      ['ZADD z 0 a 0 b 0 c 0 d 0 e 0 f 0 g', 'zadd'],
      ['ZADD z 1 a', 'zadd'],
      ['ZADD z INCR 1 a', 'zincr'],
      ['ZINCRBY z -2 a', 'zincr'],
      ['ZREM z a', 'zrem'],
      ['ZREMRANGEBYRANK z 0 0', 'zremrangebyrank'],
      ['ZREMRANGEBYLEX z [c [c', 'zremrangebylex'],
      ['ZPOPMIN z', 'zpopmin'],
      ['ZMPOP 1 z MAX', 'zpopmax'],
      ['ZUNIONSTORE u 1 z', 'zunionstore'],
      ['ZINTERSTORE u 1 z', 'zinterstore'],
      ['ZDIFFSTORE u 1 z', 'zdiffstore'],
      ['ZRANGESTORE u z 0 -1', 'zrangestore'],
      ['ZDIFFSTORE u 2 z z', 'del'],
      ['ZREMRANGEBYSCORE z 0 0', 'zremrangebyscore'],
    ];
    for (const [line, event] of lines) {
      events.length = 0;
      engine.run(...line.split(' '));
      expect([line, ...events]).toEqual([line, event]);
    }
    expect(plain(engine.run('EXISTS', 'z'))).toBe(0);
  });

  it('gives the same floats again when it is replayed', () => {
    const engine = new TestEngine();
    for (let i = 1; i <= 300; i++) {
      engine.run('ZINCRBY', 'z', `${1 / i}`, `m${i % 7}`);
      engine.run('ZUNIONSTORE', 'u', '2', 'z', 'u', 'WEIGHTS', '0.3', '0.7');
    }
    const copy = engine.replayed();
    for (const key of ['z', 'u']) {
      const scores = plain(engine.run('ZRANGE', key, '0', '-1', 'WITHSCORES'), 3);
      expect(scores).toHaveLength(7);
      expect(plain(copy.run('ZRANGE', key, '0', '-1', 'WITHSCORES'), 3)).toEqual(scores);
    }
  });
});
