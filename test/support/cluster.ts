// A session over several shards in plain Node: an engine behind a connection per shard, and in between a network that
// cuts and delays at random.

import { ascii, fromText } from '../../src/bytes/bytes';
import { registry } from '../../src/commands/registry';
import type { Connection } from '../../src/engine/connection';
import type { ForeignMessage } from '../../src/engine/pubsub';
import type { Credentials } from '../../src/engine/server-state';
import { Table } from '../../src/engine/table';
import { Planner } from '../../src/router/plan';
import { Session } from '../../src/router/session';
import { HOME_SHARD, SlotMap } from '../../src/router/slot-map';
import type { Access } from '../../src/spec/client';
import type { Random } from '../../src/spec/context';
import { ownershipOf } from '../../src/spec/slots';
import { TestEngine } from './engine';

const table = new Table(registry);

/** One direction of a connection: what has been sent and has not arrived. */
class Pipe {
  data = '';

  /** Takes a piece off the front: all of it, or up to a random length. */
  take(random: Random | undefined): string {
    const length = random ? 1 + random.below(Math.min(this.data.length, 64)) : this.data.length;
    const piece = this.data.slice(0, length);
    this.data = this.data.slice(length);
    return piece;
  }
}

interface Link {
  readonly connection: Connection;
  readonly toShard: Pipe;
  readonly fromShard: Pipe;
  /** What the session has not acknowledged yet, and acknowledgements under way. */
  unacknowledged: number;
  acknowledged: number;
  closing: boolean;
  /** A command that waited has its reply. */
  woken: boolean;
}

/** As a shard has it: replies under way before no more commands are run. */
const WINDOW_BYTES = 2 * 1024 * 1024;

export interface ClusterOptions {
  readonly shards: number;
  readonly access?: Access | undefined;
  readonly credentials?: Credentials;
  /** Whether the client is made to wait while it does not read. */
  readonly paced?: boolean;
  /** With it the network cuts and delays at random; without it everything arrives at once and whole. */
  readonly random?: Random;
}

export class TestCluster {
  readonly engines: TestEngine[];
  readonly slots: SlotMap;
  readonly session: Session;
  /** All that the client has been sent. */
  output = '';
  closed: string | undefined;
  unblocked = 0;
  /** Most bytes that any shard had under way. */
  unacknowledgedMax = 0;
  /** How many pieces each shard has been sent. */
  readonly pieces: number[];
  /** How many pieces the client has been sent. */
  clientPieces = 0;
  private readonly links = new Map<number, Link>();
  /** Messages under way from one shard to another. */
  private readonly forwarded: ForeignMessage[] = [];

  constructor(private readonly options: ClusterOptions) {
    this.slots = new SlotMap(options.shards);
    this.engines = Array.from({ length: options.shards }, (_, shard) => {
      return new TestEngine(1, options.credentials, true, {
        owns: ownershipOf(this.slots.nameOf(shard)),
        onForeignMessage: (message) => this.forwarded.push(message),
      });
    });
    this.pieces = this.engines.map(() => 0);
    this.session = new Session({
      planner: new Planner(table, this.slots),
      random: { float: () => 0, below: () => 0 },
      access: 'access' in options ? options.access : 'full',
      paced: options.paced ?? true,
      ports: {
        open: (shard, access) => this.open(shard, access),
        toShard: (shard, text) => {
          (this.pieces[shard] as number)++;
          this.link(shard).toShard.data += text;
        },
        cancel: (shard, number) => this.links.get(shard)?.connection.cancelWait(number),
        acknowledge: (shard, bytes) => {
          this.link(shard).acknowledged += bytes;
        },
        toClient: (text) => {
          this.clientPieces++;
          this.output += text;
        },
        unblocked: () => {
          this.unblocked++;
        },
        close: (reason) => {
          this.closed = reason;
          for (const { connection } of this.links.values()) connection.end();
        },
      },
    });
  }

  get openShards(): number[] {
    return [...this.links.keys()].sort((a, b) => a - b);
  }

  /** Bytes on their way to a shard. */
  sentTo(shard: number): number {
    return this.links.get(shard)?.toShard.data.length ?? 0;
  }

  /** A key of each shard: `k0`, `k1`… with numbers of their own. */
  keyOf(shard: number): string {
    for (let i = 0; ; i++) if (this.slots.shardOf(fromText(`k${i}`)) === shard) return `k${i}`;
  }

  private open(shard: number, access: Access | undefined): void {
    if (this.links.has(shard)) throw new Error(`shard ${shard} is opened twice`);
    const engine = this.engines[shard] as TestEngine;
    const connection = engine.connect(access ?? 'none', true, true, { isAway: shard !== HOME_SHARD });
    const link: Link = {
      connection,
      toShard: new Pipe(),
      fromShard: new Pipe(),
      unacknowledged: 0,
      acknowledged: 0,
      closing: false,
      woken: false,
    };
    connection.onWake = () => {
      link.woken = true;
    };
    connection.onClose = () => {
      link.closing = true;
    };
    this.links.set(shard, link);
  }

  private link(shard: number): Link {
    const link = this.links.get(shard);
    if (!link) throw new Error(`shard ${shard} is not open`);
    return link;
  }

  /** The client sends something; nothing else happens yet. */
  push(text: string): void {
    this.session.receive(ascii(text));
  }

  /** The client sends a stream, in pieces of random length when the network is random, and everything happens. */
  send(text: string): void {
    const pipe = new Pipe();
    pipe.data = text;
    while (pipe.data !== '') {
      this.push(pipe.take(this.options.random));
      const { random } = this.options;
      for (let steps = random ? random.below(3) : 0; steps > 0; steps--) this.step();
    }
    this.settle();
  }

  /** Sends a stream and returns what it is answered. */
  ask(text: string): string {
    const before = this.output.length;
    this.send(text);
    return this.output.slice(before);
  }

  /** Lets everything arrive. */
  settle(): void {
    while (this.step());
  }

  /** Lets one thing arrive; false when nothing is under way. */
  step(): boolean {
    const moves: (() => void)[] = [];
    for (const [shard, link] of this.links) {
      if (link.woken) moves.push(() => this.wake(link));
      if (link.acknowledged > 0) moves.push(() => this.acknowledge(link));
      if (link.toShard.data !== '') moves.push(() => this.arrive(link));
      if (link.fromShard.data !== '') moves.push(() => this.session.receiveFrom(shard, ascii(link.fromShard.take(this.options.random))));
      else if (link.closing) moves.push(() => this.closeLink(shard));
    }
    if (this.forwarded.length > 0) moves.push(() => this.forward());
    if (this.closed !== undefined || moves.length === 0) return false;
    const { random } = this.options;
    (moves[random ? random.below(moves.length) : 0] as () => void)();
    return true;
  }

  private arrive(link: Link): void {
    link.connection.push(ascii(link.toShard.take(this.options.random)));
    this.run(link);
  }

  private forward(): void {
    const message = this.forwarded.shift();
    if (message) this.engines[this.slots.shardOf(message.channel)]?.engine.receive(message);
  }

  private wake(link: Link): void {
    link.woken = false;
    this.run(link);
  }

  private acknowledge(link: Link): void {
    link.unacknowledged -= link.acknowledged;
    link.acknowledged = 0;
    this.run(link);
  }

  /** As src/shard/sockets.ts does it. */
  private run(link: Link): void {
    while (link.unacknowledged <= WINDOW_BYTES) {
      const { output, more, close } = link.connection.proceed();
      link.fromShard.data += output;
      link.unacknowledged += output.length;
      this.unacknowledgedMax = Math.max(this.unacknowledgedMax, link.unacknowledged);
      if (close) link.closing = true;
      if (!more) break;
    }
    for (const engine of this.engines) engine.endTurn();
  }

  /** The connection to a shard breaks. */
  closeLink(shard: number): void {
    this.links.delete(shard);
    this.session.lost(shard);
  }
}

/** A command as a client sends it. */
export function wire(...argv: (string | number)[]): string {
  return `*${argv.length}\r\n${argv.map((arg) => `$${fromText(String(arg)).length}\r\n${fromText(String(arg))}\r\n`).join('')}`;
}
