// Client-side caching over several shards. Each shard remembers what a client has read there, and tells its session; the
// home shard alone knows whom the client has told to be told in its place.
//
//   CLIENT TRACKING   the home shard decides; what it has allowed every other shard is told too
//   CLIENT CACHING    goes to the home shard, and before the next command to whichever shard that goes to
//   an invalidation   of another shard is for the client, or is handed to the home shard, which passes it on

import { ascii, type Bytes, own } from '../bytes/bytes';
import { FORWARD } from '../engine/wait-mark';
import { decodeReply } from '../protocol/reply-reader';
import { Answer, type Answers } from './session-answers';
import type { ShardLinks } from './session-shards';
import { HOME_SHARD } from './slot-map';

type Line = readonly Bytes[];

/** How an invalidation of a shard begins. */
const INVALIDATION = '>2\r\n$10\r\ninvalidate\r\n';
const PING = [ascii('PING')];

export class SessionTracking {
  /** What makes another shard track as the others do: prefixes come one line after the other. */
  private lines: Line[] = [];
  private isRedirected = false;

  constructor(
    private readonly shards: ShardLinks,
    private readonly answers: Answers,
    /** No command is read until this is answered; undefined: they are read again. */
    private readonly gate: (answer: Answer | undefined) => void,
  ) {}

  get preamble(): readonly Line[] {
    return this.lines;
  }

  /** RESET. */
  clear(): void {
    this.lines = [];
    this.isRedirected = false;
  }

  /** CLIENT TRACKING. */
  track(argv: Line): void {
    const answer = new Answer();
    answer.onSettled = (succeeded) => {
      this.gate(undefined);
      if (succeeded) this.keep(argv.map(own));
    };
    this.answers.add(answer);
    this.gate(answer);
    this.shards.ask(HOME_SHARD, argv, answer);
  }

  /** The home shard has allowed it. */
  private keep(argv: Line): void {
    const words = argv.map((word) => word.toLowerCase());
    const isBroad = words.includes('bcast');
    this.isRedirected = words[2] === 'on' && words.includes('redirect');
    if (words[2] === 'off') this.lines = [];
    else if (isBroad) this.lines.push(argv);
    else this.lines = [argv];
    // Keys with the prefixes may change on any shard.
    this.shards.tell(argv, isBroad && words[2] === 'on');
  }

  /** CLIENT CACHING holds for the next command, or transaction, wherever it goes. */
  caching(argv: Line): void {
    const answer = new Answer();
    this.answers.add(answer);
    this.shards.ask(HOME_SHARD, argv, answer);
    this.shards.before = { argv, gone: new Set([HOME_SHARD]) };
  }

  /** A command has been asked for, and no transaction is open. If it did not go to the home shard, CLIENT CACHING still waits there. */
  endCaching(name: string): void {
    const { shards } = this;
    if (!shards.before || name.startsWith('client|')) return;
    shards.before = undefined;
    shards.ask(HOME_SHARD, PING, Answer.internal());
  }

  /** Whether the client is to be sent what a shard has sent unasked. */
  admits(raw: Bytes, shard: number): boolean {
    if (shard === HOME_SHARD || !raw.startsWith(INVALIDATION)) return true;
    if (!this.isRedirected) return this.answers.version === 3;
    const keys = decodeReply(raw.slice(INVALIDATION.length) as Bytes);
    this.shards.ask(HOME_SHARD, [FORWARD, ...(Array.isArray(keys) ? (keys as Bytes[]) : [])], Answer.internal());
    return false;
  }
}
