// One `kedge start` per data folder. Two would each hold the dataset in memory and write over the other's rows.
//
// The lock is a file that names its holder: the launcher, and the workerd under it. A launcher that was killed leaves
// both the file and a workerd that goes on serving; the next start sees that the launcher is gone, ends that workerd and
// takes over.

import { randomUUID } from 'node:crypto';
import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import type { DataFolder } from './data-folder';
import { errorCode, Failure } from './failure';
import { end, identify, isAlive, type ProcessIdentity, processIdentitySchema } from './process-identity';

const holderSchema = z.object({
  nonce: z.string(),
  launcher: processIdentitySchema,
  workerd: processIdentitySchema.optional(),
});
type Holder = z.infer<typeof holderSchema>;

const LOCK = 'lock';

export class Lock {
  private readonly folder: DataFolder;
  private holder: Holder;

  private constructor(folder: DataFolder, holder: Holder) {
    this.folder = folder;
    this.holder = holder;
  }

  /** Takes the folder, or says who has it. */
  static async acquire(folder: DataFolder, note: (text: string) => void): Promise<Lock> {
    const launcher = identify(process.pid) ?? { pid: process.pid, started: 'unknown' };
    const lock = new Lock(folder, { nonce: randomUUID(), launcher });
    while (!lock.create()) {
      const text = folder.read(LOCK);
      if (text === undefined) continue;
      const holder = parseHolder(text);
      if (holder !== undefined && isAlive(holder.launcher)) throw inUse(folder, holder.launcher);
      if (holder?.workerd !== undefined && isAlive(holder.workerd)) {
        note(`ending workerd (pid ${holder.workerd.pid}), which an earlier start left running`);
        await end(holder.workerd);
      }
      lock.discard(text);
    }
    return lock;
  }

  /** Keeps on record which workerd serves the folder. */
  record(pid: number): void {
    this.holder = { ...this.holder, workerd: identify(pid) };
    this.folder.write(LOCK, JSON.stringify(this.holder));
  }

  release(): void {
    rmSync(this.folder.file(LOCK), { force: true });
  }

  /** A link fails when the name exists, and gives it with its contents: nobody ever reads half a lock. */
  private create(): boolean {
    const own = this.folder.file(`${LOCK}.${this.holder.nonce}`);
    try {
      writeFileSync(own, JSON.stringify(this.holder), { mode: 0o600 });
      linkSync(own, this.folder.file(LOCK));
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(own, { force: true });
    }
  }

  /** Removes a dead holder's lock, and only that one: another start may have replaced it since it was read. */
  private discard(dead: string): void {
    const aside = `${LOCK}.${this.holder.nonce}.dead`;
    try {
      renameSync(this.folder.file(LOCK), this.folder.file(aside));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    const taken = this.folder.read(aside);
    if (taken === dead || taken === undefined) {
      rmSync(this.folder.file(aside), { force: true });
      return;
    }
    renameSync(this.folder.file(aside), this.folder.file(LOCK));
    const holder = parseHolder(taken);
    throw inUse(this.folder, holder?.launcher);
  }
}

function inUse(folder: DataFolder, launcher: ProcessIdentity | undefined): Failure {
  const who = launcher === undefined ? 'another kedge start' : `another kedge start (pid ${launcher.pid})`;
  return new Failure(`${folder.path} is in use by ${who}: stop it first, or name another folder with --data`);
}

function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
