// Several clients of one server at once: what each of them is sent after each line that one of them sends, here and by a
// redis-server.

import { connect, type Socket } from 'node:net';
import { type Bytes, fromBuffer, toBuffer } from '../../src/bytes/bytes';
import type { Connection } from '../../src/engine/connection';
import type { TestEngine } from './engine';
import { request } from './raw-client';

/** What each client has been sent. */
export type Sent = Record<string, string>;
type Line = readonly (string | number)[];

/** In a line, the id of the client of this name. */
export function idOf(name: string): string {
  return `id of ${name}`;
}

function filled(line: Line, ids: ReadonlyMap<string, number>): Line {
  return line.map((word) => (typeof word === 'string' && word.startsWith('id of ') ? (ids.get(word.slice(6)) as number) : word));
}

/** Behind what is to be waited for: answered even to a subscriber. */
const FENCE = 'fence';

export class EnginePeers {
  private readonly connections = new Map<string, Connection>();
  private readonly woken = new Set<string>();

  /** @param ids of the clients, by name */
  constructor(
    private readonly engine: TestEngine,
    private readonly ids: ReadonlyMap<string, number>,
  ) {
    for (const [name, id] of ids) {
      const connection = engine.connect('full', false, true, { id });
      connection.onWake = () => this.woken.add(name);
      this.connections.set(name, connection);
    }
  }

  send(from: string, ...lines: readonly Line[]): Sent {
    const sent: Sent = {};
    const add = (name: string, text: string): void => {
      if (text !== '') sent[name] = (sent[name] ?? '') + text;
    };
    const text = lines.map((line) => request(...filled(line, this.ids))).join('') as Bytes;
    add(from, (this.connections.get(from) as Connection).receive(text).output);
    this.engine.endTurn();
    for (let [name] = this.woken; name !== undefined; [name] = this.woken) {
      this.woken.delete(name);
      add(name, (this.connections.get(name) as Connection).proceed().output);
    }
    // As there, where it is waited for.
    for (const connection of this.connections.values()) connection.receive(request('PING', FENCE));
    if (this.engine.faults.length > 0) throw this.engine.faults[0];
    return sent;
  }

  /** A client breaks off. */
  end(name: string): void {
    this.connections.get(name)?.end();
    this.connections.delete(name);
  }
}

class Peer {
  private received = '';
  private waiting: (() => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (data) => {
      this.received += fromBuffer(data);
      this.waiting?.();
    });
  }

  static open(port: number): Promise<Peer> {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Peer(socket)));
    });
  }

  send(text: Bytes): void {
    this.socket.write(toBuffer(text));
  }

  /** All that has been sent until now. */
  async upToNow(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.waiting = () => {
      const end = /(\*2\r\n\$4\r\npong\r\n)?\$5\r\nfence\r\n/.exec(this.received);
      if (!end) return;
      const text = this.received.slice(0, end.index);
      this.received = this.received.slice(end.index + end[0].length);
      this.waiting = undefined;
      resolve(text);
    };
    this.send(request('PING', FENCE));
    return promise;
  }

  close(): void {
    this.socket.destroy();
  }
}

export class RealPeers {
  readonly ids = new Map<string, number>();

  private constructor(private readonly peers: ReadonlyMap<string, Peer>) {}

  static async open(port: number, names: readonly string[]): Promise<RealPeers> {
    const peers = new Map<string, Peer>();
    for (const name of names) peers.set(name, await Peer.open(port));
    const real = new RealPeers(peers);
    for (const [name, peer] of peers) {
      peer.send(request('CLIENT', 'ID'));
      real.ids.set(name, Number((await peer.upToNow()).slice(1, -2)));
    }
    return real;
  }

  async send(from: string, ...lines: readonly Line[]): Promise<Sent> {
    const sender = this.peers.get(from) as Peer;
    sender.send(lines.map((line) => request(...filled(line, this.ids))).join('') as Bytes);
    const sent: Sent = {};
    // The sender's fence first: what the others are sent is on its way then.
    const names = [from, ...[...this.peers.keys()].filter((name) => name !== from)];
    for (const name of names) {
      const text = await (this.peers.get(name) as Peer).upToNow();
      if (text !== '') sent[name] = text;
    }
    return sent;
  }

  close(): void {
    for (const peer of this.peers.values()) peer.close();
  }
}
