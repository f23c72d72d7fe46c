import type { AnyCommandSpec } from '../../spec/command';
import { ping } from './ping';

export const connectionCommands: readonly AnyCommandSpec[] = [ping];
