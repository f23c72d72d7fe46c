// HIMPORT: hashes with the same fields, whose names the connection gives once.

import { ascii, type Bytes, own } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import { MAX_FIELDSET_BYTES } from '../../protocol/limits';
import { OK } from '../../protocol/reply';
import { type CommandSpec, command, container } from '../../spec/command';
import { helpFor } from '../../spec/help';
import { keyAt } from '../../spec/keys';
import { asHash } from '../../spec/narrow';
import { HashValue } from '../../types/hash';

const DUPLICATE = redisError('ERR duplicate field name in fieldset');
const NO_FIELDSET = redisError('ERR no such fieldset');
const WRONG_COUNT = redisError('ERR value count does not match fieldset field count');
const TOO_LARGE = redisError('ERR the fieldsets of this connection are too large');

const SINCE = '8.10.0';

type SubcommandSpec = Pick<CommandSpec, 'summary' | 'complexity' | 'arity' | 'flags' | 'syntax' | 'run'> & Partial<CommandSpec>;

/** Declares `HIMPORT <name>`. What it is about is a matter of one connection. */
function declare(name: string, spec: SubcommandSpec): CommandSpec {
  return command({ name: `himport|${name}`, group: 'hash', since: SINCE, ...spec });
}

/** Redis keeps the fields of such a hash by length, then by their bytes, whatever the order of the fieldset. */
function byLength(a: Bytes, b: Bytes): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

const prepare = declare('prepare', {
  summary: 'Names the fields of the hashes that this connection is about to import.',
  complexity: 'O(N*log(N)), N being the number of fields',
  arity: -4,
  flags: ['denyoom'],
  tips: ['request_policy:all_shards'],
  sharding: 'local',
  syntax: 'fieldset-name field [field ...]',
  difference:
    'The fieldsets of one connection (HIMPORT) may take 1 MB. A WebSocket connection that has some ends when its shard goes to sleep, after some ten seconds without a request to it.',
  run({ client }, argv) {
    const [, , name, ...fields] = argv as [Bytes, Bytes, Bytes, ...Bytes[]];
    if (new Set(fields).size < fields.length) throw DUPLICATE;
    const bytes = fields.reduce((total, field) => total + field.length, name.length);
    if (client.fieldsetBytes + bytes > MAX_FIELDSET_BYTES) throw TOO_LARGE;
    client.fieldsets.set(own(name), fields.map(own));
    return OK;
  },
});

const set = declare('set', {
  summary: 'Stores a hash with the fields of a fieldset and the given values, in the place of any other.',
  complexity: 'O(N), N being the number of fields of the fieldset',
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: [keyAt(2, 'OW', 'update')],
  syntax: 'key fieldset-name value [value ...]',
  run(ctx, argv) {
    const [, , key, name, ...values] = argv as [Bytes, Bytes, Bytes, Bytes, ...Bytes[]];
    const existing = asHash(ctx.keys.write(key));
    const fields = ctx.client.fieldsets.get(name);
    if (!fields) throw NO_FIELDSET;
    if (values.length !== fields.length) throw WRONG_COUNT;
    const hash = new HashValue(ctx.limits);
    const places = fields.map((_, place) => place).sort((a, b) => byLength(fields[a] as Bytes, fields[b] as Bytes));
    const couples = places.flatMap((place) => [fields[place] as Bytes, values[place] as Bytes]);
    for (let i = 0; i < couples.length; i += 2) hash.set(couples[i] as Bytes, couples[i + 1] as Bytes);
    ctx.keys.set(key, hash, 'hset');
    // The journal has no connections.
    if (existing) ctx.effect(ascii('DEL'), key);
    ctx.effect(ascii('HSET'), key, ...couples);
    return OK;
  },
});

const discard = declare('discard', {
  summary: 'Forgets one fieldset of this connection.',
  complexity: 'O(N), N being the number of fields of the fieldset',
  arity: 3,
  flags: [],
  sharding: 'local',
  syntax: 'fieldset-name',
  run: ({ client }, argv) => (client.fieldsets.delete(argv[2] as Bytes) ? 1 : 0),
});

const discardAll = declare('discardall', {
  summary: 'Forgets all fieldsets of this connection, and tells how many there were.',
  complexity: 'O(N), N being the number of fieldsets',
  arity: 2,
  flags: [],
  sharding: 'local',
  syntax: '',
  run({ client }) {
    const { size } = client.fieldsets;
    client.fieldsets.clear();
    return size;
  },
});

const subcommands = [discard, discardAll, prepare, set];

export const himport = container({
  name: 'himport',
  group: 'hash',
  summary: 'Commands that import many hashes with the same fields.',
  since: SINCE,
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  rest: 'refused',
  subcommands: [...subcommands, helpFor('himport', 'hash', SINCE, ['loading', 'stale'], subcommands)],
});
