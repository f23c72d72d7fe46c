// What JSON commands leave behind: the journal, notifications, keys and their deadlines. The transcript beside this has
// the answers.

import { beforeEach, describe, expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import { decodeFrame } from '../../../src/engine/journal';
import { ErrorReply } from '../../../src/protocol/reply';
import { datasetOf } from '../../support/differential';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

let engine: TestEngine;
beforeEach(() => {
  engine = new TestEngine();
});

const run = (...argv: (string | number)[]) => engine.run(...argv);
const effectsOf = (...argv: (string | number)[]): string[] => {
  const before = engine.journal.length;
  run(...argv);
  return engine.journal.slice(before).flatMap((frame) => decodeFrame(frame).effects.map((effect) => effect.join(' ')));
};

describe('the journal has', () => {
  test('the command itself where it changed something', () => {
    expect(effectsOf('JSON.SET', 'd', '$', '{"a":1,"f":1.5,"s":"x","b":true,"l":[1,[2]]}')).toEqual([
      'JSON.SET d $ {"a":1,"f":1.5,"s":"x","b":true,"l":[1,[2]]}',
    ]);
    for (const line of [
      'JSON.NUMINCRBY d $.f 0.1',
      'JSON.NUMMULTBY d $.f 0.1',
      'JSON.STRAPPEND d $.s "y"',
      'JSON.TOGGLE d $.b',
      'JSON.ARRAPPEND d $.l 3',
      'JSON.ARRINSERT d $..l 0 4',
      'JSON.ARRPOP d $..l 0',
      'JSON.ARRTRIM d $.l 1 2',
      'JSON.MERGE d $ {"m":1}',
      'JSON.MSET d $.a 2',
      'JSON.CLEAR d $.l',
      'JSON.DEL d $.m',
      'JSON.FORGET d $',
    ]) {
      expect(effectsOf(...line.split(' '))).toEqual([line]);
    }
  });

  test('the results of powers, by location', () => {
    run('JSON.SET', 'd', '$', '{"a":2,"b \\"":[2.5,"no"]}');
    expect(effectsOf('JSON.NUMPOWBY', 'd', '$..[?(@>0)]', '0.5')).toEqual([
      'JSON.SET d $["a"] 1.4142135623730951',
      'JSON.SET d $["b \\""][0] 1.5811388300841898',
    ]);
    expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
  });

  test('nothing where nothing changed, or something is wrong', () => {
    run('JSON.SET', 'd', '$', '{"a":1,"l":[]}');
    for (const line of [
      'JSON.SET d $.a 2 NX',
      'JSON.SET d $.x.y 2',
      'JSON.SET d $.a {',
      'JSON.NUMINCRBY d $.l 1',
      'JSON.NUMINCRBY d $..* 1e999',
      'JSON.STRAPPEND d $.a "x"',
      'JSON.TOGGLE d .a',
      'JSON.ARRPOP d $.l',
      'JSON.ARRTRIM d $.l 0 1',
      'JSON.ARRINSERT d $.l 5 1',
      'JSON.ARRAPPEND d $.l 1 [',
      'JSON.CLEAR d $.l',
      'JSON.DEL d $.x',
      'JSON.MERGE d $.x.y 1',
      'JSON.MSET d $.a 3 d $.a {',
      'JSON.GET d $',
      'JSON.MGET d $',
      'JSON.TYPE d $',
      'JSON.STRLEN d $',
      'JSON.ARRLEN d $',
      'JSON.ARRINDEX d $ 1',
      'JSON.OBJLEN d $',
      'JSON.OBJKEYS d $',
      'JSON.RESP d $',
      'JSON.DEBUG MEMORY d',
    ]) {
      expect(effectsOf(...line.split(' ')), line).toEqual([]);
    }
    expect(run('JSON.GET', 'd')).toBe('{"a":1,"l":[]}');
  });
});

test('an error in the middle of several numbers changes none of them', () => {
  run('JSON.SET', 'd', '$', '[1,1e308,9223372036854775807]');
  expect(run('JSON.NUMINCRBY', 'd', '$[0,1]', '1.7e308')).toBeInstanceOf(ErrorReply);
  expect(run('JSON.NUMINCRBY', 'd', '$[0,2]', '1')).toBeInstanceOf(ErrorReply);
  expect(run('JSON.GET', 'd')).toBe('[1,1e308,9223372036854775807]');
});

test('a path that leads to a value twice changes it twice', () => {
  run('JSON.SET', 'd', '$', '{"n":1,"s":"x","b":true,"l":[]}');
  expect(run('JSON.NUMINCRBY', 'd', "$['n','n']", 2)).toBe('[3,5]');
  expect(run('JSON.STRAPPEND', 'd', "$['s','s']", '"y"')).toEqual([2, 3]);
  expect(run('JSON.TOGGLE', 'd', "$['b','b']")).toEqual([0, 1]);
  expect(run('JSON.ARRAPPEND', 'd', "$['l','l']", '1')).toEqual([1, 2]);
  expect(run('JSON.DEL', 'd', "$['n','n']")).toBe(1);
});

test('copies share nothing', () => {
  run('JSON.SET', 'd', '$', '{"a":[],"b":[]}');
  run('JSON.SET', 'd', '$.*', '{"x":[1]}');
  run('JSON.ARRAPPEND', 'd', '$.a.x', '2', '[3]');
  run('JSON.ARRAPPEND', 'd', '$.*.x', '[4]');
  run('JSON.ARRAPPEND', 'd', '$.b.x[1]', '5');
  expect(run('JSON.GET', 'd')).toBe('{"a":{"x":[1,2,[3],[4]]},"b":{"x":[1,[4,5]]}}');
  run('COPY', 'd', 'e');
  run('JSON.CLEAR', 'd', '$.a.x');
  expect(run('JSON.GET', 'e', '$.a.x')).toBe('[[1,2,[3],[4]]]');
});

test('a document keeps its deadline, and goes when it is empty or due', () => {
  run('JSON.SET', 'd', '$', '{"a":1}');
  run('PEXPIRE', 'd', 5000);
  run('JSON.SET', 'd', '$', '{"b":1}');
  run('JSON.MERGE', 'd', '$', '{"c":1}');
  expect(run('PTTL', 'd')).toBe(5000);
  expect(run('JSON.DEL', 'd', '$.*')).toBe(2);
  expect(run('EXISTS', 'd')).toBe(0);
  run('JSON.SET', 'd', '$', '[]');
  expect([run('EXISTS', 'd'), run('PTTL', 'd')]).toEqual([1, -1]);
  run('PEXPIRE', 'd', 5000);
  engine.now += 5001;
  expect(run('JSON.GET', 'd')).toBeNull();
});

test('a type of its own to other commands', () => {
  run('JSON.SET', 'd', '$', '1');
  run('RPUSH', 'l', 'x');
  expect(plain(run('TYPE', 'd'))).toBe('ReJSON-RL');
  expect(run('SCAN', 0, 'TYPE', 'ReJSON-RL')).toEqual(['0', ['d']]);
  expect(run('LPUSH', 'd', 1)).toEqual(new ErrorReply('WRONGTYPE Operation against a key holding the wrong kind of value'));
  expect(run('JSON.TYPE', 'l')).toEqual(new ErrorReply('Existing key has wrong Redis type'));
  expect(run('OBJECT', 'ENCODING', 'd')).toBe('raw');
  expect(run('SET', 'd', 'now a string')).toMatchObject({ text: 'OK' });
});

test('a large array is appended to and cut without a word about the stack', () => {
  const many = Array.from({ length: 200_000 }, (_, i) => `${i}`);
  // The helper of these tests has its arguments on the stack.
  const runLong = (...argv: string[]) => engine.engine.execute(engine.client, argv.concat(many).map(fromText));
  run('JSON.SET', 'd', '$', `[${many}]`);
  expect(runLong('JSON.ARRAPPEND', 'd', '$')).toEqual([400_000]);
  expect(run('JSON.ARRTRIM', 'd', '$', 10, 300_009)).toEqual([300_000]);
  expect(runLong('JSON.ARRINSERT', 'd', '$', '1')).toEqual([500_000]);
  expect(run('JSON.GET', 'd', '$[200000:200003]')).toBe('[199999,11,12]');
});
