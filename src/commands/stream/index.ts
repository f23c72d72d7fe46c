import type { AnyCommandSpec } from '../../spec/command';
import { xack, xnack } from './ack';
import { xadd } from './add';
import { xautoclaim, xclaim } from './claim';
import { xackdel, xdel, xdelex } from './delete';
import { xgroup } from './group';
import { xinfo } from './info';
import { xpending } from './pending';
import { xcfgset, xidmprecord } from './producers';
import { xlen, xrange, xrevrange } from './range';
import { xread } from './read';
import { xreadgroup } from './read-group';
import { xsetid } from './setid';
import { xtrim } from './trim';

export const streamCommands: readonly AnyCommandSpec[] = [
  xack,
  xackdel,
  xadd,
  xautoclaim,
  xcfgset,
  xclaim,
  xdel,
  xdelex,
  xgroup,
  xidmprecord,
  xinfo,
  xlen,
  xnack,
  xpending,
  xrange,
  xread,
  xreadgroup,
  xrevrange,
  xsetid,
  xtrim,
];
