// A shard's side of a snapshot: takes the steps that the coordinator asks for (coordinator.ts).

import type { Engine } from '../../engine/engine';
import type { PartManifest, PartProgress, PartRequest } from './part';
import type { PartWriter } from './part-writer';

/** What a shard is asked for by the coordinator. */
export type PartStep =
  /** From now on what would change something is put off, for so long at most. */
  | { readonly step: 'hold'; readonly id: string; readonly mostMs: number }
  /** The part shows the shard as it is now. */
  | { readonly step: 'begin'; readonly request: PartRequest }
  /** Ends the hold. Answers whether it lasted until now. */
  | { readonly step: 'release'; readonly id: string }
  /** Writes the file. */
  | { readonly step: 'run'; readonly id: string }
  /** Gives the part up, and leaves nothing of it. Also of one that is not known. */
  | { readonly step: 'abort'; readonly id: string }
  | { readonly step: 'progress'; readonly id: string };

export type PartAnswer = PartManifest | PartProgress | boolean | undefined;

export interface PartHostPorts {
  readonly engine: () => Engine;
  readonly now: () => number;
  readonly writer: () => PartWriter;
}

interface Part {
  readonly id: string;
  readonly writer: PartWriter;
  /** Changes that the file contains and that were not in one before. */
  readonly changes: number;
}

export class PartHost {
  private holder: string | undefined;
  private part: Part | undefined;

  constructor(private readonly ports: PartHostPorts) {}

  /** Of the part that is being written. */
  get progress(): PartProgress | undefined {
    return this.part?.writer.progress;
  }

  async take(step: PartStep): Promise<PartAnswer> {
    switch (step.step) {
      case 'hold':
        return this.hold(step.id, step.mostMs);
      case 'begin':
        return this.begin(step.request);
      case 'release':
        return this.release(step.id);
      case 'run':
        return this.run(step.id);
      case 'abort':
        return this.abort(step.id);
      case 'progress':
        return this.part?.id === step.id ? this.part.writer.progress : undefined;
    }
  }

  private hold(id: string, mostMs: number): true {
    const { barrier } = this.ports.engine().blocking;
    const from = this.ports.now();
    barrier.end();
    barrier.begin('write', from + mostMs, from);
    this.holder = id;
    return true;
  }

  private async begin(request: PartRequest): Promise<true> {
    // One that its coordinator has forgotten.
    if (this.part) await this.abort(this.part.id);
    const writer = this.ports.writer();
    const { stats } = this.ports.engine().server;
    this.part = { id: request.id, writer, changes: stats.dirty };
    writer.begin(request);
    return true;
  }

  private release(id: string): boolean {
    const { barrier } = this.ports.engine().blocking;
    barrier.check(this.ports.now());
    const lasted = barrier.isOn && this.holder === id;
    if (this.holder === id) barrier.end();
    this.holder = undefined;
    return lasted;
  }

  private async run(id: string): Promise<PartManifest> {
    const { part } = this;
    if (part?.id !== id) throw new Error('the shard has been restarted');
    // When it fails it is kept, to be aborted.
    const manifest = await part.writer.run();
    if (this.part === part) this.part = undefined;
    const { stats } = this.ports.engine().server;
    stats.dirty = Math.max(0, stats.dirty - part.changes);
    return manifest;
  }

  private async abort(id: string): Promise<undefined> {
    if (this.holder === id) this.release(id);
    const { part } = this;
    if (part?.id !== id) return;
    await part.writer.abort();
    if (this.part === part) this.part = undefined;
  }
}
