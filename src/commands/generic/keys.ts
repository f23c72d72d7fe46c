// KEYS and RANDOMKEY.

import type { Bytes } from '../../bytes/bytes';
import { globMatch } from '../../bytes/glob';
import { command } from '../../spec/command';

export const keys = command({
  name: 'keys',
  group: 'generic',
  summary: 'Returns all keys that match a pattern.',
  since: '1.0.0',
  complexity: 'O(N) where N is the number of keys in the database.',
  arity: 2,
  flags: ['readonly'],
  categories: ['dangerous'],
  tips: ['request_policy:all_shards', 'nondeterministic_output_order'],
  syntax: 'pattern',
  sharding: { all: 'concatenate' },
  pattern: (argv) => argv[1],
  run(ctx, argv) {
    const pattern = argv[1] as Bytes;
    const matching: Bytes[] = [];
    // A lone star is not asked: it would not match the empty key.
    ctx.keys.forEach((key) => {
      if (pattern === '*' || globMatch(pattern, key)) matching.push(key);
    });
    return matching;
  },
});

export const randomkey = command({
  name: 'randomkey',
  group: 'generic',
  summary: 'Returns a random key, or null when there is none.',
  since: '1.0.0',
  complexity: 'O(log(N)) where N is the number of keys in the database.',
  arity: 1,
  flags: ['readonly'],
  tips: ['request_policy:all_shards', 'nondeterministic_output'],
  syntax: '',
  sharding: { all: 'any' },
  run: (ctx) => ctx.keys.randomKey() ?? null,
});
