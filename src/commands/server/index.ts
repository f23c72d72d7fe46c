import type { AnyCommandSpec } from '../../spec/command';
import { commandCommand } from './command';
import { config } from './config';
import { debug } from './debug';
import { functionContainer } from './function';
import { info } from './info';
import { latency } from './latency';
import { lolwut } from './lolwut';
import { memory } from './memory';
import { slowlog } from './slowlog';
import { time } from './time';

export const serverCommands: readonly AnyCommandSpec[] = [
  commandCommand,
  config,
  debug,
  functionContainer,
  info,
  latency,
  lolwut,
  memory,
  slowlog,
  time,
];
