// Every command that Kedge has, by group.

import type { AnyCommandSpec } from '../spec/command';
import { arrayCommands } from './array';
import { bitmapCommands } from './bitmap';
import { bloomCommands } from './bloom';
import { connectionCommands } from './connection';
import { countMinCommands } from './count-min';
import { cuckooCommands } from './cuckoo';
import { genericCommands } from './generic';
import { geoCommands } from './geo';
import { hashCommands } from './hash';
import { hyperLogLogCommands } from './hyperloglog';
import { jsonCommands } from './json';
import { listCommands } from './list';
import { pubsubCommands } from './pubsub';
import { scriptingCommands } from './scripting';
import { serverCommands } from './server';
import { setCommands } from './set';
import { sortedSetCommands } from './sorted-set';
import { streamCommands } from './stream';
import { stringCommands } from './string';
import { throttle } from './throttle';
import { topKCommands } from './top-k';
import { transactionsCommands } from './transactions';

export const registry: readonly AnyCommandSpec[] = [
  ...connectionCommands,
  ...genericCommands,
  ...stringCommands,
  ...bitmapCommands,
  ...hyperLogLogCommands,
  ...hashCommands,
  ...listCommands,
  ...setCommands,
  ...sortedSetCommands,
  ...geoCommands,
  ...streamCommands,
  ...arrayCommands,
  ...jsonCommands,
  ...bloomCommands,
  ...cuckooCommands,
  ...countMinCommands,
  ...topKCommands,
  throttle,
  ...transactionsCommands,
  ...scriptingCommands,
  ...pubsubCommands,
  ...serverCommands,
];
