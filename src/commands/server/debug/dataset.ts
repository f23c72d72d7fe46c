// DEBUG subcommands that look at, fill or reload the dataset.

import { ascii, type Bytes, own } from '../../../bytes/bytes';
import { sha1Hex } from '../../../bytes/sha1';
import { MUST_BE_POSITIVE, NO_SUCH_KEY, redisError } from '../../../protocol/errors';
import { OK, Status } from '../../../protocol/reply';
import { NO_DEADLINE } from '../../../spec/context';
import { requireInteger } from '../../../spec/cursor';
import { keyAt, keysFrom } from '../../../spec/keys';
import { DatasetDigest, valueDigest } from '../../../types/digest';
import { savedLength } from '../../../types/rdb/payload';
import { encodingOf } from '../../../types/value';
import { debugCommand } from './shared';

const RELOAD_OPTIONS = new Set(['MERGE', 'NOFLUSH', 'NOSAVE']);
const WRONG_RELOAD = redisError('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.');
const CANNOT_LOAD = redisError('ERR Error trying to load the RDB dump');
const LRU_CLOCK_MASK = 0xffffff;

const digest = debugCommand('digest', {
  summary: 'Returns a digest of the whole dataset, the same as redis-server’s for the same data.',
  arity: 2,
  syntax: '',
  sharding: { all: 'digest' },
  run(ctx) {
    const dataset = new DatasetDigest();
    ctx.server.forEachEntry((key, value, deadline) => dataset.add(key, value, deadline !== NO_DEADLINE));
    return new Status(dataset.hex());
  },
});

const digestValue = debugCommand('digest-value', {
  summary: 'Returns a digest of the value of each key, the same as redis-server’s for the same values.',
  arity: -2,
  syntax: '[key ...]',
  keys: [keysFrom(2, -1, 1, 'RO')],
  sharding: { split: 'scatter' },
  run(ctx, argv) {
    return argv.slice(2).map((key) => {
      const value = ctx.keys.peek(key);
      const words = value === undefined ? new Int32Array(5) : valueDigest(value, ctx.keys.deadline(key) !== NO_DEADLINE);
      return new Status(sha1Hex(words));
    });
  },
});

const NO_LISTPACK = redisError('ERR Not a listpack encoded object.');

const listpack = debugCommand('listpack', {
  summary: 'Tells whether Redis would hold the value of a key as a listpack. There is none to print.',
  arity: 3,
  syntax: 'key',
  keys: [keyAt(2, 'RO')],
  sharding: 'keys',
  run(ctx, argv) {
    const value = ctx.keys.peek(argv[2] as Bytes);
    if (value === undefined) throw NO_SUCH_KEY;
    if (!encodingOf(value).startsWith('listpack')) throw NO_LISTPACK;
    return new Status('Listpack structure printed on stdout');
  },
});

const object = debugCommand('object', {
  summary: 'Tells how the value of a key is stored.',
  arity: 3,
  syntax: 'key',
  keys: [keyAt(2, 'RO')],
  sharding: 'keys',
  run(ctx, argv) {
    const key = argv[2] as Bytes;
    const value = ctx.keys.evenExpired(key);
    if (value === undefined) throw NO_SUCH_KEY;
    const idleSeconds = Math.floor(ctx.keys.idleMs(key) / 1000);
    const clock = (Math.floor(ctx.now / 1000) - idleSeconds) & LRU_CLOCK_MASK;
    const length = savedLength(value);
    // There is no address to show; Redis' suite compares it before and after a change in place.
    return new Status(
      `Value at:0x0 refcount:1 encoding:${encodingOf(value)} serializedlength:${length} lru:${clock} lru_seconds_idle:${idleSeconds}`,
    );
  },
});

/** Every shard creates those of the keys that belong to it. */
const populate = debugCommand('populate', {
  summary: 'Creates string keys `prefix:0`, `prefix:1`… that do not exist yet.',
  arity: -3,
  syntax: 'count:integer [prefix [size:integer]]',
  sharding: { all: 'ok' },
  run(ctx, argv) {
    const count = requireInteger(argv[2], MUST_BE_POSITIVE, 0);
    const prefix = argv[3] ?? 'key';
    const size = argv.length > 4 ? requireInteger(argv[4], MUST_BE_POSITIVE, 0) : 0;
    for (let i = 0; i < count; i++) {
      const key = ascii(`${prefix}:${i}`);
      if (!ctx.server.owns(key) || ctx.keys.has(key)) continue;
      const text = `value:${i}`;
      ctx.keys.set(key, own(ascii(size === 0 ? text : text.slice(0, size).padEnd(size, '\0'))), undefined);
    }
    return OK;
  },
});

const reload = debugCommand('reload', {
  summary: 'Writes a checkpoint, forgets all that is in memory and recovers from storage; with NOSAVE the checkpoint is left out.',
  arity: -2,
  syntax: '[MERGE] [NOFLUSH] [NOSAVE]',
  sharding: { all: 'ok' },
  run(ctx, argv) {
    const options = argv.slice(2).map((option) => option.toUpperCase());
    if (!options.every((option) => RELOAD_OPTIONS.has(option))) throw WRONG_RELOAD;
    // Of keys storage has the same as memory, so that merging with it or not comes to the same.
    if (options.includes('NOFLUSH') && !options.includes('MERGE') && ctx.scripts.use.libraries > 0) throw CANNOT_LOAD;
    ctx.server.persistence.reload(options.includes('NOSAVE') ? 'journal' : 'entries');
    return OK;
  },
});

const loadAof = debugCommand('loadaof', {
  summary: 'Forgets all that is in memory and recovers from storage and the journal.',
  arity: 2,
  syntax: '',
  sharding: { all: 'ok' },
  run(ctx) {
    ctx.server.persistence.reload('journal');
    return OK;
  },
});

export const datasetCommands = [digest, digestValue, listpack, loadAof, object, populate, reload];
