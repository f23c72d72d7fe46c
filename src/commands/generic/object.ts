// OBJECT: what is known about a key beside its value.

import { ascii, type Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { type CommandSpec, command, container } from '../../spec/command';
import type { Context } from '../../spec/context';
import { helpFor } from '../../spec/help';
import { keyAt } from '../../spec/keys';
import type { Server } from '../../spec/server';
import { stringEncoding } from '../../types/string';
import { encodingOf, type Value } from '../../types/value';

const SWITCHING = 'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';
const NO_FREQUENCY = redisError(`ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCHING}`);
const NO_IDLE_TIME = redisError(`ERR An LFU maxmemory policy is selected, idle time not tracked. ${SWITCHING}`);
const POLICY = 'maxmemory-policy';

/** Integers below this are objects that all keys of a Redis server share, with a count of references that never changes. */
const SHARED_INTEGERS = 10000;
const SHARED_REFERENCES = 2147483647;

/** Eviction by recency or frequency needs an object of its own for each key, so nothing is shared then. */
function sharesIntegers({ settings }: Server): boolean {
  return settings.get('maxmemory') === '0' || !/l[rf]u$/.test(settings.get(POLICY));
}

function countsFrequency({ settings }: Server): boolean {
  return settings.get(POLICY).endsWith('lfu');
}

function references(ctx: Context, value: Value): number {
  const shared = typeof value === 'string' && stringEncoding(value) === 'int' && Number(value) >= 0 && Number(value) < SHARED_INTEGERS;
  return shared && sharesIntegers(ctx.server) ? SHARED_REFERENCES : 1;
}

function declare(name: string, since: string, summary: string, answer: (ctx: Context, key: Bytes, value: Value) => Reply): CommandSpec {
  return command({
    name: `object|${name}`,
    group: 'generic',
    summary,
    since,
    complexity: 'O(1)',
    arity: 3,
    flags: ['readonly'],
    keys: [keyAt(2, 'RO')],
    tips: ['nondeterministic_output'],
    syntax: 'key',
    run(ctx, argv) {
      const key = argv[2] as Bytes;
      const value = ctx.keys.inspect(key);
      return value === undefined ? null : answer(ctx, key, value);
    },
  });
}

const subcommands = [
  declare('encoding', '2.2.3', 'Names the way in which Redis would store the value of a key.', (_ctx, _key, value) =>
    ascii(encodingOf(value)),
  ),
  declare('freq', '4.0.0', 'Returns the logarithmic access counter of a key under an LFU policy.', (ctx, key) => {
    if (!countsFrequency(ctx.server)) throw NO_FREQUENCY;
    return ctx.keys.frequency(key);
  }),
  declare('idletime', '2.2.3', 'Returns the seconds since a key was last used.', (ctx, key) => {
    if (countsFrequency(ctx.server)) throw NO_IDLE_TIME;
    return Math.floor(ctx.keys.idleMs(key) / 1000);
  }),
  declare('refcount', '2.2.3', 'Returns the count of references to the value of a key.', (ctx, _key, value) => references(ctx, value)),
];

export const object = container({
  name: 'object',
  group: 'generic',
  summary: 'Commands that look at how a value is kept.',
  since: '2.2.3',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [...subcommands, helpFor('object', 'generic', '6.2.0', ['loading', 'stale'], subcommands)],
});
