import { describe, expect, test } from 'vitest';
import { TestEngine } from '../../support/engine';
import { request } from '../../support/raw-client';

const elements = (engine: TestEngine, key: string) => engine.run('LRANGE', key, 0, -1);

describe('LMOVEM', () => {
  const SIDES = ['LEFT', 'RIGHT'] as const;

  test.each(SIDES.flatMap((from) => SIDES.map((to) => [from, to] as const)))('from %s to %s', (from, to) => {
    for (const same of [false, true]) {
      for (const order of ['OBO', 'BULK']) {
        const engine = new TestEngine();
        engine.run('RPUSH', 's', 'a', 'b', 'c', 'd', 'e');
        engine.run('RPUSH', 't', 'x', 'y');
        const target = same ? 's' : 't';
        const taken = from === 'LEFT' ? ['a', 'b', 'c'] : ['e', 'd', 'c'];
        const rest = from === 'LEFT' ? ['d', 'e'] : ['a', 'b'];
        // One by one each is pushed on the one before; as a block they stand as they stood.
        const oneByOne = to === 'LEFT' ? [...taken].reverse() : taken;
        const moved = order === 'BULK' ? [...taken].sort() : oneByOne;
        const others = same ? rest : ['x', 'y'];
        expect(engine.run('LMOVEM', 's', target, from, to, 'COUNT', 3, order)).toEqual(moved);
        expect([order, elements(engine, target)]).toEqual([order, to === 'LEFT' ? [...moved, ...others] : [...others, ...moved]]);
        if (!same) expect(elements(engine, 's')).toEqual(rest);
        expect(elements(engine.replayed(), target)).toEqual(elements(engine, target));
      }
    }
  });
});

describe('BLMOVEM', () => {
  function waiting(engine: TestEngine, ...line: string[]) {
    const connection = engine.connect();
    expect(connection.receive(request(...line) as never).output).toBe('');
    return () => connection.proceed().output;
  }

  test('with COUNT waits for one element, and takes what has come', () => {
    const engine = new TestEngine();
    const take = waiting(engine, 'BLMOVEM', 's', 't', 'LEFT', 'RIGHT', '0', 'COUNT', '5', 'OBO');
    engine.run('RPUSH', 's', 'a', 'b');
    expect(take()).toBe('*2\r\n$1\r\na\r\n$1\r\nb\r\n');
    expect(elements(engine, 't')).toEqual(['a', 'b']);
    expect(elements(engine.replayed(), 't')).toEqual(['a', 'b']);
  });

  test('with EXACTLY waits for all of them, while others are served', () => {
    const engine = new TestEngine();
    const first = waiting(engine, 'BLMOVEM', 's', 't', 'LEFT', 'RIGHT', '0', 'EXACTLY', '3', 'BULK');
    const second = waiting(engine, 'BLPOP', 's', '0');
    engine.run('RPUSH', 's', 'a', 'b');
    expect([first(), second()]).toEqual(['', '*2\r\n$1\r\ns\r\n$1\r\na\r\n']);
    engine.run('RPUSH', 's', 'c');
    expect(first()).toBe('');
    engine.run('LPUSH', 's', 'd');
    expect(first()).toBe('*3\r\n$1\r\nd\r\n$1\r\nb\r\n$1\r\nc\r\n');
    expect(engine.run('EXISTS', 's')).toBe(0);
  });
});
