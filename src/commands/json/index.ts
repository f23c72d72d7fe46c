import type { AnyCommandSpec } from '../../spec/command';
import { jsonArrappend, jsonArrinsert, jsonArrpop, jsonArrtrim } from './array';
import { jsonDebug } from './debug';
import { jsonGet, jsonMget, jsonResp, jsonType } from './get';
import { jsonArrindex, jsonArrlen, jsonObjkeys, jsonObjlen } from './measure';
import { jsonNumincrby, jsonNummultby, jsonNumpowby } from './number';
import { jsonClear, jsonDel, jsonForget } from './remove';
import { jsonStrappend, jsonStrlen, jsonToggle } from './scalar';
import { jsonMerge, jsonMset, jsonSet } from './set';

export const jsonCommands: readonly AnyCommandSpec[] = [
  jsonArrappend,
  jsonArrindex,
  jsonArrinsert,
  jsonArrlen,
  jsonArrpop,
  jsonArrtrim,
  jsonClear,
  jsonDebug,
  jsonDel,
  jsonForget,
  jsonGet,
  jsonMerge,
  jsonMget,
  jsonMset,
  jsonNumincrby,
  jsonNummultby,
  jsonNumpowby,
  jsonObjkeys,
  jsonObjlen,
  jsonResp,
  jsonSet,
  jsonStrappend,
  jsonStrlen,
  jsonToggle,
  jsonType,
];
