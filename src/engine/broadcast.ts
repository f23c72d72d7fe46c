// Clients that are told of every change of keys with certain prefixes (CLIENT TRACKING with BCAST).

import { type Bytes, own } from '../bytes/bytes';
import type { ClientState } from './client-state';

interface Prefix {
  readonly clients: Set<ClientState>;
  /** Keys that have changed since the last time, and who changed each last: undefined for nobody. */
  readonly changed: Map<Bytes, ClientState | undefined>;
}

export class Broadcast {
  private readonly prefixes = new Map<Bytes, Prefix>();

  get size(): number {
    return this.prefixes.size;
  }

  /** Prefixes beside those that a client has; the empty one when there are none. Returns all that it has then, in order. */
  add(client: ClientState, prefixes: readonly Bytes[]): Bytes[] {
    const all = new Set(client.tracking?.prefixes);
    for (const name of prefixes.length === 0 ? ['' as Bytes] : prefixes) {
      let prefix = this.prefixes.get(name);
      if (!prefix) {
        prefix = { clients: new Set(), changed: new Map() };
        this.prefixes.set(own(name), prefix);
      }
      prefix.clients.add(client);
      all.add(own(name));
    }
    return [...all].sort();
  }

  remove(client: ClientState, prefixes: readonly Bytes[]): void {
    for (const name of prefixes) {
      const prefix = this.prefixes.get(name);
      prefix?.clients.delete(client);
      if (prefix?.clients.size === 0) this.prefixes.delete(name);
    }
  }

  /** A key has changed. True when that is the first one to be told. */
  note(key: Bytes, author: ClientState | undefined): boolean {
    let isFirst = false;
    let isKnown = false;
    for (const [name, { changed }] of this.prefixes) {
      if (changed.size > 0) isKnown = true;
      if (!key.startsWith(name)) continue;
      isFirst = true;
      changed.set(key, author);
    }
    return isFirst && !isKnown;
  }

  /** Gives each client the keys that are to be told to it, in order, prefix by prefix. */
  take(tell: (client: ClientState, keys: readonly Bytes[]) => void): void {
    for (const name of [...this.prefixes.keys()].sort()) {
      const { clients, changed } = this.prefixes.get(name) as Prefix;
      if (changed.size === 0) continue;
      const keys = [...changed.keys()].sort();
      for (const client of clients) {
        const told = client.tracking?.noLoop ? keys.filter((key) => changed.get(key) !== client) : keys;
        if (told.length > 0) tell(client, told);
      }
      changed.clear();
    }
  }
}
