import type { AnyCommandSpec } from '../../spec/command';
import { get, getdel, getex, strlen } from './get';
import { decr, decrby, incr, incrby, incrbyfloat } from './increment';
import { lcs } from './lcs';
import { mget, mset, msetnx } from './multi';
import { append, getrange, setrange, substr } from './range';
import { getset, psetex, set, setex, setnx } from './set';

export const stringCommands: readonly AnyCommandSpec[] = [
  append,
  decr,
  decrby,
  get,
  getdel,
  getex,
  getrange,
  getset,
  incr,
  incrby,
  incrbyfloat,
  lcs,
  mget,
  mset,
  msetnx,
  psetex,
  set,
  setex,
  setnx,
  setrange,
  strlen,
  substr,
];
