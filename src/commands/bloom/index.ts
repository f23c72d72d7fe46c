import type { AnyCommandSpec } from '../../spec/command';
import { bfLoadchunk, bfScandump } from './dump';
import { bfCard, bfExists, bfInfo, bfMexists } from './read';
import { bfAdd, bfInsert, bfMadd, bfReserve } from './write';

export const bloomCommands: readonly AnyCommandSpec[] = [
  bfAdd,
  bfCard,
  bfExists,
  bfInfo,
  bfInsert,
  bfLoadchunk,
  bfMadd,
  bfMexists,
  bfReserve,
  bfScandump,
];
