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
import { role, wait, waitAof } from './replication';
import { bgRewriteAof, bgSave, lastSave, save } from './save';
import { slowlog } from './slowlog';
import { time } from './time';

export const serverCommands: readonly AnyCommandSpec[] = [
  acl,
  bgRewriteAof,
  bgSave,
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
  save,
  slowlog,
  time,
  wait,
  waitAof,
];
