// What tostring shows of an object: a number that stays the same, and no other object has.

import { ascii, type Bytes } from '../bytes/bytes';
import { LuaUserdata, type LuaValue, typeName } from './value';

const addresses = new WeakMap<object, number>();
/** Where the first one would be in memory; they are 16 bytes apart, as malloc's are. */
const FIRST = 0x55d0c0de0010;
let count = 0;

/** `table: 0x…` */
export function addressOf(value: Exclude<LuaValue, undefined | boolean | number | string>): Bytes {
  if (value instanceof LuaUserdata) return ascii(`userdata: ${value.shown}`);
  let address = addresses.get(value);
  if (address === undefined) {
    address = FIRST + 16 * count++;
    addresses.set(value, address);
  }
  return ascii(`${typeName(value)}: 0x${address.toString(16)}`);
}
