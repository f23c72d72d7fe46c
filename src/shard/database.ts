// The object's SQLite with a counter of the rows written, which are what the platform bills.

/** What can be bound to a statement. */
export type Parameter = ArrayBuffer | Uint8Array<ArrayBuffer> | string | number | null;
type Row = Record<string, SqlStorageValue>;

export class Database {
  /** Rows written since the start, index entries and deletions included. */
  rowsWritten = 0;

  constructor(private readonly sql: SqlStorage) {}

  /** Bytes on disk. */
  get bytes(): number {
    return this.sql.databaseSize;
  }

  query<T extends Row>(statement: string, ...parameters: Parameter[]): SqlStorageCursor<T> {
    return this.sql.exec<T>(statement, ...parameters);
  }

  write(statement: string, ...parameters: Parameter[]): void {
    this.rowsWritten += this.sql.exec(statement, ...parameters).rowsWritten;
  }
}
