import type { AnyCommandSpec } from '../../spec/command';

export const hashCommands: readonly AnyCommandSpec[] = [];
