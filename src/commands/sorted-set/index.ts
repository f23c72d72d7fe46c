import type { AnyCommandSpec } from '../../spec/command';

export const sortedSetCommands: readonly AnyCommandSpec[] = [];
