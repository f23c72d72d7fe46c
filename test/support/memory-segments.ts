// Segments of large values in plain memory: what src/shard/segment-store.ts does with SQLite.

import type { Bytes } from '../../src/bytes/bytes';
import type { DirtyState } from '../../src/engine/residency';
import { CorruptValue } from '../../src/engine/store';
import { segmentedOf } from '../../src/types/codec';
import type { Segment, Segmented, SegmentSource } from '../../src/types/segments';
import type { Value } from '../../src/types/value';

export class MemorySegments {
  /** How often segments were listed, read, written and removed. */
  readonly asked = { lists: 0, loads: 0, puts: 0, removals: 0 };
  /** None of them is any more what was stored. */
  corrupt = false;
  private readonly stored = new Map<number, Map<string, Segment>>();
  private readonly owners = new WeakMap<Segmented, number>();
  private lastOwner = 0;

  /** How many segments an owner has; of all owners together without one. */
  count(owner?: number): number {
    if (owner !== undefined) return this.stored.get(owner)?.size ?? 0;
    return [...this.stored.values()].reduce((total, segments) => total + segments.size, 0);
  }

  source(owner: number): SegmentSource {
    return {
      list: (family) => {
        this.asked.lists++;
        const segments = [...(this.stored.get(owner)?.values() ?? [])];
        return segments.filter((segment) => segment.family === family).sort((a, b) => a.id - b.id);
      },
      load: (family, id) => {
        this.asked.loads++;
        const segment = this.stored.get(owner)?.get(`${family} ${id}`);
        if (this.corrupt) throw new CorruptValue(`ERR segment ${family} ${id} is corrupt`);
        if (!segment) throw new Error(`segment ${family} ${id} of owner ${owner} is missing`);
        return segment.data;
      },
    };
  }

  adopt(value: Value, owner: number): void {
    const segmented = segmentedOf(value);
    if (segmented) this.owners.set(segmented, owner);
  }

  /** @param ownerAt the owner that the row of a key names */
  begin({ wiped, entries, removed }: DirtyState, ownerAt: (key: Bytes) => number | undefined): void {
    if (wiped) this.stored.clear();
    const used = new Set(entries.map(({ value }) => this.ownerOf(value)));
    for (const key of [...removed, ...entries.map((entry) => entry.key)]) {
      const owner = ownerAt(key);
      if (owner !== undefined && !used.has(owner)) this.stored.delete(owner);
    }
  }

  put(value: Value): number | undefined {
    const segmented = segmentedOf(value);
    const changes = segmented?.segmentChanges();
    if (!segmented || !changes) return undefined;
    const owner = this.owners.get(segmented) ?? ++this.lastOwner;
    this.owners.set(segmented, owner);
    const segments = this.stored.get(owner) ?? new Map<string, Segment>();
    this.stored.set(owner, segments);
    for (const { family, id } of changes.removed) {
      this.asked.removals++;
      if (!segments.delete(`${family} ${id}`)) throw new Error(`segment ${family} ${id} is removed and was not there`);
    }
    for (const segment of changes.put) {
      this.asked.puts++;
      segments.set(`${segment.family} ${segment.id}`, segment);
    }
    segmented.markStored(this.source(owner));
    return owner;
  }

  private ownerOf(value: Value): number | undefined {
    const segmented = segmentedOf(value);
    return segmented && this.owners.get(segmented);
  }
}
