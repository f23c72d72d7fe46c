// Large strings under edit, in pages: whatever is done to one, and however often memory loses it, it is the string that it should be.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { StringBuffer } from '../../../src/types/string';
import { seededRandom } from '../../support/engine';
import { StoredValue } from '../../support/stored-value';

const KIB = 1024;

describe.each([1, 2, 3])('random edits, seed %i', (seed) => {
  test('a string that is stored in pages is the same string', () => {
    const random = seededRandom(seed);
    const stored = new StoredValue(new StringBuffer(ascii('start')));
    let model = 'start';
    let paged = 0;
    const text = () => String.fromCharCode(random.below(256)).repeat(random.below(random.below(10) === 0 ? 9000 : 50));
    for (let step = 0; step < 600; step++) {
      const value = stored.value;
      const added = text();
      const at = random.below(model.length + 1);
      const edits: (() => void)[] = [
        () => {
          value.append(ascii(added));
          model += added;
        },
        () => {
          const offset = random.below(5) === 0 ? model.length + random.below(6000) : at;
          if (added === '') return;
          value.write(offset, ascii(added));
          model = model.padEnd(offset, '\0');
          model = model.slice(0, offset) + added + model.slice(offset + added.length);
        },
        () => {
          const length = model.length + random.below(100);
          expect(value.extend(length)).toBe(length > model.length);
          model = model.padEnd(length, '\0');
        },
        () => {
          if (at >= model.length) return;
          value.view(at, at + 1)[at] = 7;
          model = `${model.slice(0, at)}\x07${model.slice(at + 1)}`;
        },
        () => {
          const removed = random.below(Math.min(model.length - at, 3000) + 1);
          value.splice(at, removed, Buffer.from(added, 'latin1'));
          model = model.slice(0, at) + added + model.slice(at + removed);
        },
      ];
      edits[random.below(edits.length)]?.();
      expect(value.size).toBe(model.length);
      if (random.below(10) === 0) stored.checkpoint();
      if (random.below(10) === 0) {
        // One that is stored whole comes back as a plain string, which the next edit makes a buffer again.
        stored.reload();
        const read: Bytes | StringBuffer = stored.value;
        if (typeof read === 'string') stored.value = new StringBuffer(read);
        else paged++;
      }
      if (random.below(10) === 0) {
        const { value: one } = stored;
        expect([one.toBytes() === model, one.copy().toBytes() === model, one.slice(at, at + 10)]).toEqual([
          true,
          true,
          model.slice(at, at + 10),
        ]);
      }
    }
    expect([paged > 20, stored.segments.asked.puts > 50, stored.segments.asked.loads > 50]).toEqual([true, true, true]);
  });
});

describe('what is written and read', () => {
  function cold(bytes: number): StoredValue<StringBuffer> {
    const stored = new StoredValue(new StringBuffer(ascii('x'.repeat(bytes))));
    stored.reload();
    return stored;
  }

  test('a string of 16 KiB is whole, a longer one becomes pages', () => {
    const stored = new StoredValue(new StringBuffer(ascii('x'.repeat(16 * KIB))));
    expect(stored.checkpoint()).toMatchObject({ puts: 0 });
    expect(stored.segmented).toBe(false);
    stored.value.append(ascii('y'));
    const { head, puts } = stored.checkpoint();
    expect([head.length < 5, puts, stored.checkpoint().puts]).toEqual([true, 5, 0]);
  });

  test.each<[string, (value: StringBuffer) => unknown, number]>([
    ['an addition', (value) => value.append(ascii('more')), 1],
    ['a byte in the middle', (value) => value.view(50_000, 50_001).fill(0, 50_000, 50_001), 1],
    ['a write over the border of pages', (value) => value.write(8 * KIB - 2, ascii('abcd')), 2],
    ['a gap', (value) => value.write(110_000, ascii('abcd')), 3],
    ['a view of everything', (value) => value.view(), 25],
  ])('%s writes the pages that it touches', (_title, edit, puts) => {
    const stored = cold(100_000);
    edit(stored.value);
    expect(stored.checkpoint().puts).toBe(puts);
  });

  test('nothing is read before it is used; size and memory are known', () => {
    const stored = cold(100_000);
    const { asked } = stored.segments;
    const before = stored.value.memory;
    expect([stored.value.size, before > 100_000, asked.loads]).toEqual([100_000, true, 0]);
    expect(stored.value.content().length).toBe(100_000);
    expect([asked.loads, stored.value.memory]).toEqual([25, before]);
  });

  test('pages behind the end go', () => {
    const stored = cold(100_000);
    stored.value.splice(10_000, 80_000, []);
    expect(stored.checkpoint().removals).toBe(20);
    stored.reload();
    expect(stored.value.toBytes()).toBe('x'.repeat(20_000));
  });
});
