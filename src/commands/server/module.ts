// MODULE: there are none. What well-known modules add to Redis is built in.

import type { Reply } from '../../protocol/reply';
import { command, container } from '../../spec/command';
import { helpFor } from '../../spec/help';

const list = command({
  name: 'module|list',
  group: 'server',
  summary: 'Lists the loaded modules, of which there are none.',
  since: '4.0.0',
  complexity: 'O(N) where N is the number of loaded modules.',
  arity: 2,
  flags: ['admin', 'noscript'],
  tips: ['nondeterministic_output_order'],
  syntax: '',
  sharding: 'local',
  run: (): Reply => [],
});

export const moduleContainer = container({
  name: 'module',
  group: 'server',
  summary: 'Tells about modules.',
  since: '4.0.0',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [list, helpFor('module', 'server', '5.0.0', ['loading', 'stale'], [list])],
});
