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
  private readonly dirty: Record<SourceKind, Set<Bytes>> = { script: new Set(), library: new Set() };
  private loaded = false;

  constructor(private readonly store: SourceStore) {}

  /** All of a kind, the one that was used or came last at the end. */
  all(kind: SourceKind): ReadonlyMap<Bytes, Source> {
    this.load();
    return this.byKind[kind];
  }

  /** Adds or replaces a source. */
  put(source: Source): void {
    this.load();
    this.byKind[source.kind].set(source.name, source);
    this.dirty[source.kind].add(source.name);
  }

  /** Makes a source the last one. */
  use(source: Source): void {
    const sources = this.byKind[source.kind];
    sources.delete(source.name);
    sources.set(source.name, source);
  }

  remove(kind: SourceKind, name: Bytes): void {
    this.load();
    this.byKind[kind].delete(name);
    this.dirty[kind].add(name);
  }

  clear(kind: SourceKind): void {
    for (const name of [...this.all(kind).keys()]) this.remove(kind, name);
  }

  private load(): void {
    if (this.loaded) return;
    this.loaded = true;
    for (const source of this.store.sources()) this.byKind[source.kind].set(source.name, source);
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
    this.loaded = false;
  }
}
