import type { AnyCommandSpec } from '../../spec/command';
import { hincrby, hincrbyfloat } from './increment';
import { hexists, hget, hgetall, hkeys, hlen, hmget, hstrlen, hvals } from './read';
import { hrandfield, hscan } from './walk';
import { hdel, hmset, hset, hsetnx } from './write';

export const hashCommands: readonly AnyCommandSpec[] = [
  hdel,
  hexists,
  hget,
  hgetall,
  hincrby,
  hincrbyfloat,
  hkeys,
  hlen,
  hmget,
  hmset,
  hrandfield,
  hscan,
  hset,
  hsetnx,
  hstrlen,
  hvals,
];
