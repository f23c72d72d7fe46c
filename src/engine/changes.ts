// What one unit of execution did, filled by the keyspace's mutators and by handlers, consumed once by the commit step.

import type { Bytes } from '../bytes/bytes';
import type { TypeName } from '../types/value';
import type { ClientState } from './client-state';
import type { Message } from './message';
import type { Notifications } from './notifications';
import type { ForeignMessage } from './pubsub';

export interface KeyEvent {
  /** Undefined: there is no notification of it. */
  readonly event: string | undefined;
  readonly key: Bytes;
  /** What changed is beside the content of the key: who watches it is not told. */
  readonly aside: boolean;
}

/** How far a unit had come. */
export interface ChangeMark {
  readonly effects: number;
  readonly events: number;
  readonly clearedAt: number;
  readonly messages: number;
  readonly clears: number;
}

/** A message and who is sent it. */
interface LocalMessage {
  readonly message: Message;
  readonly clients: readonly ClientState[];
}

export class ChangeSet {
  constructor(private readonly notifications: Notifications) {}

  /** Mutations of the command that is running: zero means that it changed nothing. */
  mutations = 0;
  /** The running command was handed a value to change in place: whether it has is known when it says so. */
  lent = false;
  /** Effects that the running command has named itself. */
  explicitEffects = 0;
  /** Deterministic write commands, in order, of the whole unit. */
  readonly effects: (readonly Bytes[])[] = [];
  /** Keys touched and what happened to them, in order, of the whole unit. */
  readonly events: KeyEvent[] = [];
  /** All keys were removed (FLUSHALL), the last time when there were so many events; -1 when they were not. */
  clearedAt = -1;
  /** What was published, in order, by the whole unit. */
  readonly messages: (LocalMessage | ForeignMessage)[] = [];
  /** How often all keys were removed (FLUSHALL). */
  clears = 0;
  /** How far the unit had come when the running command began. */
  private readonly start = { effects: 0, events: 0, clearedAt: -1, messages: 0, clears: 0 };

  /** A mutator changed `key`. */
  record(key: Bytes, event: string | undefined): void {
    this.mutations++;
    this.notice(key, event);
  }

  /** A mutator gave `key` a value, in the place of one of the type `former` if there was one. */
  recordSet(key: Bytes, event: string | undefined, former: TypeName | undefined, type: TypeName): void {
    this.mutations++;
    this.events.push({ event, key, aside: false });
    if (this.notifications.isOn) this.notifications.tellSet(event, key, former, type);
  }

  /** A mutator gave a key another name, in the place of one with a value of the type `former` if there was one. */
  recordRename(from: Bytes, to: Bytes, former: TypeName | undefined, type: TypeName): void {
    this.mutations++;
    this.events.push({ event: 'rename_from', key: from, aside: false }, { event: 'rename_to', key: to, aside: false });
    if (this.notifications.isOn) this.notifications.tellRename(from, to, former, type);
  }

  /** A mutator changed what is beside the content of `key`. */
  recordAside(key: Bytes, event: string | undefined): void {
    this.mutations++;
    this.events.push({ event, key, aside: true });
    if (this.notifications.isOn && event !== undefined) this.notifications.tell(event, key);
  }

  /** What also happened to a key in the course of a change, or by itself: it is told, but not counted as a change. */
  notice(key: Bytes, event: string | undefined): void {
    this.events.push({ event, key, aside: false });
    if (this.notifications.isOn && event !== undefined) this.notifications.tell(event, key);
  }

  /** A key was read that is not there. */
  missed(key: Bytes): void {
    if (this.notifications.isOn) this.notifications.tell('keymiss', key);
  }

  /** All keys are removed. */
  clear(): void {
    this.mutations++;
    this.clearedAt = this.events.length;
    this.clears++;
  }

  effect(argv: readonly Bytes[]): void {
    this.explicitEffects++;
    this.effects.push(argv);
  }

  /** Before a command runs. */
  beginCommand(): void {
    this.mutations = 0;
    this.lent = false;
    this.explicitEffects = 0;
    const { start } = this;
    start.effects = this.effects.length;
    start.events = this.events.length;
    start.clearedAt = this.clearedAt;
    start.messages = this.messages.length;
    start.clears = this.clears;
  }

  /** Forgets what the running command recorded: somebody else takes back what it changed. */
  rewindCommand(): void {
    this.rewind(this.start);
    this.mutations = 0;
    this.lent = false;
    this.explicitEffects = 0;
  }

  /** After it ran: its own line is the effect unless it named others. */
  endCommand(argv: readonly Bytes[]): void {
    if (this.mutations > 0 && this.explicitEffects === 0) this.effects.push(argv);
  }

  get cleared(): boolean {
    return this.clearedAt >= 0;
  }

  /** A place to come back to. */
  mark(): ChangeMark {
    return {
      effects: this.effects.length,
      events: this.events.length,
      clearedAt: this.clearedAt,
      messages: this.messages.length,
      clears: this.clears,
    };
  }

  hasSince({ effects, events, clearedAt }: ChangeMark): boolean {
    return this.effects.length > effects || this.events.length > events || this.clearedAt !== clearedAt;
  }

  /** Forgets what was recorded since: somebody else takes back what was changed. */
  rewind({ effects, events, clearedAt, messages, clears }: ChangeMark): void {
    this.effects.length = effects;
    this.events.length = events;
    this.clearedAt = clearedAt;
    this.messages.length = messages;
    this.clears = clears;
  }

  get isEmpty(): boolean {
    return this.effects.length === 0 && this.events.length === 0 && this.messages.length === 0 && this.clears === 0;
  }

  reset(): void {
    this.effects.length = 0;
    this.events.length = 0;
    this.clearedAt = -1;
    this.messages.length = 0;
    this.clears = 0;
  }
}
