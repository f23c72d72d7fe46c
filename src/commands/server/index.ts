import type { AnyCommandSpec } from '../../spec/command';
import { commandCommand } from './command';
import { config } from './config';
import { debug } from './debug';
import { info } from './info';
import { lolwut } from './lolwut';
import { memory } from './memory';
import { time } from './time';

export const serverCommands: readonly AnyCommandSpec[] = [commandCommand, config, debug, info, lolwut, memory, time];
