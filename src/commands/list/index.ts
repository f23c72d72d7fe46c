import type { AnyCommandSpec } from '../../spec/command';

export const listCommands: readonly AnyCommandSpec[] = [];
