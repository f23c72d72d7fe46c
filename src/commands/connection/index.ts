import type { AnyCommandSpec } from '../../spec/command';
import { auth, hello } from './auth';
import { echo, quit, reset, select } from './basics';
import { client } from './client';
import { ping } from './ping';

export const connectionCommands: readonly AnyCommandSpec[] = [auth, client, echo, hello, ping, quit, reset, select];
