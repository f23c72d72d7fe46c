import type { AnyCommandSpec } from '../../spec/command';
import { linsert, lrem, lset, ltrim } from './edit';
import { lpos } from './lpos';
import { lmove, rpoplpush } from './move';
import { lmpop, lpop, rpop } from './pop';
import { lpush, lpushx, rpush, rpushx } from './push';
import { lindex, llen, lrange } from './read';

export const listCommands: readonly AnyCommandSpec[] = [
  lindex,
  linsert,
  llen,
  lmove,
  lmpop,
  lpop,
  lpos,
  lpush,
  lpushx,
  lrange,
  lrem,
  lset,
  ltrim,
  rpop,
  rpoplpush,
  rpush,
  rpushx,
];
