// The object's SQLite with counters of what is written: of rows, which the platform bills, and of bytes.

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

  constructor(private readonly sql: SqlStorage) {}

  /** Bytes on disk. */
  get bytes(): number {
    return this.sql.databaseSize;
  }

  query<T extends Row>(statement: string, ...parameters: Parameter[]): SqlStorageCursor<T> {
    return this.run<T>(statement, parameters);
  }

  write(statement: string, ...parameters: Parameter[]): void {
    this.rowsWritten += this.run(statement, parameters).rowsWritten;
    for (const parameter of parameters) this.bytesWritten += bytesOf(parameter);
  }

  /** An error was thrown by storage, and not by whoever made something of what it gave. */
  isFailure(thrown: unknown): boolean {
    return typeof thrown === 'object' && thrown !== null && this.failures.has(thrown);
  }

  private run<T extends Row>(statement: string, parameters: Parameter[]): SqlStorageCursor<T> {
    try {
      return this.sql.exec<T>(statement, ...parameters);
    } catch (thrown) {
      if (typeof thrown === 'object' && thrown !== null) this.failures.add(thrown);
      throw thrown;
    }
  }
}

function bytesOf(parameter: Parameter): number {
  if (parameter === null || typeof parameter === 'number') return 0;
  return typeof parameter === 'string' ? parameter.length : parameter.byteLength;
}
