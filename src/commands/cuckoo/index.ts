import type { AnyCommandSpec } from '../../spec/command';
import { cfCount, cfExists, cfInfo, cfLoadchunk, cfMexists, cfScandump } from './read';
import { cfAdd, cfAddnx, cfDel, cfInsert, cfInsertnx, cfReserve } from './write';

export const cuckooCommands: readonly AnyCommandSpec[] = [
  cfAdd,
  cfAddnx,
  cfCount,
  cfDel,
  cfExists,
  cfInfo,
  cfInsert,
  cfInsertnx,
  cfLoadchunk,
  cfMexists,
  cfReserve,
  cfScandump,
];
