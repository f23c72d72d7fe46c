// What a session's client is subscribed to, over several shards.
//
// A channel belongs to the shard of its hash slot, as a key does: there its messages are put in order, so there the
// session subscribes. A pattern may match channels of every shard, and every shard tells of its own keys, so patterns and
// the channels of such news are subscribed to on all. The home shard is told of everything besides: it judges, counts
// and confirms, and knows the client for a subscriber (CLIENT LIST, CLIENT KILL, the rules of RESP2).

import { ascii, type Bytes, own } from '../bytes/bytes';
import { isToldByEveryShard } from '../spec/pubsub';
import type { Answer } from './session-answers';
import type { ShardLinks } from './session-shards';
import { HOME_SHARD, type SlotMap } from './slot-map';

const SUBSCRIBE = new Set(['subscribe', 'psubscribe', 'ssubscribe']);
const UNSUBSCRIBE = new Set(['unsubscribe', 'punsubscribe', 'sunsubscribe']);
const MINUS = 45;

/** Whether a command changes what its client is subscribed to. */
export function subscribes(name: string): boolean {
  return SUBSCRIBE.has(name) || UNSUBSCRIBE.has(name);
}

/** A command that subscribes, until its answer has left. */
interface Beginning {
  readonly answer: Answer;
  /** Shards that have done it: what they send from then on may be what it asked for. */
  readonly done: Set<number>;
}

export class SessionSubscriptions {
  /** How many there are: channels with patterns, and shard channels. */
  private count = 0;
  private shardCount = 0;
  private beginnings: Beginning[] = [];

  constructor(
    private readonly slots: SlotMap,
    private readonly shards: ShardLinks,
  ) {}

  /** The client is subscribed to something. */
  get any(): boolean {
    return this.count + this.shardCount > 0;
  }

  /** RESET: the shards forget by themselves. */
  clear(): void {
    this.count = 0;
    this.shardCount = 0;
  }

  /** Runs such a command. `settled` is called when it has its answer. */
  run(line: readonly Bytes[], answer: Answer, settled: () => void): void {
    const argv = line.map(own);
    const word = (argv[0] as string).toLowerCase();
    const begins = SUBSCRIBE.has(word);
    const finish = (raw: Bytes): void => {
      this.confirm(word, raw, answer);
      settled();
    };
    const shares = [...this.sharesOf(word, argv)].filter(([shard]) => begins || this.shards.isOpen(shard));
    // What the home shard refuses no other shard is asked.
    const beginning: Beginning = { answer, done: new Set() };
    if (begins) this.beginnings = [...this.beginnings.filter((one) => !one.answer.hasLeft), beginning];
    answer.shards = Array.from({ length: this.slots.count }, (_, shard) => shard);
    answer.bytes = answer.shards.map(() => 0);
    this.shards.inquire(HOME_SHARD, argv, (raw) => {
      beginning.done.add(HOME_SHARD);
      let missing = shares.length;
      if (missing === 0 || raw.charCodeAt(0) === MINUS) {
        finish(raw);
        return;
      }
      for (const [shard, share] of shares) {
        this.shards.inquire(shard, share, () => {
          beginning.done.add(shard);
          if (--missing === 0) finish(raw);
        });
      }
      this.shards.flush();
    });
  }

  /** What the shards other than the home shard are told. */
  private sharesOf(word: string, argv: readonly Bytes[]): Map<number, Bytes[]> {
    const shares = new Map<number, Bytes[]>();
    const [command, ...names] = argv as [Bytes, ...Bytes[]];
    const tell = (shard: number, name: Bytes): void => {
      const share = shares.get(shard);
      if (share) share.push(name);
      else shares.set(shard, [command, name]);
    };
    const others = Array.from({ length: this.slots.count - 1 }, (_, i) => i + 1);
    if (names.length === 0) for (const shard of others) shares.set(shard, [command]);
    for (const name of names) {
      const everywhere = word.startsWith('p') || isToldByEveryShard(name);
      for (const shard of everywhere ? others : [this.slots.shardOf(name)]) if (shard !== HOME_SHARD) tell(shard, name);
    }
    return shares;
  }

  /** The home shard answers with an array of what the client is to be sent, or with an error. */
  private confirm(word: string, raw: Bytes, answer: Answer): void {
    if (raw.charCodeAt(0) === MINUS) {
      answer.give(raw);
      return;
    }
    // The last element of the last message is how many there are now.
    const count = Number(raw.slice(raw.lastIndexOf(':') + 1, -2));
    if (word.startsWith('s') && word !== 'subscribe') this.shardCount = count;
    else this.count = count;
    answer.confirms = true;
    answer.give(ascii(raw.slice(raw.indexOf('\r\n') + 2)));
  }

  /** Keeps a message back that would come before the confirmation of what it was asked for by. */
  hold(shard: number, raw: Bytes): boolean {
    const last = this.beginnings.findLast(({ answer, done }) => !answer.hasLeft && done.has(shard));
    if (last) this.shards.hold(shard, raw, last.answer);
    return last !== undefined;
  }
}
