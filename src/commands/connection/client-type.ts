// The kinds of client that CLIENT LIST and CLIENT KILL filter by. There is no replication here.

import type { Bytes } from '../../bytes/bytes';
import { redisError, shown } from '../../protocol/errors';
import type { Client } from '../../spec/client';

export type ClientType = 'normal' | 'replica' | 'pubsub' | 'master';

const TYPES: ReadonlyMap<string, ClientType> = new Map([
  ['normal', 'normal'],
  ['slave', 'replica'],
  ['replica', 'replica'],
  ['pubsub', 'pubsub'],
  ['master', 'master'],
]);

export function requireClientType(arg: Bytes): ClientType {
  const type = TYPES.get(arg.toLowerCase());
  if (type === undefined) throw redisError(`ERR Unknown client type '${shown(arg)}'`);
  return type;
}

export function isOfType({ subscribed }: Client, type: ClientType): boolean {
  return type === (subscribed ? 'pubsub' : 'normal');
}
