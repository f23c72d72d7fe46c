import type { AnyCommandSpec } from '../../spec/command';
import { getbit, setbit } from './bit';
import { bitfield, bitfieldRo } from './bitfield';
import { bitop } from './bitop';
import { bitcount, bitpos } from './count';

export const bitmapCommands: readonly AnyCommandSpec[] = [bitcount, bitfield, bitfieldRo, bitop, bitpos, getbit, setbit];
