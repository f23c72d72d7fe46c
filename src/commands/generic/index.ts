import type { AnyCommandSpec } from '../../spec/command';
import { copy } from './copy';
import { move, swapDb } from './databases';
import { dbsize } from './dbsize';
import { del, unlink } from './del';
import { dump, restore } from './dump';
import { exists, touch } from './exists';
import { expireCommands } from './expire';
import { flushCommands } from './flush';
import { keys, randomkey } from './keys';
import { object } from './object';
import { renameCommand, renamenx } from './rename';
import { scan } from './scan';
import { sort, sortRo } from './sort';
import { persist, ttlCommands } from './ttl';
import { type } from './type';

export const genericCommands: readonly AnyCommandSpec[] = [
  copy,
  del,
  exists,
  dump,
  ...expireCommands,
  keys,
  move,
  object,
  persist,
  randomkey,
  renameCommand,
  renamenx,
  restore,
  scan,
  sort,
  sortRo,
  swapDb,
  touch,
  ...ttlCommands,
  type,
  unlink,
  dbsize,
  ...flushCommands,
];
