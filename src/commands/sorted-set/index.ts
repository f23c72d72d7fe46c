import type { AnyCommandSpec } from '../../spec/command';
import { zadd, zincrby } from './add';
import { bzmpop, bzpopmax, bzpopmin } from './blocking';
import { zcard, zcount, zlexcount } from './count';
import { zdiff, zdiffstore } from './difference';
import { zinter, zintercard, zinterstore } from './intersection';
import { zmpop, zpopmax, zpopmin } from './pop';
import { zrandmember } from './random';
import { zrange, zrangestore } from './range';
import { zrangebylex, zrangebyscore, zrevrange, zrevrangebylex, zrevrangebyscore } from './range-legacy';
import { zrem, zremrangebylex, zremrangebyrank, zremrangebyscore } from './remove';
import { zscan } from './scan';
import { zmscore, zrank, zrevrank, zscore } from './score';
import { zunion, zunionstore } from './union';

export const sortedSetCommands: readonly AnyCommandSpec[] = [
  bzmpop,
  bzpopmax,
  bzpopmin,
  zadd,
  zcard,
  zcount,
  zdiff,
  zdiffstore,
  zincrby,
  zinter,
  zintercard,
  zinterstore,
  zlexcount,
  zmpop,
  zmscore,
  zpopmax,
  zpopmin,
  zrandmember,
  zrange,
  zrangebylex,
  zrangebyscore,
  zrangestore,
  zrank,
  zrem,
  zremrangebylex,
  zremrangebyrank,
  zremrangebyscore,
  zrevrange,
  zrevrangebylex,
  zrevrangebyscore,
  zrevrank,
  zscan,
  zscore,
  zunion,
  zunionstore,
];
