// What null of JSON is in Lua, whose tables cannot hold a nil. Every cjson table has the same one, as the null pointer is in C.

import { LuaUserdata } from '../value';

export const CJSON_NULL = new LuaUserdata('(nil)');
