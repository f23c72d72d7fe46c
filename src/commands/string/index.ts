import type { AnyCommandSpec } from '../../spec/command';
import { get } from './get';

export const stringCommands: readonly AnyCommandSpec[] = [get];
