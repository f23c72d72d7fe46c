import type { AnyCommandSpec } from '../../spec/command';
import { commandCommand } from './command';
import { config } from './config';
import { debug } from './debug';
import { functionContainer } from './function';
import { info } from './info';
import { lolwut } from './lolwut';
import { memory } from './memory';
import { time } from './time';

export const serverCommands: readonly AnyCommandSpec[] = [commandCommand, config, debug, functionContainer, info, lolwut, memory, time];
