// The settings of eviction. They outlive the memory of the shard: a limit that is gone after a pause would not be one.

import { ascii } from '../bytes/bytes';
import { type EvictionPolicy, OUR_POLICY, REDIS_POLICIES } from '../spec/eviction';
import { integer, type Kind, memory, oneOf, UINT64_MAX } from './settings-kinds';
import type { Setting } from './settings-table';

const ofRedis = oneOf(...REDIS_POLICIES);
/** A policy that does not exist is refused in Redis' words, which do not know ours. */
const policy: Kind = (text, current) => (text.toLowerCase() === OUR_POLICY ? ascii(OUR_POLICY) : ofRedis(text, current));

export const EVICTION_SETTINGS: readonly Setting[] = [
  {
    name: 'maxmemory',
    kind: memory(0, UINT64_MAX),
    initial: (engine) => `${engine.eviction.total}`,
    durable: true,
    // Of the whole database: its shards have equal parts of it.
    effect: (engine, value) => {
      engine.eviction.total = Number(value);
    },
  },
  {
    name: 'maxmemory-policy',
    kind: policy,
    initial: (engine) => engine.eviction.policy,
    durable: true,
    // It also decides whether keys count accesses (OBJECT FREQ) or note their time (OBJECT IDLETIME).
    effect: (engine, value) => {
      engine.eviction.policy = value as EvictionPolicy;
    },
  },
  {
    name: 'maxmemory-samples',
    kind: integer(1),
    initial: (engine) => `${engine.eviction.samples}`,
    durable: true,
    effect: (engine, value) => {
      engine.eviction.samples = Number(value);
    },
  },
  {
    name: 'maxmemory-eviction-tenacity',
    kind: integer(0, 100),
    initial: (engine) => `${engine.eviction.tenacity}`,
    durable: true,
    effect: (engine, value) => {
      engine.eviction.tenacity = Number(value);
    },
  },
  {
    name: 'lfu-log-factor',
    kind: integer(),
    initial: (engine) => `${engine.accessPolicy.logFactor}`,
    durable: true,
    effect: (engine, value) => {
      engine.accessPolicy.logFactor = Number(value);
    },
  },
  {
    name: 'lfu-decay-time',
    kind: integer(),
    initial: (engine) => `${engine.accessPolicy.decayMinutes}`,
    durable: true,
    effect: (engine, value) => {
      engine.accessPolicy.decayMinutes = Number(value);
    },
  },
];
