// CLIENT PAUSE: for a while commands that change something, or all commands, are put off, and nothing expires
// (networking.c pauseClients).

import { type Bytes, own } from '../bytes/bytes';
import type { CommandSpec } from '../spec/command';
import type { PauseMode } from '../spec/server';
import type { ClientState } from './client-state';

export class Pause {
  private mode: PauseMode | 'off' = 'off';
  private until = 0;
  /** What is put off, in the order in which it came: what goes on with it. */
  private readonly postponed = new Map<object, () => void>();

  /**
   * @param onChange told when it begins or ends, and when something is put off
   * @param mayChange whether a command line may change something
   */
  constructor(
    private readonly onChange: () => void,
    private readonly mayChange: (spec: CommandSpec, argv: readonly Bytes[]) => boolean,
  ) {}

  get isOn(): boolean {
    return this.mode !== 'off';
  }

  get postponedCount(): number {
    return this.postponed.size;
  }

  /** When the next thing that was put off may go on: Infinity when there is none. */
  get nextDeadline(): number {
    return this.postponed.size > 0 ? this.until : Number.POSITIVE_INFINITY;
  }

  /** When keys may expire again. */
  get expiryResumesAt(): number {
    return this.isOn ? this.until : 0;
  }

  /** Begins a pause. One that there is already becomes no shorter and no milder. */
  begin(mode: PauseMode, until: number, now: number): void {
    if (this.mode !== 'all') this.mode = mode;
    this.until = Math.max(this.until, until);
    if (this.until <= now) this.end();
    else this.onChange();
  }

  end(): void {
    this.mode = 'off';
    this.until = 0;
    const resumed = [...this.postponed.values()];
    this.postponed.clear();
    this.onChange();
    for (const resume of resumed) resume();
  }

  /** Ends it when its time is over. */
  check(now: number): void {
    if (this.isOn && this.until <= now) this.end();
  }

  /** Whether a command has to wait. An EXEC does for what it would run. */
  holds(spec: CommandSpec, client: ClientState, argv: readonly Bytes[]): boolean {
    if (this.mode !== 'write') return this.isOn;
    if (spec.name === 'exec') return client.transaction.queue?.some((queued) => this.mayChange(queued.spec, queued.argv)) ?? false;
    return this.mayChange(spec, argv);
  }

  /** Puts a client's command off until the pause is over: the client then gets it back. */
  postpone(client: ClientState, argv: readonly Bytes[]): void {
    const line = argv.map(own);
    client.postponed = true;
    this.put(client, () => {
      client.postponed = false;
      client.onUnpaused?.(line);
    });
  }

  /** Calls `resume` when the pause is over. */
  put(owner: object, resume: () => void): void {
    this.postponed.set(owner, resume);
    this.onChange();
  }

  /** A connection has gone. */
  forget(client: ClientState): void {
    client.postponed = false;
    if (this.postponed.delete(client)) this.onChange();
  }
}
