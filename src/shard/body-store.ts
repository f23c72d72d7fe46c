// Bodies: the stored forms of values that are too long to stand in their entry's row. In the table of entries, which is
// in the order of keys, SQLite keeps a quarter of a page of a row and gives the rest of it pages of its own; and a new
// key, which belongs anywhere, would touch them all. Bodies stand side by side in the order in which they came.

import type { Database, Parameter } from './database';
import { bodyChecksum } from './entry-rows';
import type { FrozenView } from './snapshot/frozen-view';

const ROW_PARAMETERS = 3;
const ROWS_PER_STATEMENT = 33;
/** Beyond this rows are written before a statement is full. */
const MAX_STATEMENT_BYTES = 1024 * 1024;
const upsertOf = (rows: number): string =>
  `INSERT INTO body (id, data, checksum) VALUES ${Array(rows).fill('(?, ?, ?)').join(', ')}
   ON CONFLICT (id) DO UPDATE SET data = excluded.data, checksum = excluded.checksum`;
const UPSERT_MANY = upsertOf(ROWS_PER_STATEMENT);
const UPSERT_ONE = upsertOf(1);

export class BodyStore {
  private lastId: number;
  private parameters: Parameter[] = [];
  private bytes = 0;

  constructor(
    private readonly database: Database,
    private readonly frozen: FrozenView,
  ) {
    this.lastId = database.query<{ last: number | null }>('SELECT MAX(id) AS last FROM body').one().last ?? 0;
  }

  get isEmpty(): boolean {
    return this.database.query('SELECT 1 FROM body LIMIT 1').toArray().length === 0;
  }

  // ---- writing: inside the transaction of a checkpoint, {@link flush} last

  /** Writes a body in the place of a former one of the same key, or as a new one. Returns its number. */
  put(data: Uint8Array<ArrayBuffer>, former: number | undefined): number {
    let id = former;
    if (id !== undefined && this.frozen.needsBody(id)) {
      this.frozen.giveUpBody(id);
      id = undefined;
    }
    id ??= ++this.lastId;
    this.parameters.push(id, data, bodyChecksum(id, data));
    this.bytes += data.length;
    if (this.parameters.length === ROWS_PER_STATEMENT * ROW_PARAMETERS || this.bytes > MAX_STATEMENT_BYTES) this.flush();
    return id;
  }

  delete(id: number): void {
    if (this.frozen.needsBody(id)) this.frozen.giveUpBody(id);
    else this.database.write('DELETE FROM body WHERE id = ?', id);
  }

  /** The number that was given out last. */
  get last(): number {
    return this.lastId;
  }

  /** Bodies that only a snapshot needed, which is done. */
  get hasGarbage(): boolean {
    return this.database.query('SELECT 1 FROM old_body LIMIT 1').toArray().length > 0;
  }

  /** Deletes so many of them. */
  collect(rows: number): void {
    const some = 'SELECT id FROM old_body ORDER BY id LIMIT ?';
    this.database.write(`DELETE FROM body WHERE id IN (${some})`, rows);
    this.database.write(`DELETE FROM old_body WHERE id IN (${some})`, rows);
  }

  flush(): void {
    const { parameters } = this;
    if (parameters.length === ROWS_PER_STATEMENT * ROW_PARAMETERS) this.database.write(UPSERT_MANY, ...parameters);
    else
      for (let at = 0; at < parameters.length; at += ROW_PARAMETERS) {
        this.database.write(UPSERT_ONE, ...parameters.slice(at, at + ROW_PARAMETERS));
      }
    this.parameters = [];
    this.bytes = 0;
  }
}
