import type { AnyCommandSpec } from '../../spec/command';
import { publish, spublish } from './publish';
import { pubsub } from './pubsub';
import { subscriptionCommands } from './subscribe';

export const pubsubCommands: readonly AnyCommandSpec[] = [publish, spublish, ...subscriptionCommands, pubsub];
