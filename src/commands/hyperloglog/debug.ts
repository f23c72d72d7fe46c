// PFDEBUG and PFSELFTEST, which show and test the inside of HyperLogLogs.

import { ascii, type Bytes } from '../../bytes/bytes';
import { redisError, shown } from '../../protocol/errors';
import { OK, type Reply, Status } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { editable, keepEdited } from '../../spec/string-edit';
import {
  add,
  countElements,
  isSparse,
  newHyperLogLog,
  printSparse,
  REGISTERS,
  registersOf,
  toDense,
} from '../../structures/hyperloglog/hyperloglog';
import { asHyperLogLog, bufferOf, CORRUPT, type Found } from './value';

const NO_KEY = redisError('ERR The specified key does not exist');
const NOT_SPARSE = redisError('ERR HLL encoding is not sparse');
/** A change of the encoding is no event in Redis. */
const NO_EVENT = undefined;

/** Makes a HyperLogLog dense, if it is not. Returns its bytes, and whether that was needed. */
function makeDense(ctx: Context, key: Bytes, { value, data }: Found): { data: Uint8Array; converted: boolean } {
  if (!isSparse(data)) return { data, converted: false };
  const buffer = editable(value);
  if (!toDense(buffer)) throw CORRUPT;
  keepEdited(ctx, key, value, buffer, NO_EVENT);
  return { data: buffer.view(), converted: true };
}

const SUBCOMMANDS: ReadonlyMap<string, (ctx: Context, key: Bytes, found: Found) => Reply> = new Map([
  ['getreg', (ctx: Context, key: Bytes, found: Found): Reply => registersOf(makeDense(ctx, key, found).data)],
  [
    'decode',
    (_ctx: Context, _key: Bytes, { data }: Found): Reply => {
      if (!isSparse(data)) throw NOT_SPARSE;
      return ascii(printSparse(data));
    },
  ],
  ['encoding', (_ctx: Context, _key: Bytes, { data }: Found): Reply => new Status(isSparse(data) ? 'sparse' : 'dense')],
  ['todense', (ctx: Context, key: Bytes, found: Found): Reply => (makeDense(ctx, key, found).converted ? 1 : 0)],
]);

export const pfdebug = command({
  name: 'pfdebug',
  group: 'hyperloglog',
  summary: 'Shows the registers (`GETREG`), the runs (`DECODE`) or the `ENCODING` of a HyperLogLog, or makes it dense (`TODENSE`).',
  since: '2.8.9',
  complexity: 'N/A',
  arity: 3,
  flags: ['write', 'denyoom', 'admin'],
  keys: [keyAt(2, 'RW', 'access')],
  internal: true,
  syntax: 'subcommand key',
  run(ctx, argv) {
    const key = argv[2] as Bytes;
    const found = asHyperLogLog(ctx.keys.write(key));
    if (!found) throw NO_KEY;
    const name = argv[1] as Bytes;
    const subcommand = SUBCOMMANDS.get(name.toLowerCase());
    if (!subcommand) throw redisError(`ERR Unknown PFDEBUG subcommand '${shown(name)}'`);
    return subcommand(ctx, key, found);
  },
});

/** A tenth of the elements that Redis' test takes: there an idle server tests itself, here somebody pays for the time. */
const TESTED_ELEMENTS = 1_000_000;
const STANDARD_ERROR = 1.04 / Math.sqrt(REGISTERS);
/** So many standard errors a run is never off. */
const ALLOWED_ERRORS = 6;

/** What is wrong with both forms after `count` different elements, if anything. */
function faultAt(count: number, dense: Uint8Array, either: Uint8Array, sparseMaxBytes: number): string | undefined {
  const estimate = Number(countElements(dense));
  if (count < sparseMaxBytes / 2 && !isSparse(either)) return 'sparse encoding not used';
  if (estimate !== Number(countElements(either))) return 'dense/sparse disagree';
  const error = Math.abs(count - estimate);
  // Few elements share a register from time to time, which is a large part of them.
  const allowed = count === 10 ? 1 : Math.ceil(STANDARD_ERROR * ALLOWED_ERRORS * count);
  return error > allowed ? `Too big error. card:${count} abserr:${error}` : undefined;
}

export const pfselftest = command({
  name: 'pfselftest',
  group: 'hyperloglog',
  summary: 'Tests HyperLogLogs with random elements: how far the estimates are off, and that both encodings agree.',
  since: '2.8.9',
  complexity: 'N/A',
  arity: 1,
  flags: ['admin'],
  internal: true,
  syntax: '',
  run(ctx) {
    const { hllSparseMaxBytes } = ctx.limits;
    const dense = bufferOf(newHyperLogLog());
    toDense(dense);
    const either = bufferOf(newHyperLogLog());
    const seed = `${ctx.random.float()}:`;
    for (let count = 1, checked = 1; count <= TESTED_ELEMENTS; count++) {
      const element = ascii(`${seed}${count}`);
      add(dense, element, hllSparseMaxBytes);
      add(either, element, hllSparseMaxBytes);
      if (count < checked) continue;
      const fault = faultAt(count, dense.view(), either.view(), hllSparseMaxBytes);
      if (fault !== undefined) return redisError(`ERR TESTFAILED ${fault}`);
      checked *= 10;
    }
    return OK;
  },
});
