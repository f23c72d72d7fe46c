import { describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { WRONG_TYPE } from '../../../src/protocol/errors';
import { ErrorReply, OK, type Reply, Status } from '../../../src/protocol/reply';
import { continueScan, gather } from '../../../src/router/gather';
import type { Merge } from '../../../src/spec/command';
import { seededRandom, TestEngine } from '../../support/engine';

const random = seededRandom(1);
const merge = (how: Merge, replies: Reply[], places?: number[][]): Reply => gather(how, replies, random, places);

describe('replies become one', () => {
  test('sum is exact beyond 2^53', () => {
    expect(merge('sum', [1, 2, 3])).toBe(6);
    expect(merge('sum', [9007199254740991, 9007199254740991n, 2])).toBe(18014398509481984n);
  });

  test('ok is the first reply', () => expect(merge('ok', [OK, OK])).toBe(OK));

  test('concatenate keeps the order of the shards', () => {
    expect(merge('concatenate', [[ascii('b'), ascii('a')], [], [ascii('c')]])).toEqual(['b', 'a', 'c']);
  });

  test('scatter puts every element where its key was', () => {
    const values = [[ascii('two'), null], [ascii('one')], [ascii('four')]];
    expect(merge('scatter', values, [[1, 2], [0], [3]])).toEqual(['one', 'two', null, 'four']);
  });

  test('any takes every one of the replies that are not null in turn', () => {
    const seen = new Set<Reply>();
    for (let i = 0; i < 100; i++) seen.add(merge('any', [null, ascii('a'), null, ascii('b')]));
    expect([...seen].sort()).toEqual(['a', 'b']);
    expect(merge('any', [null, null])).toBeNull();
  });

  test('digest is that of the whole dataset', () => {
    const whole = new TestEngine();
    const parts = [new TestEngine(), new TestEngine(), new TestEngine(), new TestEngine()];
    const digestOf = (engine: TestEngine) => engine.run('debug', 'digest');
    // The fourth stays empty.
    for (let i = 0; i < 30; i++) for (const engine of [whole, parts[i % 3] as TestEngine]) engine.run('set', `k${i}`, i);
    expect(digestOf(whole)).not.toEqual(new Status('0'.repeat(40)));
    expect(merge('digest', parts.map(digestOf))).toEqual(digestOf(whole));
  });
});

describe('an error of any shard is the error of the whole', () => {
  test.each<Merge>(['sum', 'ok', 'concatenate', 'scatter', 'any', 'digest'])('%s', (how) => {
    expect(merge(how, [1, WRONG_TYPE, [1]], [[0], [1], [2]])).toBe(WRONG_TYPE);
  });
});

describe('replies that do not fit are an error, not a wrong reply', () => {
  test.each<[Merge, Reply[]]>([
    ['sum', [1, ascii('2')]],
    ['sum', [9223372036854775807n, 1]],
    ['concatenate', [[1], 2]],
    ['scatter', [[1], [2, 3]]],
    ['digest', [1]],
  ])('%s', (how, replies) => {
    expect(merge(how, replies, [[0], [1]])).toBeInstanceOf(ErrorReply);
  });
});

test('SCAN goes on in the next shard when one is finished', () => {
  expect(continueScan([ascii('0'), [ascii('k')]], 77n)).toEqual(['77', ['k']]);
  expect(continueScan([ascii('5'), [ascii('k')]], 77n)).toEqual(['5', ['k']]);
  expect(continueScan(WRONG_TYPE, 77n)).toBe(WRONG_TYPE);
});
