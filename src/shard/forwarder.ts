// Passes messages on to the shards that their channels belong to: what was published inside a transaction or a script,
// which ran where its keys are.

import type { Bytes } from '../bytes/bytes';
import { slotOf } from '../bytes/crc16';
import type { ForeignMessage } from '../engine/pubsub';
import { ProtocolError, RequestReader } from '../protocol/request-reader';
import { encodeRequest } from '../protocol/request-writer';
import { shardOfSlot } from '../spec/slots';
import type { Durability } from './durability';

/** Sent at one time. The platform's limit is 32 MiB, and a message has at most 16. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;
/** What may wait for one shard. Beyond it messages are lost, as they may be on any way: nobody confirms them. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** A shard as its siblings reach it. */
export interface Sibling {
  hear(frame: string): Promise<void>;
}

interface Queue {
  readonly frames: string[];
  bytes: number;
  sending: boolean;
}

export class Forwarder {
  private readonly queues = new Map<number, Queue>();

  /** @param sibling the shard of this number, of `count` */
  constructor(
    private readonly count: number,
    private readonly sibling: (shard: number) => Sibling,
    private readonly durability: Durability,
  ) {}

  /** Sends a message when what has been executed is durable. Those for one shard stay in order. */
  forward({ kind, channel, message }: ForeignMessage): void {
    const shard = shardOfSlot(slotOf(channel), this.count);
    const line = encodeRequest([kind as Bytes, channel, message]);
    this.durability.afterCommit(() => this.put(shard, line));
  }

  private put(shard: number, line: string): void {
    const queue = this.queues.get(shard) ?? { frames: [], bytes: 0, sending: false };
    this.queues.set(shard, queue);
    if (queue.bytes + line.length > MAX_WAITING_BYTES) {
      console.warn(`a message for shard ${shard} is dropped: too many are waiting`);
      return;
    }
    const last = queue.frames.length - 1;
    if (last >= 0 && (queue.frames[last] as string).length + line.length <= MAX_FRAME_BYTES) queue.frames[last] += line;
    else queue.frames.push(line);
    queue.bytes += line.length;
    if (!queue.sending) void this.send(shard, queue);
  }

  private async send(shard: number, queue: Queue): Promise<void> {
    queue.sending = true;
    for (let frame = queue.frames.shift(); frame !== undefined; frame = queue.frames.shift()) {
      queue.bytes -= frame.length;
      try {
        await this.sibling(shard).hear(frame);
      } catch (error) {
        console.warn(`messages for shard ${shard} are lost`, error);
      }
    }
    queue.sending = false;
  }
}

const KINDS = ['channel', 'shard'] as const;

/** The messages of a frame. Of one of another release, none that it does not understand. */
export function messagesOf(frame: string): ForeignMessage[] {
  const reader = new RequestReader();
  reader.push(frame as Bytes);
  const messages: ForeignMessage[] = [];
  for (let line = reader.next(); line !== undefined && !(line instanceof ProtocolError); line = reader.next()) {
    const [word, channel, message] = line;
    const kind = KINDS.find((one) => one === word);
    if (kind && channel !== undefined && message !== undefined) messages.push({ kind, channel, message });
  }
  return messages;
}
