// The object's SQLite with counters of what is written: of rows, which the platform bills, and of bytes.
//
// A write that fails leaves memory and storage apart, whoever asked for it: that is for one place to deal with. A read that
// fails concerns whoever asked.

/** What can be bound to a statement. */
export type Parameter = ArrayBuffer | Uint8Array<ArrayBuffer> | string | number | null;
type Row = Record<string, SqlStorageValue>;

export class Database {
  /** Rows written since the start, index entries and deletions included. */
  rowsWritten = 0;
  /** Bytes handed over to be written since the start: those of blobs and texts, without what SQLite adds. */
  bytesWritten = 0;
  /** What storage itself has thrown. */
  private readonly failures = new WeakSet<object>();

  /**
   * @param onLostWrite a write has failed: what storage has is not what memory takes it to have
   * @param onWrite something has been written, and is not committed yet
   */
  constructor(
    private readonly sql: SqlStorage,
    private readonly onLostWrite: (error: unknown) => void = () => undefined,
    private readonly onWrite: () => void = () => undefined,
  ) {}

  /** Bytes on disk. */
  get bytes(): number {
    return this.sql.databaseSize;
  }

  query<T extends Row>(statement: string, ...parameters: Parameter[]): Rows<T> {
    return new Rows(
      this.guarded(() => this.sql.exec<T>(statement, ...parameters)),
      (read) => this.guarded(read),
    );
  }

  write(statement: string, ...parameters: Parameter[]): void {
    try {
      this.rowsWritten += this.guarded(() => this.sql.exec(statement, ...parameters)).rowsWritten;
    } catch (error) {
      this.onLostWrite(error);
      throw error;
    }
    for (const parameter of parameters) this.bytesWritten += bytesOf(parameter);
    this.onWrite();
  }

  /** An error was thrown by storage, and not by whoever made something of what it gave. */
  isFailure(thrown: unknown): boolean {
    return typeof thrown === 'object' && thrown !== null && this.failures.has(thrown);
  }

  private guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      if (typeof thrown === 'object' && thrown !== null) this.failures.add(thrown);
      throw thrown;
    }
  }
}

/** What a query answers. Rows come one by one, and each may be the one that storage fails at. */
class Rows<T extends Row> {
  constructor(
    private readonly cursor: SqlStorageCursor<T>,
    private readonly guarded: <R>(read: () => R) => R,
  ) {}

  toArray(): T[] {
    return this.guarded(() => this.cursor.toArray());
  }

  one(): T {
    return this.guarded(() => this.cursor.one());
  }

  /** The columns of each row. */
  rawArray<R extends SqlStorageValue[]>(): R[] {
    return this.guarded(() => [...this.cursor.raw<R>()]);
  }

  *[Symbol.iterator](): Generator<T> {
    for (;;) {
      const next = this.guarded(() => this.cursor.next());
      if (next.done) return;
      yield next.value;
    }
  }
}

function bytesOf(parameter: Parameter): number {
  if (parameter === null || typeof parameter === 'number') return 0;
  return typeof parameter === 'string' ? parameter.length : parameter.byteLength;
}
