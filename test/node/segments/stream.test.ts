// Streams in segments: whatever is done to one, and however often memory loses it, it is the stream that it should be.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { MAX_ID, MIN_ID, nextId, type StreamId, streamId } from '../../../src/types/stream/id';
import { StreamValue } from '../../../src/types/stream/value';
import { seededRandom } from '../../support/engine';
import { SMALL_SEGMENTS, StoredValue } from '../../support/stored-value';

const LIMITS = { ...SMALL_SEGMENTS, streamNodeMaxEntries: 6, streamNodeMaxBytes: 120 };
const GROUP = ascii('group');
const OTHER = ascii('other');

interface Pending {
  readonly consumer: string;
  readonly time: number;
  readonly deliveries: number | bigint;
}

/** The stream as plain arrays and maps. */
class Model {
  entries: [id: StreamId, pairs: readonly Bytes[]][] = [];
  readonly pending = new Map<StreamId, Pending>();
}

function entriesOf(stream: StreamValue): [StreamId, readonly Bytes[]][] {
  const found: [StreamId, readonly Bytes[]][] = [];
  stream.entries.ascend(MIN_ID, MAX_ID, (id, pairs) => found.push([id, pairs]) > 0);
  return found;
}

function pendingOf(stream: StreamValue): [StreamId, Pending][] {
  const found: [StreamId, Pending][] = [];
  stream.group(GROUP)?.pending.ascend(MIN_ID, ({ id, consumer, time, deliveries }) => {
    found.push([id, { consumer: consumer?.name ?? '', time: consumer ? time : 0, deliveries }]);
    return true;
  });
  return found;
}

/** What one consumer has, by the index that is kept in memory alone. */
function idsOf(stream: StreamValue, name: string): StreamId[] {
  const group = stream.group(GROUP);
  const consumer = group?.consumer(ascii(name));
  const found: StreamId[] = [];
  if (group && consumer) group.pending.ascendOf(consumer, MIN_ID, ({ id }) => found.push(id) > 0);
  return found;
}

function expectSame(stream: StreamValue, model: Model): void {
  expect(entriesOf(stream)).toEqual(model.entries);
  expect(stream.length).toBe(model.entries.length);
  expect(stream.firstId).toBe(model.entries[0]?.[0] ?? MIN_ID);
  const pending = [...model.pending].sort(([a], [b]) => (a < b ? -1 : 1));
  expect(pendingOf(stream)).toEqual(pending);
  for (const name of ['a', 'b', 'c']) {
    const ids = pending.filter(([, { consumer }]) => consumer === name).map(([id]) => id);
    expect(idsOf(stream, name)).toEqual(ids);
    expect(stream.group(GROUP)?.consumer(ascii(name))?.pending ?? 0).toBe(ids.length);
  }
}

describe.each([1, 2, 3])('random changes, seed %i', (seed) => {
  test('a stream that is stored and loaded in parts is the same stream', () => {
    const random = seededRandom(seed);
    const stored = new StoredValue(new StreamValue(LIMITS), LIMITS);
    const model = new Model();
    stored.value.createGroup(GROUP, MIN_ID);
    let time = 1;
    const someId = (): StreamId => model.entries[random.below(model.entries.length)]?.[0] ?? MIN_ID;
    const somePending = (): StreamId => [...model.pending.keys()][random.below(model.pending.size)] ?? MIN_ID;
    const text = (): Bytes => ascii(random.below(4) === 0 ? `${random.below(1000)}` : 'x'.repeat(random.below(60)));
    const consumer = (name: string) =>
      stored.value.group(GROUP)?.consumer(ascii(name)) ?? stored.value.group(GROUP)?.createConsumer(ascii(name), 1);
    const steps = {
      add() {
        time += random.below(5);
        const id = random.below(3) === 0 ? (nextId(stored.value.lastId) as StreamId) : streamId(time, random.below(3));
        if (id <= stored.value.lastId) return;
        const pairs = random.below(3) === 0 ? [ascii('f'), text(), ascii('g'), text()] : [ascii('f'), text()];
        stored.value.append(id, pairs);
        model.entries.push([id, pairs]);
      },
      delete() {
        const id = random.below(5) === 0 ? streamId(time, 9) : someId();
        expect(stored.value.delete(id)).toBe(model.entries.some(([other]) => other === id));
        model.entries = model.entries.filter(([other]) => other !== id);
      },
      trim() {
        const to = Math.max(0, model.entries.length - random.below(12));
        const approximate = random.below(2) === 0;
        const trimmed = stored.value.trim({ to, approximate, limit: 0 });
        if (approximate) expect(model.entries.length - trimmed).toBeGreaterThanOrEqual(to);
        else expect(model.entries.length - trimmed).toBe(to);
        model.entries.splice(0, trimmed);
      },
      trimTo() {
        const minId = someId();
        stored.value.trim({ to: { minId }, approximate: false, limit: 0 });
        model.entries = model.entries.filter(([id]) => id >= minId);
      },
      deliver() {
        const name = 'abc'[random.below(3)] as string;
        const id = random.below(3) === 0 ? somePending() : someId();
        const { pending } = stored.value.group(GROUP) as NonNullable<ReturnType<StreamValue['group']>>;
        const entry = pending.get(id);
        expect(entry !== undefined).toBe(model.pending.has(id));
        const deliveries = random.below(20) === 0 ? 2n ** 62n : random.below(5);
        const to = consumer(name) as NonNullable<ReturnType<typeof consumer>>;
        if (entry) pending.deliver(entry, to, time, deliveries);
        else pending.add(id, to, time, deliveries);
        model.pending.set(id, { consumer: name, time, deliveries });
      },
      release() {
        const id = somePending();
        const { pending } = stored.value.group(GROUP) as NonNullable<ReturnType<StreamValue['group']>>;
        const entry = pending.get(id);
        if (!entry) return;
        pending.release(entry, 7);
        model.pending.set(id, { consumer: '', time: 0, deliveries: 7 });
      },
      acknowledge() {
        const id = random.below(5) === 0 ? streamId(time, 9) : somePending();
        expect(stored.value.group(GROUP)?.pending.remove(id)).toBe(model.pending.delete(id));
      },
      otherGroup() {
        const other = stored.value.group(OTHER);
        if (other) stored.value.deleteGroup(other);
        else {
          const made = stored.value.createGroup(OTHER, MIN_ID);
          for (const [id] of model.entries) made.pending.add(id, undefined, 0, 0);
        }
      },
      deleteConsumer() {
        const group = stored.value.group(GROUP);
        const gone = group?.consumer(ascii('c'));
        if (!group || !gone || random.below(10) > 0) return;
        expect(group.deleteConsumer(gone)).toBe([...model.pending].filter(([, { consumer: name }]) => name === 'c').length);
        for (const [id, { consumer: name }] of [...model.pending]) if (name === 'c') model.pending.delete(id);
      },
    };
    const often = [steps.add, steps.add, steps.add, steps.add, steps.deliver, steps.deliver, steps.acknowledge, steps.delete];
    const seldom = Object.values(steps);
    let largest = 0;
    for (let step = 0; step < 4000; step++) {
      const from = random.below(6) === 0 ? seldom : often;
      (from[random.below(from.length)] as () => void)();
      largest = Math.max(largest, model.entries.length);
      if (random.below(20) === 0) stored.checkpoint();
      if (random.below(20) === 0) stored.reload();
      if (random.below(50) === 0) {
        expectSame(stored.value, model);
        const copy = stored.value.copy();
        expectSame(copy, model);
        expect(copy.memory).toBe(stored.value.memory);
        const group = stored.value.group(GROUP)?.pending;
        expect(copy.group(GROUP)?.pending.released).toBe([...model.pending.values()].filter(({ consumer: name }) => name === '').length);
        const inTime: StreamId[] = [];
        const copied: StreamId[] = [];
        group?.ascendByTime(({ id }) => inTime.push(id) > 0);
        copy.group(GROUP)?.pending.ascendByTime(({ id }) => copied.push(id) > 0);
        expect(copied).toEqual(inTime);
      }
    }
    expect(largest).toBeGreaterThan(60);
    const { lists, loads, puts, removals } = stored.segments.asked;
    for (const asked of [lists, loads, puts, removals]) expect(asked).toBeGreaterThan(100);
  });
});

describe('a large stream', () => {
  const limits = { ...LIMITS, streamNodeMaxEntries: 100, streamNodeMaxBytes: 4096, wholeBytes: 16_384, segmentBytes: 4096 };

  function large(count: number): StoredValue<StreamValue> {
    const stored = new StoredValue(new StreamValue(limits), limits);
    for (let i = 1; i <= count; i++) stored.value.append(streamId(i, 0), [ascii('f'), ascii(`value ${i}`)]);
    stored.reload();
    return stored;
  }

  test('is written and read in the parts that a change or a read needs', () => {
    const stored = large(20_050);
    expect(stored.segmented).toBe(true);
    const { asked } = stored.segments;
    const before = { ...asked };
    stored.value.append(streamId(20_051, 0), [ascii('f'), ascii('v')]);
    expect(asked.loads - before.loads).toBe(1);
    const { head, puts, removals } = stored.checkpoint();
    expect([puts, removals]).toEqual([1, 0]);
    expect(head.length).toBeLessThan(200);
    const found: Bytes[] = [];
    stored.value.entries.ascend(streamId(10_000, 0), streamId(10_002, 0), (_id, pairs) => found.push(pairs[1] as Bytes) > 0);
    expect(found).toEqual(['value 10000', 'value 10001', 'value 10002']);
    expect(asked.loads - before.loads).toBeLessThanOrEqual(3);
    expect(stored.value.trim({ to: 10_000, approximate: true, limit: 0 })).toBe(10_000);
    expect(asked.loads - before.loads).toBeLessThanOrEqual(3);
    expect(stored.checkpoint()).toMatchObject({ puts: 0, removals: 100 });
  });

  test('takes entries before those that are pending, where others have been', () => {
    const stored = new StoredValue(new StreamValue(LIMITS), LIMITS);
    const group = stored.value.createGroup(GROUP, MIN_ID);
    const consumer = group.createConsumer(ascii('c'), 1);
    const add = (i: number): void => group.pending.add(streamId(i, 0), consumer, i, 1);
    for (let i = 1; i <= 100; i++) add(i);
    for (let i = 1; i <= 60; i++) expect(group.pending.remove(streamId(i, 0))).toBe(true);
    for (let i = 60; i >= 1; i--) add(i);
    const ids: StreamId[] = [];
    group.pending.ascend(MIN_ID, ({ id }) => ids.push(id) > 0);
    expect(ids).toEqual(Array.from({ length: 100 }, (_, i) => streamId(i + 1, 0)));
    for (const id of ids) expect(group.pending.get(id)?.id).toBe(id);
  });

  test('acknowledges one of many pending entries at the price of one part', () => {
    const stored = large(1);
    const group = stored.value.createGroup(GROUP, MIN_ID);
    const consumer = group.createConsumer(ascii('c'), 1);
    for (let i = 1; i <= 20_000; i++) group.pending.add(streamId(i, 0), consumer, i, 1);
    stored.reload();
    const { loads } = stored.segments.asked;
    expect(stored.value.group(GROUP)?.pending.remove(streamId(5_000, 0))).toBe(true);
    expect(stored.segments.asked.loads - loads).toBe(1);
    expect(stored.checkpoint()).toMatchObject({ puts: 1, removals: 0 });
  });
});
