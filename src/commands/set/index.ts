import type { AnyCommandSpec } from '../../spec/command';
import { sdiff, sdiffcard, sdiffstore } from './difference';
import { sinter, sintercard, sinterstore } from './intersection';
import { spop, srandmember } from './random';
import { scard, sismember, smembers, smismember } from './read';
import { sscan } from './scan';
import { sunion, sunioncard, sunionstore } from './union';
import { sadd, smove, srem } from './write';

export const setCommands: readonly AnyCommandSpec[] = [
  sadd,
  scard,
  sdiff,
  sdiffcard,
  sdiffstore,
  sinter,
  sintercard,
  sinterstore,
  sismember,
  smembers,
  smismember,
  smove,
  spop,
  srandmember,
  srem,
  sscan,
  sunion,
  sunioncard,
  sunionstore,
];
