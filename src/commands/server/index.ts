import type { AnyCommandSpec } from '../../spec/command';

export const serverCommands: readonly AnyCommandSpec[] = [];
