// Counts the calls that a shard makes to its storage and to the bucket, by injection point, and lets one of them fail.
//
// A point is what the shard is about, and what it asks for: `checkpoint: insert entry`. A call fails before it does
// anything (`refused`), when it has done it but its answer is lost (`unanswered`, of calls that are waited for), after the
// first of its rows (`cut off`, of reads), or when all of it is taken back at its end (`rolled back`, of transactions).

type Way = 'refused' | 'unanswered' | 'cut off' | 'rolled back';

/** A call that is to fail, by its number among all. */
export interface Target {
  readonly call: number;
  readonly way: Way;
}

/** A call as it was counted. */
export interface CountedCall {
  readonly point: string;
  /** In which ways it can fail. */
  readonly ways: Way[];
}

/** What storage throws, and what nobody but the shard is to see. */
class InjectedFault extends Error {}

export class FaultInjector {
  readonly calls: CountedCall[] = [];
  /** Where it has failed. */
  failedAt: string | undefined;
  /** What the shard is doing. */
  phase = 'running';
  /** Of the running transaction. */
  private depth = 0;
  /** Calls are neither counted nor do they fail. */
  private paused = 0;

  constructor(private readonly target?: Target) {}

  /** Runs something that is no part of what is tested. */
  async aside<T>(work: () => Promise<T>): Promise<T> {
    this.paused++;
    try {
      return await work();
    } finally {
      this.paused--;
    }
  }

  sync<T>(what: string, work: () => T): T {
    const way = this.count(what);
    if (way === 'refused') throw this.fault();
    return work();
  }

  async async<T>(what: string, work: () => Promise<T>): Promise<T> {
    const way = this.count(what, 'unanswered');
    if (way === 'refused') throw this.fault();
    const answer = await work();
    if (way === 'unanswered') throw this.fault();
    return answer;
  }

  transaction<T>(run: (closure: () => T) => T, closure: () => T): T {
    const way = this.count('transaction', 'rolled back');
    if (way === 'refused') throw this.fault();
    this.depth++;
    try {
      return run(() => {
        const result = closure();
        if (way === 'rolled back') throw this.fault();
        return result;
      });
    } finally {
      this.depth--;
    }
  }

  /** A read: its rows come one by one. */
  rows<T extends Record<string, SqlStorageValue>>(statement: string, open: () => SqlStorageCursor<T>): SqlStorageCursor<T> {
    const number = this.calls.length;
    const way = this.count(pointOf(statement));
    if (way === 'refused') throw this.fault();
    if (!/^\s*select/i.test(statement)) return open();
    const onSecond = (): void => {
      if (way === 'cut off') throw this.fault();
      if (this.paused === 0 && this.calls[number]?.ways.length === 1) this.calls[number].ways.push('cut off');
    };
    return new Rows(open(), onSecond) as unknown as SqlStorageCursor<T>;
  }

  private count(what: string, ...more: Way[]): Way | undefined {
    if (this.paused > 0) return undefined;
    const inside = this.phase === 'recovery' ? 'upgrade' : 'checkpoint';
    const point = `${this.depth > 0 || what === 'transaction' ? inside : this.phase}: ${what}`;
    this.calls.push({ point, ways: ['refused', ...more] });
    return this.target?.call === this.calls.length - 1 ? this.target.way : undefined;
  }

  private fault(): InjectedFault {
    const number = this.target?.call ?? 0;
    this.failedAt = this.calls[number]?.point;
    return new InjectedFault(`injected at call ${number}: ${this.failedAt}`);
  }
}

/** A cursor that tells when its second row is asked for. */
class Rows<T extends Record<string, SqlStorageValue>> {
  private iterator: Generator<T> | undefined;

  constructor(
    private readonly cursor: SqlStorageCursor<T>,
    private readonly onSecond: () => void,
  ) {}

  get rowsWritten(): number {
    return this.cursor.rowsWritten;
  }

  /** As those of the runtime, it is read through this too. */
  next(): IteratorResult<T> {
    this.iterator ??= this[Symbol.iterator]();
    return this.iterator.next();
  }

  toArray(): T[] {
    return [...this];
  }

  one(): T {
    return this.cursor.one();
  }

  *raw(): Generator<unknown> {
    yield* this.told(this.cursor.raw());
  }

  *[Symbol.iterator](): Generator<T> {
    yield* this.told(this.cursor);
  }

  private *told<R>(rows: Iterable<R>): Generator<R> {
    let given = 0;
    // A cursor that is left open would keep its tables from being dropped.
    for (const row of [...rows]) {
      if (given++ === 1) this.onSecond();
      yield row;
    }
  }
}

const VERBS = /^\s*(select|insert|delete|update|create|alter|drop)\b/i;
const TABLE = /\b(?:from|into|table(?: if not exists)?|update|on)\s+\(?\s*(?:select \w+ from )?([a-z_]+)/i;

/** The verb and the table of a statement. */
function pointOf(statement: string): string {
  const verb = VERBS.exec(statement)?.[1]?.toLowerCase() ?? 'run';
  const table = TABLE.exec(statement)?.[1] ?? '';
  return `${verb} ${table}`;
}
