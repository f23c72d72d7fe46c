// A transaction on one shard may depend on keys that are watched on others. For the moment in which it runs nothing
// changes there: each of those shards says that its watched keys are as they were, and from then on puts off everybody
// else who would change something, until it is told that the transaction has run, or its time is over.
//
// The steps are words that a session sends on its own connections (router/session-commit.ts), never a client:
//   NUL "kedge-tx:" step [":" milliseconds]

import { ascii, type Bytes } from '../bytes/bytes';
import { BLOCKED, NULL_ARRAY, OK, type Reply } from '../protocol/reply';
import type { CommandSpec } from '../spec/command';
import type { ClientState } from './client-state';
import { Pause } from './pause';

/** No command's name begins like this. */
export const STEP_WORD = '\0kedge-tx:';

/** Ends MULTI here, because the transaction goes to another shard, but goes on watching. */
export const LEAVE = ascii(`${STEP_WORD}leave`);
/** EXEC, unless the freeze that the client has here is over: then nothing is run, as after a conflict. */
export const EXEC_FROZEN = ascii(`${STEP_WORD}exec`);
/** Ends the freeze and forgets the watched keys. */
export const THAW = ascii(`${STEP_WORD}thaw`);

/** Begins or prolongs a freeze. Answers 1, or 0 when a watched key has changed; waits for a freeze of somebody else. */
export function freezeFor(ms: number): Bytes {
  return ascii(`${STEP_WORD}freeze:${ms}`);
}

/** Puts off what everybody but one client would change. */
export class Freeze extends Pause {
  private owner: ClientState | undefined;

  isOf(client: ClientState): boolean {
    return this.isOn && this.owner === client;
  }

  override holds(spec: CommandSpec, client: ClientState, argv: readonly Bytes[]): boolean {
    return this.isOn && this.owner !== client && super.holds(spec, client, argv);
  }

  beginFor(client: ClientState, until: number, now: number): void {
    this.owner = client;
    this.begin('write', until, now);
  }

  override end(): void {
    this.owner = undefined;
    super.end();
  }

  override forget(client: ClientState): void {
    super.forget(client);
    if (this.isOf(client)) this.end();
  }
}

export interface StepPorts {
  readonly freeze: Freeze;
  readonly now: () => number;
  /** A key that the client watches has changed or expired. */
  conflicted(client: ClientState): boolean;
  /** CLIENT PAUSE, or a snapshot that begins, puts the client's EXEC off, which would then come too late. */
  paused(client: ClientState): boolean;
  exec(client: ClientState): Reply;
  unwatch(client: ClientState): void;
}

/** Takes one step for a client. */
export function takeStep(ports: StepPorts, client: ClientState, word: Bytes): Reply {
  const { freeze } = ports;
  const now = ports.now();
  freeze.check(now);
  const [, step, ms] = word.split(':');
  switch (step) {
    case 'leave':
      client.transaction.close();
      return OK;
    case 'freeze':
      if (freeze.isOn && !freeze.isOf(client)) {
        freeze.postpone(client, [word]);
        return BLOCKED;
      }
      if (ports.conflicted(client)) return 0;
      freeze.beginFor(client, now + Number(ms), now);
      return 1;
    case 'exec':
      if (freeze.isOf(client) && !ports.paused(client)) return ports.exec(client);
      client.transaction.close();
      return NULL_ARRAY;
    default:
      if (freeze.isOf(client)) freeze.end();
      ports.unwatch(client);
      return OK;
  }
}
