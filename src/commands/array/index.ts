import type { AnyCommandSpec } from '../../spec/command';
import { arcount, arget, argetrange, arinfo, arlastitems, arlen, armget, arnext } from './read';
import { argrep, arop, arscan } from './scan';
import { ardel, ardelrange, arinsert, armset, arring, arseek, arset } from './write';

export const arrayCommands: readonly AnyCommandSpec[] = [
  arcount,
  ardel,
  ardelrange,
  arget,
  argetrange,
  argrep,
  arinfo,
  arinsert,
  arlastitems,
  arlen,
  armget,
  armset,
  arnext,
  arop,
  arring,
  arscan,
  arseek,
  arset,
];
