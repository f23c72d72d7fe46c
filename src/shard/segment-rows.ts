// The rows of the table of segments, as large values read them.

import { type Bytes, fromBuffer } from '../bytes/bytes';
import type { SegmentInfo, SegmentSource } from '../types/segments';
import { checksumOf, corruptValue } from './checksum';
import type { Database } from './database';

export type SegmentRow = { part: number; count: number; data: ArrayBuffer; checksum: number | null };

export class StoredSegments implements SegmentSource {
  constructor(
    private readonly database: Database,
    private readonly owner: number,
    /** For messages alone: the key at which the value was found. */
    private readonly key: Bytes,
  ) {}

  list(family: number): SegmentInfo[] {
    const infos: SegmentInfo[] = [];
    const rows = this.database.query<{ id: number; count: number; head: ArrayBuffer }>(
      'SELECT id, count, head FROM segment WHERE owner = ? AND family = ? AND part = 0 ORDER BY id',
      this.owner,
      family,
    );
    // There may be ten thousand of them: arrays cost less than objects.
    for (const [id, count, head] of rows.rawArray<[number, number, ArrayBuffer]>())
      infos.push({ family, id, count, head: fromBuffer(head) });
    return infos;
  }

  load(family: number, id: number): Bytes {
    const rows = this.database.query<SegmentRow>(
      'SELECT part, count, data, checksum FROM segment WHERE owner = ? AND family = ? AND id = ? ORDER BY part',
      this.owner,
      family,
      id,
    );
    return segmentData(this.key, family, id, rows);
  }
}

/** The data of a segment in its rows. */
export function segmentData(key: Bytes, family: number, id: number, rows: Iterable<SegmentRow>): Bytes {
  const parts: Bytes[] = [];
  for (const { part, count, data, checksum } of rows) {
    const bytes = new Uint8Array(data);
    if (checksum !== null && checksum !== segmentChecksum(id, part, count, bytes)) throw corrupt(key, family, id, 'checksum');
    parts.push(fromBuffer(bytes));
  }
  if (parts.length === 0) throw corrupt(key, family, id, 'missing');
  return parts.length === 1 ? (parts[0] as Bytes) : (parts.join('') as Bytes);
}

function corrupt(key: Bytes, family: number, id: number, what: string): ReturnType<typeof corruptValue> {
  return corruptValue(key, `segment ${id} of family ${family}: ${what}`);
}

export function segmentChecksum(id: number, part: number, count: number, data: Uint8Array): number {
  return checksumOf([id, part, count], data);
}
