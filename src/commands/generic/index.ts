import type { AnyCommandSpec } from '../../spec/command';

export const genericCommands: readonly AnyCommandSpec[] = [];
