// The sources of scripts and libraries, in memory and in storage. Unlike in Redis they outlive the process: an object
// sleeps when it is idle, and its clients must not be told NOSCRIPT for that. They are read at first use, so that a shard
// without scripts asks storage nothing.

import type { Bytes } from '../../bytes/bytes';

/** Scripts by digest, which is derived from the source, and libraries by name. */
export type SourceKind = 'script' | 'library';

export interface Source {
  readonly kind: SourceKind;
  readonly name: Bytes;
  readonly source: Bytes;
  /** Only EVAL has seen it: it may have to make room. */
  readonly evictable: boolean;
}

/** Sources as of the last checkpoint. */
export interface SourceStore {
  sources(): readonly Source[];
}

export const NO_SOURCES: SourceStore = { sources: () => [] };

/** What a checkpoint has to write. */
export interface DirtySources {
  readonly put: readonly Source[];
  readonly removed: readonly Pick<Source, 'kind' | 'name'>[];
}

export class Sources {
  private readonly byKind: Record<SourceKind, Map<Bytes, Source>> = { script: new Map(), library: new Map() };
  /** Those that may have to make room, the one that was used or came last at the end. */
  private readonly evictables = new Map<Bytes, Source>();
  private readonly bytes = { script: 0, library: 0, evictable: 0 };
  private readonly dirty: Record<SourceKind, Set<Bytes>> = { script: new Set(), library: new Set() };
  private loaded = false;

  constructor(private readonly store: SourceStore) {}

  all(kind: SourceKind): ReadonlyMap<Bytes, Source> {
    this.load();
    return this.byKind[kind];
  }

  /** Adds or replaces a source. */
  put(source: Source): void {
    this.load();
    this.forget(source.kind, source.name);
    this.add(source);
    this.dirty[source.kind].add(source.name);
  }

  /** A script is used: it makes room last. */
  use(name: Bytes): void {
    const source = this.evictables.get(name);
    if (!source) return;
    this.evictables.delete(name);
    this.evictables.set(name, source);
  }

  remove(kind: SourceKind, name: Bytes): void {
    this.load();
    this.forget(kind, name);
    this.dirty[kind].add(name);
  }

  private add(source: Source): void {
    const { kind, name, evictable } = source;
    this.byKind[kind].set(name, source);
    this.bytes[kind] += source.source.length;
    if (!evictable) return;
    this.evictables.set(name, source);
    this.bytes.evictable += source.source.length;
  }

  private forget(kind: SourceKind, name: Bytes): void {
    const source = this.byKind[kind].get(name);
    if (!source) return;
    this.byKind[kind].delete(name);
    this.bytes[kind] -= source.source.length;
    if (!source.evictable) return;
    this.evictables.delete(name);
    this.bytes.evictable -= source.source.length;
  }

  /** How many scripts may have to make room, and which is the first to do so. */
  get evictableCount(): number {
    this.load();
    return this.evictables.size;
  }

  get firstEvictable(): Source | undefined {
    return this.evictables.values().next().value;
  }

  /** Bytes of all sources of a kind, or of the scripts that may have to make room. */
  bytesOf(what: SourceKind | 'evictable'): number {
    this.load();
    return this.bytes[what];
  }

  clear(kind: SourceKind): void {
    for (const name of [...this.all(kind).keys()]) this.remove(kind, name);
  }

  private load(): void {
    if (this.loaded) return;
    this.loaded = true;
    for (const source of this.store.sources()) this.add(source);
  }

  // ---- storage

  /** What a checkpoint must write. Valid until the next change; {@link markClean} follows when it is written. */
  dirtyState(): DirtySources {
    const put: Source[] = [];
    const removed: Pick<Source, 'kind' | 'name'>[] = [];
    for (const kind of ['script', 'library'] as const) {
      for (const name of this.dirty[kind]) {
        const source = this.byKind[kind].get(name);
        if (source) put.push(source);
        else removed.push({ kind, name });
      }
    }
    return { put, removed };
  }

  markClean(): void {
    this.dirty.script.clear();
    this.dirty.library.clear();
  }

  /** Forgets what is in memory; storage is all there is. */
  reset(): void {
    this.markClean();
    this.byKind.script.clear();
    this.byKind.library.clear();
    this.evictables.clear();
    this.bytes.script = this.bytes.library = this.bytes.evictable = 0;
    this.loaded = false;
  }
}
