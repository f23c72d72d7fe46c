import type { AnyCommandSpec } from '../../spec/command';
import { pfadd } from './add';
import { pfcount } from './count';
import { pfdebug, pfselftest } from './debug';
import { pfmerge } from './merge';

export const hyperLogLogCommands: readonly AnyCommandSpec[] = [pfadd, pfcount, pfdebug, pfmerge, pfselftest];
