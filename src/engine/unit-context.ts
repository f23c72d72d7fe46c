// What handlers see of an engine.

import type { Bytes } from '../bytes/bytes';
import type { Reply } from '../protocol/reply';
import type { BlockRequest } from '../spec/blocking';
import type { Context, Random, TransactionControl } from '../spec/context';
import type { PubSub } from '../spec/pubsub';
import type { Scripts } from '../spec/scripting';
import type { Server } from '../spec/server';
import type { ChangeSet } from './changes';
import type { ClientState } from './client-state';
import type { Engine } from './engine';
import type { Keyspace } from './keyspace';

/** The one context object of an engine, refilled for every unit. */
export class UnitContext implements Context {
  now = 0;
  replaying = false;
  inScript = false;
  client!: ClientState;
  readonly keys: Keyspace;
  readonly server: Server;
  readonly pubsub: PubSub;
  readonly limits;

  constructor(
    private readonly engine: Engine,
    private readonly changes: ChangeSet,
    readonly random: Random,
  ) {
    this.keys = engine.keys;
    this.server = engine.server;
    this.pubsub = engine.pubsub;
    this.limits = engine.limits;
  }

  get scripts(): Scripts {
    return this.engine.scripts;
  }

  get transaction(): TransactionControl {
    return this.engine.transactionOf(this.client);
  }

  get alone(): boolean {
    return this.engine.blocking.alone;
  }
  get mayBlock(): boolean {
    return this.engine.blocking.allowed;
  }

  effect(...argv: Bytes[]): void {
    this.changes.effect(argv);
  }

  get watching(): boolean {
    return this.engine.blocking.watching;
  }

  block(request: BlockRequest): Reply {
    return this.engine.blocking.block(this.client, request);
  }
}
