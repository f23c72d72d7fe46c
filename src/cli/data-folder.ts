// The data folder of `kedge start`: what is in it, and what has to agree with it before its data is served.
//
//   lock          who runs on this folder (lock.ts)
//   layout.json   number of shards; the data of another number would be looked for in the wrong objects
//   token         the token that was made at the first start, readable by the owner alone
//   workerd.capnp configuration of the last start
//   objects/      Durable Objects: their SQLite files
//   buckets/      R2

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { errorCode, Failure } from './failure';
import { newToken } from './token';

const layoutSchema = z.object({ format: z.literal(1), shards: z.number().int().positive() });

export class DataFolder {
  readonly path: string;
  readonly objects: string;
  readonly buckets: string;

  constructor(path: string) {
    this.path = resolve(path);
    this.objects = this.file('objects');
    this.buckets = this.file('buckets');
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      mkdirSync(this.objects, { recursive: true });
      mkdirSync(this.buckets, { recursive: true });
    } catch (error) {
      throw new Failure(`cannot use ${this.path} as data folder: ${error instanceof Error ? error.message : error}`);
    }
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Replaces a file in one step: a crash leaves the old one or the new one. Readable by the owner alone. */
  write(name: string, contents: string): void {
    const next = this.file(`${name}.next`);
    try {
      writeFileSync(next, contents, { mode: 0o600 });
      renameSync(next, this.file(name));
    } catch (error) {
      rmSync(next, { force: true });
      throw error;
    }
  }

  read(name: string): string | undefined {
    try {
      return readFileSync(this.file(name), 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The number of shards to run with; from the first start on it is the one on record. */
  shards(asked: number | undefined, fallback: number): number {
    const text = this.read('layout.json');
    if (text === undefined) {
      const shards = asked ?? fallback;
      this.write('layout.json', `${JSON.stringify({ format: 1, shards } satisfies z.infer<typeof layoutSchema>)}\n`);
      return shards;
    }
    const layout = layoutSchema.safeParse(parseJson(text));
    if (!layout.success) throw new Failure(`${this.file('layout.json')} is not one that this version of kedge wrote`);
    const { shards } = layout.data;
    if (asked !== undefined && asked !== shards) {
      throw new Failure(
        `the data in ${this.path} is spread over ${shards} ${shards === 1 ? 'shard' : 'shards'} and cannot be served with ${asked}: ` +
          `start with --shards ${shards}, or name another folder with --data`,
      );
    }
    return shards;
  }

  /** The token of an earlier start, or a new one that is kept for the next. */
  token(): string {
    const kept = this.read('token')?.trim();
    if (kept) return kept;
    const token = newToken();
    this.write('token', `${token}\n`);
    return token;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
