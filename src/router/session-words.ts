// What a session tells shards on its own account.

import { ascii } from '../bytes/bytes';

export const PING = [ascii('PING')];
export const MULTI = [ascii('MULTI')];
export const DISCARD = [ascii('DISCARD')];
export const UNWATCH = [ascii('UNWATCH')];
export const REPLY_ON = [ascii('CLIENT'), ascii('REPLY'), ascii('ON')];
