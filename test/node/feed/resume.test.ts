// Whatever happens between a shard and a client (frames on their way, a slow client, lost connections, an object that
// sleeps, crashes, checkpoints), a client that goes on with its cursor sees every change exactly once and in the order of
// its shard, or is told that it does not.

import { describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import type { FeedPosition } from '../../../src/engine/change-feed';
import { decodeFeedFrame, encodeFeedFrame } from '../../../src/protocol/feed-frame';
import { decodeCursor, encodeCursor } from '../../../src/router/feed-cursor';
import { FeedMerge, type FeedMessage } from '../../../src/router/feed-merge';
import { FeedReader } from '../../../src/shard/feed-reader';
import type { Random } from '../../../src/spec/context';
import { seededRandom } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';

const PREFIX = ascii('a');
const WINDOW = 400;

/** What a change is in the truth and to the client. */
type Told = readonly [event: string, key: string | undefined];

/** A shard, with what it should tell. As the shard's object does, it tells nothing that is not in the journal. */
class ShardModel {
  readonly stored = new StoredEngine();
  /** Changes of matching keys that are durable, and how many of them there were at each position. */
  readonly truth: Told[] = [];
  private unflushed: Told[] = [];
  durable = 0;

  constructor() {
    const { feed } = this.stored.engine;
    feed.begin('epoch', 0);
    this.stored.store.feed = feed.stored();
    this.limit();
  }

  limit(): void {
    Object.assign(this.stored.engine.feed.limits, { changes: 40, storedChanges: 25 });
  }

  write(random: Random): void {
    const { test, engine } = this.stored;
    const key = `${random.below(3) === 0 ? 'b' : 'a'}${random.below(5)}`;
    const lines = [
      { argv: ['SET', key, '1'], told: [['set', key]] },
      { argv: ['INCR', `${key}n`], told: [['incrby', `${key}n`]] },
      {
        argv: ['MSET', `${key}x`, '1', `b${key}`, '2', `a${key}`, '3'],
        told: ['', 'b', 'a'].map((p, i) => ['set', i ? p + key : `${key}x`]),
      },
      { argv: ['FLUSHALL'], told: [['flushall', undefined]] },
      { argv: ['GET', key], told: [] },
    ] satisfies { argv: string[]; told: (string | undefined)[][] }[];
    const { argv, told } = lines[random.below(lines.length)] as (typeof lines)[number];
    engine.execute(
      test.client,
      argv.map((arg) => ascii(arg)),
    );
    for (const [event, name] of told) {
      if (name === undefined || name.startsWith(PREFIX)) this.unflushed.push([event as string, name]);
    }
  }

  flush(): void {
    this.stored.test.flush();
    this.truth.push(...this.unflushed);
    this.unflushed = [];
    this.durable = this.stored.engine.feed.position;
  }

  checkpoint(): void {
    this.flush();
    this.stored.checkpoint();
  }

  /** What was not in the journal has never been. */
  crash(): void {
    if (this.unflushed.length > 0) this.stored.engine.takeJournal();
    this.unflushed = [];
    this.stored.restart();
    this.limit();
    this.durable = this.stored.engine.feed.position;
  }
}

/** A connection of the edge to one shard. */
interface Link {
  reader: FeedReader;
  /** Frames on their way to the edge, and acknowledgements on their way back. */
  readonly frames: string[];
  readonly acknowledged: number[];
}

class ClientModel {
  /** How much of each shard's truth it has seen. */
  private readonly seen: number[];
  private cursor: FeedPosition[] | undefined;
  private links: Link[] = [];
  private merge: FeedMerge | undefined;
  private resets: (number | undefined)[] = [];
  /** Told, and not taken by the client, with what its shard is to be told when it is. */
  private inbox: { message?: FeedMessage; shard: number; chars: number }[] = [];
  readonly met = { changes: 0, resets: 0, resumes: 0, cuts: 0 };

  constructor(private readonly shards: readonly ShardModel[]) {
    this.seen = shards.map(() => 0);
  }

  get connected(): boolean {
    return this.merge !== undefined;
  }

  connect(): void {
    this.merge = new FeedMerge(this.shards.length);
    this.inbox = [];
    this.resets = [];
    this.links = this.shards.map((shard, i) => {
      shard.flush();
      const { feed } = shard.stored.engine;
      const after = this.cursor?.[i];
      const reset = after && feed.refusal(after);
      const { epoch, position } = after && !reset ? after : feed.here;
      if (!after || reset) this.resets[i] = shard.truth.length;
      const hello = encodeFeedFrame({ epoch, ...(reset && { reset }), position, changes: [] });
      return { reader: new FeedReader(feed, { prefixes: [PREFIX], window: WINDOW }, position), frames: [hello], acknowledged: [] };
    });
  }

  disconnect(): void {
    this.merge = undefined;
    this.links = [];
  }

  /** A shard's object sends what it may. */
  feed(i: number): void {
    const link = this.links[i];
    const shard = this.shards[i] as ShardModel;
    if (!link) return;
    for (const chars of link.acknowledged.splice(0)) link.reader.acknowledge(chars);
    for (let text = link.reader.next(shard.durable); text !== undefined; text = link.reader.next(shard.durable)) link.frames.push(text);
    if (!link.reader.isLost) return;
    this.met.cuts++;
    this.disconnect();
  }

  /** The object sleeps, and what it wakes up to is what the runtime has kept. */
  sleep(i: number): void {
    const link = this.links[i];
    const shard = this.shards[i] as ShardModel;
    shard.flush();
    this.feed(i);
    if (link) link.reader = FeedReader.restore(shard.stored.engine.feed, link.reader.snapshot(shard.durable));
  }

  /** A frame arrives at the edge. */
  arrive(i: number): void {
    const text = this.links[i]?.frames.shift();
    if (text === undefined) return;
    const messages = this.merge?.receive(i, decodeFeedFrame(text)) ?? [];
    for (const message of messages) this.inbox.push({ message, shard: i, chars: 0 });
    this.inbox.push({ shard: i, chars: text.length });
  }

  /** The client reads one message. */
  take(): void {
    const next = this.inbox.shift();
    if (!next) return;
    const { message, shard, chars } = next;
    if (!message) this.links[shard]?.acknowledged.push(chars);
    else this.read(message);
  }

  private read(message: FeedMessage): void {
    const cursor = decodeCursor(message.cursor) as FeedPosition[];
    expect(encodeCursor(cursor)).toBe(message.cursor);
    if (message.kind === 'ready' || message.kind === 'reset') {
      if (message.kind === 'reset') this.met.resets++;
      else if (this.cursor) this.met.resumes++;
      expect(message.kind === 'reset').toBe(this.cursor !== undefined && this.resets.some((at) => at !== undefined));
      for (const [i, at] of this.resets.entries()) if (at !== undefined) this.seen[i] = at;
    } else if (message.kind === 'change') {
      this.met.changes++;
      const shard = cursor.findIndex(({ position }, i) => position !== this.cursor?.[i]?.position);
      expect([message.event, message.key]).toEqual(this.shards[shard]?.truth[this.seen[shard] as number]);
      (this.seen[shard] as number)++;
    }
    this.cursor = cursor;
  }

  /** Everything arrives and is read: nothing may be missing. */
  settle(): void {
    if (!this.connected) this.connect();
    for (let more = true; more; ) {
      if (!this.connected) this.connect();
      for (const i of this.shards.keys()) {
        this.shards[i]?.flush();
        this.feed(i);
        this.arrive(i);
      }
      this.take();
      more =
        !this.connected || this.inbox.length > 0 || this.links.some(({ frames, acknowledged }) => frames.length + acknowledged.length > 0);
    }
    expect(this.seen).toEqual(this.shards.map(({ truth }) => truth.length));
  }
}

describe.each([1, 3])('a client of %i shards', (count) => {
  test.each(Array.from({ length: 30 }, (_, seed) => seed + 1))('sees everything once and in order, seed %i', (seed) => {
    const random = seededRandom(seed);
    const shards = Array.from({ length: count }, () => new ShardModel());
    const client = new ClientModel(shards);
    client.connect();
    for (let step = 0; step < 4000; step++) {
      const i = random.below(count);
      const shard = shards[i] as ShardModel;
      const dice = random.below(1000);
      if (dice < 250) shard.write(random);
      else if (dice < 400) shard.flush();
      else if (dice < 550) client.feed(i);
      else if (dice < 700) client.arrive(i);
      else if (dice < 950) client.take();
      else if (dice < 970) client.sleep(i);
      else if (dice < 980) client.disconnect();
      else if (dice < 985) shard.checkpoint();
      else if (dice < 990) {
        // Its sockets go with it.
        client.disconnect();
        shard.crash();
      } else if (!client.connected) client.connect();
    }
    client.settle();
    expect(client.met.changes).toBeGreaterThan(100);
    expect(client.met.resumes).toBeGreaterThan(0);
  });
});

test('the runs above meet what they are about', () => {
  const shard = new ShardModel();
  const client = new ClientModel([shard]);
  const random = seededRandom(1);
  client.connect();
  client.arrive(0);
  client.take();
  for (let i = 0; i < 200; i++) shard.write(random);
  shard.flush();
  client.feed(0);
  expect(client.met.cuts).toBe(1);
  client.settle();
  expect(client.met.resets).toBe(1);
});
