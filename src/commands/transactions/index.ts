import type { AnyCommandSpec } from '../../spec/command';
import { discard, exec, multi } from './multi';
import { unwatch, watch } from './watch';

export const transactionsCommands: readonly AnyCommandSpec[] = [multi, exec, discard, watch, unwatch];
