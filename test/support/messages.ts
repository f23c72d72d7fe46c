// What is published, here and by a redis-server, seen by a connection of its own.

import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';
import { type Bytes, fromBuffer, toBuffer } from '../../src/bytes/bytes';
import type { PushReply } from '../../src/protocol/reply';
import { decodeReply } from '../../src/protocol/reply-reader';
import type { TestEngine } from './engine';
import type { Line } from './grammar';
import { replyEnd, request } from './raw-client';
import type { RealRedis } from './real-redis';

/** What is published here ends a batch. */
const END_OF_BATCH = 'end of batch';
const END_LINE = ['PUBLISH', END_OF_BATCH, ''].map((word) => word as Bytes);

export class Messages {
  private received = '';
  private ended: string[][] = [];
  private batch: string[] = [];
  private waiting: { readonly batches: number; readonly resolve: (batches: string[][]) => void } | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (data) => {
      this.received += fromBuffer(data);
      let start = 0;
      for (let end = replyEnd(this.received, 0); end >= 0; end = replyEnd(this.received, start)) {
        this.take(this.received.slice(start, end) as Bytes);
        start = end;
      }
      this.received = this.received.slice(start);
      this.deliver();
    });
  }

  /** Listens to the channels of this pattern, and to {@link END_OF_BATCH}. */
  static async open(port: number, pattern: string): Promise<Messages> {
    const socket = connect(port, '127.0.0.1');
    const messages = new Messages(socket);
    // The confirmation of the last subscription is taken for a first message there.
    const ready = messages.batches(1);
    socket.write(toBuffer(`${request('PSUBSCRIBE', pattern)}${request('SUBSCRIBE', END_OF_BATCH)}` as Bytes));
    await ready;
    return messages;
  }

  private take(raw: Bytes): void {
    const [kind, first, second, third] = decodeReply(raw) as Bytes[];
    if (kind === 'pmessage') this.batch.push(`${second} ${third}`);
    else if (first === END_OF_BATCH) {
      this.ended.push(this.batch);
      this.batch = [];
    }
  }

  private deliver(): void {
    if (!this.waiting || this.ended.length < this.waiting.batches) return;
    const { batches, resolve } = this.waiting;
    this.waiting = undefined;
    resolve(this.ended.splice(0, batches));
  }

  /** So many batches, when they have all ended by a message to {@link END_OF_BATCH}. */
  private batches(batches: number): Promise<string[][]> {
    return new Promise((resolve) => {
      this.waiting = { batches, resolve };
      this.deliver();
    });
  }

  /** Runs blocks of lines: the replies, and for each block what was told meanwhile, as `channel message` in order. */
  async during(redis: RealRedis, blocks: readonly (readonly Line[])[]): Promise<{ replies: string[]; told: string[][] }> {
    const lines = blocks.flatMap((block) => [...block.map((line) => line.map((word) => word as Bytes)), END_LINE]);
    const told = this.batches(blocks.length);
    const replies = await redis.sendBytes(lines);
    return { replies: replies.filter((_, i) => lines[i] !== END_LINE), told: await told };
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Redis 7.0 looks at the key before it judges the arguments, which counts as a miss. */
const KEY_FIRST = new Set(['bitcount', 'bitpos']);

/** What a line runs: a script of these tests has its command among its arguments. */
function commandOf(line: Line): Line {
  return line[0] === 'EVAL' ? line.slice(3) : line;
}

/** Whether Redis tells something else in the course of this line, on purpose. */
function isToldOtherwise(line: Line): boolean {
  const [name = '', ...words] = commandOf(line);
  if (KEY_FIRST.has(name.toLowerCase())) return true;
  // Redis says nothing where a string has grown but all that was to be written would have overflowed.
  return name.toLowerCase() === 'bitfield' && words.some((word) => word.toUpperCase() === 'FAIL');
}

/** In any order where it is that of a hash table: what SORT looks up for the elements of a set. */
function inOrder(told: readonly string[], block: readonly Line[]): readonly string[] {
  return block.some((line) => commandOf(line)[0]?.toUpperCase().startsWith('SORT')) ? [...told].sort() : told;
}

const EXPIRED = / expired$|:expired /;
const isOfExpiry = (text: string) => EXPIRED.test(text);
const isOther = (text: string) => !EXPIRED.test(text);

/** Compares what both servers have told in the course of some blocks. */
export class Told {
  private readonly ourExpirations: string[] = [];
  private readonly theirExpirations: string[] = [];

  /** Expects the same of a block, but for keys that expired: it depends on the server who comes upon them first. */
  compare(ours: readonly string[], theirs: readonly string[], block: readonly Line[]): void {
    this.ourExpirations.push(...ours.filter(isOfExpiry));
    this.theirExpirations.push(...theirs.filter(isOfExpiry));
    if (block.some(isToldOtherwise)) return;
    expect(inOrder(ours.filter(isOther), block), JSON.stringify(block)).toEqual(inOrder(theirs.filter(isOther), block));
  }

  /** Somebody has come upon all keys: the same ones have expired. */
  end(): void {
    expect(this.ourExpirations.sort()).toEqual(this.theirExpirations.sort());
    this.ourExpirations.length = 0;
    this.theirExpirations.length = 0;
  }
}

/** A client that listens to an engine. */
export class Listener {
  private heard: string[] = [];

  constructor(engine: TestEngine, pattern: string) {
    const client = engine.newClient();
    client.protocol = 3;
    client.onMessage = (message) => {
      const { items } = decodeReply(message.text(3, false) as Bytes) as PushReply;
      const [, , channel, text] = items as Bytes[];
      this.heard.push(`${channel} ${text}`);
    };
    engine.runAs(client, 'PSUBSCRIBE', pattern);
  }

  /** `channel message`, in order, since the last call. */
  take(): string[] {
    const { heard } = this;
    this.heard = [];
    return heard;
  }
}
