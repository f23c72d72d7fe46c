import type { AnyCommandSpec } from '../../spec/command';
import { acl } from './acl';
import { clusterCommands } from './cluster';
import { commandCommand } from './command';
import { config } from './config';
import { debug } from './debug';
import { info } from './info';
import { latency } from './latency';
import { lolwut } from './lolwut';
import { memory } from './memory';
import { moduleContainer } from './module';
import { monitor } from './monitor';
import { lastSave, role, wait, waitAof } from './replication';
import { slowlog } from './slowlog';
import { time } from './time';

export const serverCommands: readonly AnyCommandSpec[] = [
  acl,
  ...clusterCommands,
  commandCommand,
  config,
  debug,
  info,
  lastSave,
  latency,
  lolwut,
  memory,
  moduleContainer,
  monitor,
  role,
  slowlog,
  time,
  wait,
  waitAof,
];
