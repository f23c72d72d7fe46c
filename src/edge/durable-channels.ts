// `/subscribe` on the channels of keyspace notifications: a view of the change feed, so that nothing is lost over a
// reconnect. Each event has an id; a client that comes back with `Last-Event-ID` is told what it has missed, as far back as
// the feed is kept, and that there is more where it is not.

import { type Bytes, toText } from '../bytes/bytes';
import type { FeedMessage } from '../router/feed-merge';

const KEYSPACE = '__keyspace@0__:';
const KEYEVENT = '__keyevent@0__:';

export class DurableChannels {
  private constructor(private readonly channels: readonly Bytes[]) {}

  /** Undefined when any of the channels is of another kind: messages that are published are not kept. */
  static of(channels: readonly Bytes[]): DurableChannels | undefined {
    const isDurable = (channel: Bytes) => channel.startsWith(KEYSPACE) || channel.startsWith(KEYEVENT);
    return channels.length > 0 && channels.every(isDurable) ? new DurableChannels([...new Set(channels)]) : undefined;
  }

  /** Beginnings of the keys whose changes it needs. */
  get prefixes(): Bytes[] {
    const { channels } = this;
    if (channels.some((channel) => channel.startsWith(KEYEVENT))) return ['' as Bytes];
    return channels.map((channel) => channel.slice(KEYSPACE.length) as Bytes);
  }

  /** What a client is sent of a message of the feed. */
  text(message: FeedMessage): string {
    const id = `id: ${message.cursor}\n`;
    if (message.kind === 'change') return this.told(id, message.event, message.key);
    if (message.kind === 'at') return `${id}\n`;
    const confirmations = this.channels.map((channel, i) => `data: subscribe,${shown(channel)},${i + 1}\n\n`).join('');
    const reset = message.kind === 'reset' ? `event: reset\ndata: ${message.reason}\n\n` : '';
    return id + confirmations + reset;
  }

  private told(id: string, event: string, key: Bytes | undefined): string {
    const told = this.channels.flatMap((channel) => {
      if (channel.startsWith(KEYEVENT)) return channel.slice(KEYEVENT.length) === event ? [[channel, key ?? '']] : [];
      return key === undefined || channel.slice(KEYSPACE.length) === key ? [[channel, event]] : [];
    });
    // What is no event of these channels moves the client on all the same.
    if (told.length === 0) return `${id}\n`;
    return told.map((words) => `${id}data: message,${words.map((word) => shown(word as Bytes)).join(',')}\n\n`).join('');
  }
}

/** A line of data has no breaks. */
function shown(word: Bytes): string {
  return toText(word).replaceAll(/[\r\n]/g, encodeURIComponent);
}
