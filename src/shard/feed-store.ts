// The change feed in SQLite. A checkpoint, which ends the journal, writes the newest part of the feed as one row; what
// has changed since is in the journal.

import { ascii, type Bytes, fromBuffer, own, toBuffer } from '../bytes/bytes';
import type { Change, ChangeFeed, StoredFeed } from '../engine/change-feed';
import { ProtocolError, RequestReader } from '../protocol/request-reader';
import { encodeRequest } from '../protocol/request-writer';
import type { Database } from './database';
import type { Disk } from './disk';
import { deleteMeta, readMeta, writeMeta } from './schema';

/** A feed that nobody has read for this long is kept no longer. */
const KEPT_UNREAD_MS = 24 * 60 * 60_000;
/** Whether there is a feed, and when somebody has read it last, in Unix milliseconds. */
const READ_AT = 'feed-read-at';

export class FeedStore {
  /** Somebody is reading it. */
  isRead = false;
  private readAtMs = 0;

  constructor(
    private readonly database: Database,
    private readonly feed: () => ChangeFeed,
    private readonly disk: Disk,
  ) {}

  /** The feed as of the last checkpoint, before the journal is replayed. */
  recover(): void {
    const readAt = readMeta(this.database, READ_AT);
    if (readAt === undefined) return;
    this.readAtMs = Number(readAt);
    for (const { data } of this.database.query<{ data: ArrayBuffer }>('SELECT data FROM feed')) {
      this.feed().restore(decode(fromBuffer(data)));
    }
  }

  /** A feed has begun. */
  begin(): void {
    this.noteReading();
    this.disk.whenRoom(() => this.write());
  }

  /** Somebody reads it, or has just stopped doing so. */
  noteReading(): void {
    this.readAtMs = Date.now();
    this.disk.whenRoom(() => writeMeta(this.database, READ_AT, String(this.readAtMs)));
  }

  /** Called inside the transaction of a checkpoint. */
  checkpoint(): void {
    const feed = this.feed();
    if (!feed.isOn) return;
    if (!this.isRead && Date.now() - this.readAtMs > KEPT_UNREAD_MS) {
      feed.end();
      deleteMeta(this.database, READ_AT);
      this.database.write('DELETE FROM feed');
    } else if (feed.hasUnstored) this.write();
  }

  private write(): void {
    const data = toBuffer(encode(this.feed().stored()));
    this.database.write('INSERT INTO feed (id, data) VALUES (0, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data', data);
  }
}

/** RESP lines: the epoch and where the changes begin, then each change. */
function encode({ epoch, from, changes }: StoredFeed): Bytes {
  let text = encodeRequest([ascii(epoch), ascii(String(from))]);
  for (const { position, event, key } of changes) {
    const line = [ascii(String(position)), ascii(event)];
    if (key !== undefined) line.push(key);
    text += encodeRequest(line);
  }
  return ascii(text);
}

function decode(text: Bytes): StoredFeed {
  const reader = new RequestReader();
  reader.push(text);
  const next = (): Bytes[] | undefined => {
    const line = reader.next();
    if (line instanceof ProtocolError) throw new Error(`the stored change feed is corrupt: ${line.text}`);
    return line;
  };
  const [epoch, from] = next() ?? [];
  const changes: Change[] = [];
  for (let line = next(); line !== undefined; line = next()) {
    changes.push({ position: Number(line[0]), event: own(line[1] as Bytes), key: line[2] && own(line[2]) });
  }
  return { epoch: epoch as string, from: Number(from), changes };
}
