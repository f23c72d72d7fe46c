// Client-side caching: which clients may hold which keys in caches of their own, and telling them when a key changes
// (tracking.c).
//
// A client in the default mode is told once of a key that it has read; one in BCAST mode is told of every key with one of
// its prefixes, those of a turn together. A client that has changed the key itself is told behind the reply to that.

import { type Bytes, own } from '../bytes/bytes';
import type { CommandSpec } from '../spec/command';
import { allKeyIndexes } from '../spec/keys';
import type { TrackingOptions, TrackingTotals } from '../spec/tracking';
import { Broadcast } from './broadcast';
import type { ChangeSet } from './changes';
import type { ClientState } from './client-state';
import { ClientTracking, type TrackingSnapshot } from './client-tracking';
import { Message } from './message';

/** Keys that are let go of at a time when there are too many: some milliseconds. */
const MAX_DROPPED_KEYS = 1000;

const INVALIDATE = 'invalidate' as Bytes;
const BROKEN = 'tracking-redir-broken' as Bytes;
/** What a client that speaks RESP2 is told comes from this channel, to a connection that subscribes to it. */
const CHANNEL = '__redis__:invalidate' as Bytes;
const MESSAGE = 'message' as Bytes;

/** What is left to be done: {@link Tracking.broadcast} when the turn ends, {@link Tracking.limit} after it. */
export type TrackingWork = 'broadcast' | 'limit';

export interface TrackingPorts {
  client(id: number): ClientState | undefined;
  onLeft(work: TrackingWork): void;
}

/** Its keys are remembered. Scripts are judged by what they call; channels are no keys. */
function reads({ flags, group }: CommandSpec): boolean {
  return flags.includes('readonly') && group !== 'pubsub' && group !== 'scripting';
}

interface Due {
  readonly client: ClientState;
  /** As it was when the keys changed: what counts when it tracks no more. */
  readonly tracking: ClientTracking;
  /** Null: all of them. */
  readonly keys: readonly Bytes[] | null;
}

export class Tracking {
  /** Anybody tracks, or keys are still remembered for somebody. */
  isOn = false;
  /** tracking-table-max-keys; 0 for no limit. */
  maxKeys = 1_000_000;
  private readonly clients = new Set<ClientState>();
  /** Who has read a key. */
  private readonly readers = new Map<Bytes, Set<ClientState>>();
  private readonly prefixes = new Broadcast();
  private items = 0;
  /** Goes through {@link readers} in the order in which they came, and takes what it finds out. */
  private oldest = this.readers.keys();
  /** What the client whose command runs is to be told when the unit ends. */
  private readonly due: Due[] = [];
  /** How much of the changes of the unit has been taken note of. */
  private notedEvents = 0;
  private notedClears = 0;

  constructor(
    private readonly changes: ChangeSet,
    private readonly ports: TrackingPorts,
  ) {}

  get totals(): TrackingTotals {
    return { clients: this.clients.size, keys: this.readers.size, items: this.items, prefixes: this.prefixes.size };
  }

  // ---- who tracks

  start(client: ClientState, options: TrackingOptions): void {
    const prefixes = options.mode === 'bcast' ? this.prefixes.add(client, options.prefixes) : [];
    client.tracking = new ClientTracking({ ...options, prefixes }, client.tracking?.isCaching);
    this.clients.add(client);
    if (this.isOn) return;
    this.isOn = true;
    // What the unit has changed so far nobody was to be told of.
    this.notedEvents = this.changes.events.length;
    this.notedClears = this.changes.clears;
  }

  /** A client that tracked in an earlier life of this shard. {@link forgotten} follows. */
  restore(client: ClientState, snapshot: TrackingSnapshot): void {
    client.tracking = ClientTracking.restore(snapshot);
    if (client.tracking.mode === 'bcast') this.prefixes.add(client, client.tracking.prefixes);
    this.clients.add(client);
    this.isOn = true;
  }

  /** What it has read stays remembered, as in Redis: it may begin again. */
  stop(client: ClientState): void {
    if (!client.tracking) return;
    this.prefixes.remove(client, client.tracking.prefixes);
    client.tracking = undefined;
    this.clients.delete(client);
  }

  /** A connection has gone. */
  forget(client: ClientState): void {
    this.stop(client);
    for (const key of client.trackedKeys) this.unremember(key, client);
    client.trackedKeys.clear();
    this.isOn = this.clients.size > 0 || this.readers.size > 0;
  }

  /**
   * Clients have been restored whose keys nobody remembers: they are told to drop all. Those in BCAST mode have missed
   * nothing, for nothing has changed meanwhile.
   */
  forgotten(): void {
    for (const client of this.clients) if (client.tracking?.mode !== 'bcast') this.put(client, null, undefined);
  }

  // ---- reading

  /** A command has run: tells of what it has changed, and then remembers what it has read. */
  ran(spec: CommandSpec, argv: readonly Bytes[], client: ClientState): void {
    this.note(client);
    if (client.tracking?.remembers && reads(spec)) this.remember(client, spec, argv);
  }

  private remember(client: ClientState, spec: CommandSpec, argv: readonly Bytes[]): void {
    for (const index of allKeyIndexes(spec.keys, argv) ?? []) {
      const key = argv[index] as Bytes;
      let readers = this.readers.get(key);
      if (!readers) {
        readers = new Set();
        this.readers.set(own(key), readers);
      }
      if (readers.has(client)) continue;
      readers.add(client);
      client.trackedKeys.add(own(key));
      this.items++;
    }
  }

  private unremember(key: Bytes, client: ClientState): void {
    const readers = this.readers.get(key);
    if (!readers?.delete(client)) return;
    this.items--;
    if (readers.size === 0) this.readers.delete(key);
  }

  private get hasTooMany(): boolean {
    return this.maxKeys > 0 && this.readers.size > this.maxKeys;
  }

  /**
   * Lets go of keys while there are too many, as if they had changed: those that have been remembered for longest, where
   * Redis leaves it to chance.
   */
  limit(): void {
    for (let left = MAX_DROPPED_KEYS; left > 0 && this.hasTooMany; left--) this.invalidate(this.oldestKey(), undefined);
    if (this.hasTooMany) this.ports.onLeft('limit');
  }

  /** A new walk each time would step over all that was removed before. */
  private oldestKey(): Bytes {
    let { value } = this.oldest.next();
    if (value === undefined) {
      this.oldest = this.readers.keys();
      value = this.oldest.next().value as Bytes;
    }
    return value;
  }

  // ---- changes

  /** The changes of a unit are complete. */
  commit(client: ClientState): void {
    this.note(client);
    this.notedEvents = 0;
    this.notedClears = 0;
  }

  /** Takes note of what the unit has changed since the last call, in the name of a client. */
  private note(client: ClientState): void {
    const { changes } = this;
    // A script that was stopped has taken back what it changed.
    this.notedClears = Math.min(this.notedClears, changes.clears);
    this.notedEvents = Math.min(this.notedEvents, changes.events.length);
    for (; this.notedClears < changes.clears; this.notedClears++) this.clear(client);
    for (; this.notedEvents < changes.events.length; this.notedEvents++) {
      const { key, event, aside } = changes.events[this.notedEvents] as ChangeSet['events'][number];
      if (aside) continue;
      // Nobody has done that.
      const author = event === 'expired' || event === 'hexpired' ? undefined : client;
      if (this.prefixes.note(key, author)) this.ports.onLeft('broadcast');
      this.invalidate(key, client);
    }
  }

  private clear(running: ClientState): void {
    for (const client of this.clients) this.put(client, null, running);
    for (const readers of this.readers.values()) for (const client of readers) client.trackedKeys.clear();
    this.readers.clear();
    this.items = 0;
  }

  /** @param running the client whose command has changed the key, which may not want to be told */
  private invalidate(key: Bytes, running: ClientState | undefined): void {
    const readers = this.readers.get(key);
    if (!readers) return;
    this.readers.delete(key);
    this.items -= readers.size;
    for (const client of readers) {
      client.trackedKeys.delete(key);
      const { tracking } = client;
      // In BCAST mode it has read the key before it began that.
      if (!tracking || tracking.mode === 'bcast' || (tracking.noLoop && client === running)) continue;
      this.put(client, [key], running);
    }
  }

  // ---- telling

  /** @param running the client whose command runs: its reply comes before what it is told */
  private put(client: ClientState, keys: readonly Bytes[] | null, running: ClientState | undefined): void {
    const { tracking } = client;
    if (!tracking) return;
    if (client === running) this.due.push({ client, tracking, keys });
    else this.send(client, tracking, keys);
  }

  /** The unit has ended: whoever is to be told is told. */
  tell(): void {
    this.limit();
    for (const { client, tracking, keys } of this.due) this.send(client, client.tracking ?? tracking, keys);
    this.due.length = 0;
  }

  /** Tells those in BCAST mode what has changed since the last call. */
  broadcast(): void {
    this.prefixes.take((client, keys) => this.forward(client, keys));
  }

  /** Sends an invalidation of some keys, or of all, to a client or to the one that gets those of this client. */
  forward(client: ClientState, keys: readonly Bytes[] | null): void {
    if (client.tracking) this.send(client, client.tracking, keys);
  }

  private send(client: ClientState, tracking: ClientTracking, changed: readonly Bytes[] | null): void {
    const keys = changed && [...changed];
    // Its session passes it on to where it is to go.
    if (client.isAway) {
      client.tell(new Message([INVALIDATE, keys]));
      return;
    }
    if (tracking.redirect === 0) {
      if (client.protocol === 3) client.tell(new Message([INVALIDATE, keys]));
      return;
    }
    const target = this.ports.client(tracking.redirect);
    if (!target) {
      tracking.isBroken = true;
      if (client.protocol === 3) client.tell(new Message([BROKEN, tracking.redirect]));
    } else if (target.protocol === 3) target.tell(new Message([INVALIDATE, keys]));
    else if (target.subscribed) target.tell(new Message([MESSAGE, CHANNEL, keys]));
  }
}
