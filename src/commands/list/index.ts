import type { AnyCommandSpec } from '../../spec/command';
import { blmove, blmpop, blpop, brpop, brpoplpush } from './blocking';
import { linsert, lrem, lset, ltrim } from './edit';
import { lpos } from './lpos';
import { lmove, rpoplpush } from './move';
import { blmovem, lmovem } from './move-many';
import { lmpop, lpop, rpop } from './pop';
import { lpush, lpushx, rpush, rpushx } from './push';
import { lindex, llen, lrange } from './read';

export const listCommands: readonly AnyCommandSpec[] = [
  blmove,
  blmovem,
  blmpop,
  blpop,
  brpop,
  brpoplpush,
  lindex,
  linsert,
  llen,
  lmove,
  lmovem,
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
