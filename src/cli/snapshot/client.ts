// `/v1/snapshots` of a Kedge, as the command line asks it. Whatever it refuses is a failure of one line.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Endpoint, httpBase } from '../endpoint';
import { Failure } from '../failure';
import { Progress } from '../progress';

const POLL_MS = 300;

export interface SnapshotOptions {
  /** Undefined: the lowest version that holds everything. */
  readonly rdbVersion?: number | undefined;
  readonly modules?: string | undefined;
}

interface RunningSnapshot {
  readonly id: string;
  readonly status: 'running';
  readonly createdAt: string;
  readonly progress: { readonly keys: number; readonly totalKeys: number };
}

interface FailedSnapshot {
  readonly id: string;
  readonly status: 'failed';
  readonly createdAt: string;
  readonly error: string;
}

export interface CompleteSnapshot {
  readonly id: string;
  readonly status: 'complete';
  /** The moment that it shows. */
  readonly takenAt: string;
  readonly rdbVersion: number;
  readonly keys: number;
  readonly bytes: number;
  readonly byType: Readonly<Record<string, number>>;
  readonly functions: number;
  readonly skippedKeys: number;
  readonly lostFieldDeadlines: number;
  /** Not in lists. */
  readonly shards?: readonly { readonly skipped: readonly { readonly key: string; readonly reason: string }[] }[];
}

export type Snapshot = RunningSnapshot | FailedSnapshot | CompleteSnapshot;

export class SnapshotClient {
  private readonly base: string;

  constructor(
    server: Endpoint,
    private readonly token: string,
  ) {
    this.base = `${httpBase(server)}/v1/snapshots`;
  }

  /** Begins one, and answers its id. */
  async create(options: SnapshotOptions): Promise<string> {
    const response = await this.ask('', { method: 'POST', body: JSON.stringify(options) });
    const { id } = (await response.json()) as { id: string };
    return id;
  }

  async list(limit: number): Promise<readonly Snapshot[]> {
    const response = await this.ask(`?limit=${limit}`);
    const { snapshots } = (await response.json()) as { snapshots: readonly Snapshot[] };
    return snapshots;
  }

  async show(id: string): Promise<Snapshot> {
    return (await (await this.ask(`/${encodeURIComponent(id)}`)).json()) as Snapshot;
  }

  async delete(id: string): Promise<void> {
    await this.ask(`/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  /** The whole database as one RDB file. */
  download(id: string): Promise<Response> {
    return this.ask(`/${encodeURIComponent(id)}/rdb`);
  }

  /** Waits, with a progress bar, until it is complete. */
  async finished(id: string): Promise<CompleteSnapshot> {
    let bar: Progress | undefined;
    try {
      for (;;) {
        const snapshot = await this.show(id);
        if (snapshot.status === 'complete') return snapshot;
        if (snapshot.status === 'failed') throw new Failure(`the snapshot ${id} has failed: ${snapshot.error}`);
        const { keys, totalKeys } = snapshot.progress;
        // Shards tell how many keys there are when they have begun.
        if (totalKeys > 0) bar ??= new Progress('writing the snapshot', 'keys', totalKeys);
        bar?.update(keys);
        await sleep(POLL_MS);
      }
    } finally {
      bar?.end();
    }
  }

  private async ask(path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(this.base + path, { ...init, headers: { authorization: `Bearer ${this.token}` } });
    } catch (error) {
      throw new Failure(`cannot reach ${this.base}: ${reasonOf(error)}`);
    }
    if (response.ok) return response;
    throw new Failure(`${this.base} answers ${response.status}: ${detailOf(await response.text().catch(() => ''))}`);
  }
}

/** What went wrong below: `fetch` itself says only that it failed. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

/** Of an RFC 9457 problem. Something else may answer before Kedge does, with a page of its own. */
function detailOf(body: string): string {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    if (typeof detail === 'string') return detail;
  } catch {
    // Not JSON.
  }
  return 'not an answer of Kedge';
}
