import type { AnyCommandSpec } from '../../spec/command';

export const setCommands: readonly AnyCommandSpec[] = [];
