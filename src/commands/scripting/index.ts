import type { AnyCommandSpec } from '../../spec/command';
import { evalCommands } from './eval';
import { fcallCommands } from './fcall';
import { functionContainer } from './function';
import { script } from './script';

export const scriptingCommands: readonly AnyCommandSpec[] = [...evalCommands, ...fcallCommands, functionContainer, script];
