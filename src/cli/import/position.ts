// How far an import has come: everything of the file before that has been answered. Kept beside the file, so that an import
// which was broken off can go on.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Failure } from '../failure';
import type { RdbFile } from './file';

const SAVE_MS = 500;

interface Saved {
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly url: string;
  readonly database: number;
  readonly offset: number;
}

/** What an import goes into, and of what. */
export interface ImportIdentity {
  readonly url: string;
  readonly database: number;
}

export class Position {
  /** Where the records begin that have been sent and not been answered. */
  private readonly open = new Set<number>();
  private reached = 0;
  private savedMs = 0;

  constructor(
    private readonly file: RdbFile,
    private readonly identity: ImportIdentity,
  ) {}

  /** Where an earlier import of the same file into the same target got to. */
  resume(): number {
    const { file, identity } = this;
    let saved: Saved;
    try {
      saved = JSON.parse(readFileSync(this.path, 'utf8')) as Saved;
    } catch {
      throw new Failure(`there is no import of ${file.path} to go on with: ${this.path} is missing`);
    }
    const isSame =
      saved.bytes === file.bytes &&
      saved.modifiedMs === file.modifiedMs &&
      saved.url === identity.url &&
      saved.database === identity.database;
    if (!isSame) throw new Failure(`the import that was broken off was of another file, or into another target: ${this.path}`);
    return saved.offset;
  }

  /** Records from here on are sent. */
  begin(offset: number): void {
    this.open.add(offset);
    this.reached = Math.max(this.reached, offset);
    // Also what is broken off early can go on.
    if (this.savedMs === 0) this.saveNowAndThen();
  }

  /** Those that began there have been answered. */
  end(offset: number): void {
    this.open.delete(offset);
    this.saveNowAndThen();
  }

  private saveNowAndThen(): void {
    const nowMs = performance.now();
    if (nowMs - this.savedMs < SAVE_MS) return;
    this.savedMs = nowMs;
    this.save();
  }

  save(): void {
    const { file, identity } = this;
    if (file.isCopy) return;
    const offset = this.open.size > 0 ? Math.min(...this.open) : this.reached;
    const saved: Saved = { bytes: file.bytes, modifiedMs: file.modifiedMs, ...identity, offset };
    writeFileSync(`${this.path}.new`, JSON.stringify(saved));
    renameSync(`${this.path}.new`, this.path);
  }

  /** All has been imported. */
  finish(): void {
    if (!this.file.isCopy) rmSync(this.path, { force: true });
  }

  private get path(): string {
    return `${this.file.path}.import`;
  }
}
