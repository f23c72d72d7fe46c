import type { AnyCommandSpec } from '../../spec/command';

export const transactionsCommands: readonly AnyCommandSpec[] = [];
