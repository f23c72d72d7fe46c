// What a shard's object has to do with snapshots: its part of them and, in the first shard, all of them.

import type { Engine } from '../../engine/engine';
import { objectName, placeOf, slotsOfShard } from '../../spec/slots';
import type { Database } from '../database';
import type { Disk } from '../disk';
import type { SqliteEntryStore } from '../entry-store';
import { Catalogue } from './catalogue';
import { type Schedule, SnapshotCoordinator } from './coordinator';
import { type PartAnswer, PartHost, type PartStep } from './part-host';
import { PartWriter } from './part-writer';
import { SnapshotRecord } from './record';

/** A shard as its siblings reach it. */
interface Sibling {
  snapshotPart(step: PartStep): Promise<PartAnswer>;
}

export interface ShardSnapshotsPorts {
  /** The name of the object. */
  readonly name: string | undefined;
  readonly bucket: R2Bucket | undefined;
  readonly sibling: (name: string) => Sibling;
  readonly schedule: Schedule;
  readonly database: Database;
  readonly disk: Disk;
  readonly entries: SqliteEntryStore;
  readonly engine: () => Engine;
  readonly checkpoint: () => void;
  readonly onDone: () => void;
  readonly randomHex: (digits: number) => string;
}

export class ShardSnapshots {
  readonly part: PartHost;
  /** In the first shard. */
  readonly coordinator: SnapshotCoordinator | undefined;

  constructor(ports: ShardSnapshotsPorts) {
    const { name, bucket, sibling, schedule, database, disk, entries, engine, checkpoint, onDone, randomHex } = ports;
    const { shard, count } = placeOf(name) ?? { shard: 0, count: 1 };
    this.part = new PartHost({
      engine,
      now: Date.now,
      writer: () => {
        if (!bucket) throw new Error('there is no bucket for snapshots');
        return new PartWriter({ bucket, entries, engine: engine(), shard, slots: slotsOfShard(shard, count), checkpoint, onDone });
      },
    });
    if (shard > 0) return;
    this.coordinator = new SnapshotCoordinator({
      catalogue: bucket && new Catalogue(bucket),
      record: new SnapshotRecord(database),
      disk,
      shards: count,
      schedule,
      // This object too is asked by its name: it stays in memory as long as a call to it lasts.
      ask: (to, step) => sibling(objectName(to, count)).snapshotPart(step),
      now: Date.now,
      randomHex,
      ownProgress: () => this.part.progress,
      log: (level, text, ...error) => console[level === 'warning' ? 'warn' : 'log'](text, ...error),
    });
  }
}
