import type { ClientOrigin } from '../../../src/engine/client-state';
import { Connection } from '../../../src/engine/connection';
import type { TestEngine } from '../../support/engine';

let nextId = 1000;

/** @param origin what differs from a client with all rights that connects now */
export function connectFrom(engine: TestEngine, origin: Partial<ClientOrigin> = {}): Connection {
  const usual = { id: nextId++, address: '127.0.0.1:1', localAddress: '127.0.0.1:2', connectedAtMs: engine.now, access: 'full' } as const;
  return new Connection(engine.engine, { ...usual, ...origin });
}
