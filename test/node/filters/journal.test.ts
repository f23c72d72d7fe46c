// The commands of filters and sketches are recorded as they are, and only where they changed something: the same lines
// make the same values again.

import { expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { decodeFrame } from '../../../src/engine/journal';
import { datasetOf } from '../../support/differential';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

test('the journal has the command lines', () => {
  const engine = new TestEngine();
  const effectsOf = (line: string): string[] => {
    const before = engine.journal.length;
    engine.run(...line.split(' '));
    return engine.journal.slice(before).flatMap((frame) => decodeFrame(frame).effects.map((effect) => effect.join(' ')));
  };
  const writes = [
    'BF.RESERVE b 0.01 2 EXPANSION 3',
    'BF.ADD b x',
    'BF.MADD b y z',
    'BF.INSERT i ITEMS x',
    'CMS.INITBYDIM c 10 2',
    'CMS.INITBYPROB p 0.1 0.1',
    'CMS.INCRBY c x 3',
    'CMS.MERGE c 1 c WEIGHTS 2',
    'TOPK.RESERVE t 2 3 2 0.5',
    'TOPK.ADD t x y z x',
    'TOPK.INCRBY t y 5 z 9',
  ];
  for (const line of writes) expect(effectsOf(line)).toEqual([line]);
  const nothing = [
    'BF.ADD b x',
    'BF.MADD b x y',
    'BF.RESERVE b 0.01 2',
    'BF.EXISTS b x',
    'BF.MEXISTS b x q',
    'BF.INFO b',
    'BF.CARD b',
    'BF.SCANDUMP b 0',
    'BF.LOADCHUNK b 1 x',
    'CMS.INITBYDIM c 10 2',
    'CMS.INCRBY c x 1 y z',
    'CMS.MERGE c 1 c WEIGHTS -1',
    'CMS.QUERY c x',
    'CMS.INFO c',
    'TOPK.RESERVE t 2',
    'TOPK.INCRBY t x 1 y -1',
    'TOPK.QUERY t x',
    'TOPK.COUNT t x',
    'TOPK.LIST t',
    'TOPK.INFO t',
  ];
  for (const line of nothing) expect(effectsOf(line), line).toEqual([]);
  expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
});

test('a filter that is moved in parts is the same in the end', () => {
  const engine = new TestEngine();
  engine.run('BF.RESERVE', 'from', '0.001', 20);
  for (let i = 0; i < 300; i++) engine.run('BF.ADD', 'from', i);
  let iterator = 0;
  for (;;) {
    const [next, data] = engine.run('BF.SCANDUMP', 'from', iterator) as [number, Bytes];
    if (next === 0) break;
    expect(engine.engine.execute(engine.client, ['BF.LOADCHUNK', 'to', `${next}`, data] as Bytes[])).toMatchObject({ text: 'OK' });
    iterator = next;
  }
  engine.flush();
  expect(engine.run('DEBUG', 'DIGEST-VALUE', 'to')).toEqual(engine.run('DEBUG', 'DIGEST-VALUE', 'from'));
  expect(engine.run('COPY', 'to', 'again')).toBe(1);
  engine.run('BF.ADD', 'to', 'later');
  expect(plain([engine.run('BF.EXISTS', 'to', 'later'), engine.run('BF.EXISTS', 'again', 'later')])).toEqual([1, 0]);
  expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
});
