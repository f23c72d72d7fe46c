import type { AnyCommandSpec } from '../../spec/command';
import { delex, digest } from './compare';
import { get, getdel, getex, strlen } from './get';
import { decr, decrby, incr, incrby, incrbyfloat } from './increment';
import { increx } from './increx';
import { lcs } from './lcs';
import { mget, mset, msetex, msetnx } from './multi';
import { append, getrange, setrange, substr } from './range';
import { getset, psetex, set, setex, setnx } from './set';

export const stringCommands: readonly AnyCommandSpec[] = [
  append,
  decr,
  decrby,
  delex,
  digest,
  get,
  getdel,
  getex,
  getrange,
  getset,
  incr,
  incrby,
  incrbyfloat,
  increx,
  lcs,
  mget,
  mset,
  msetex,
  msetnx,
  psetex,
  set,
  setex,
  setnx,
  setrange,
  strlen,
  substr,
];
