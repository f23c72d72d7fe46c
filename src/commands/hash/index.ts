import type { AnyCommandSpec } from '../../spec/command';
import { hgetdel, hgetex, hsetex } from './exchange';
import { hexpireCommands } from './expire';
import { himport } from './import';
import { hincrby, hincrbyfloat } from './increment';
import { hexists, hget, hgetall, hkeys, hlen, hmget, hstrlen, hvals } from './read';
import { hpersist, httlCommands } from './ttl';
import { hrandfield, hscan } from './walk';
import { hdel, hmset, hset, hsetnx } from './write';

export const hashCommands: readonly AnyCommandSpec[] = [
  hdel,
  hexists,
  ...hexpireCommands,
  hget,
  hgetall,
  hgetdel,
  hgetex,
  himport,
  hincrby,
  hincrbyfloat,
  hkeys,
  hlen,
  hmget,
  hmset,
  hpersist,
  hrandfield,
  hscan,
  hset,
  hsetex,
  hsetnx,
  hstrlen,
  ...httlCommands,
  hvals,
];
