// MEMORY: what keys cost, one by one and together.

import { container } from '../../../spec/command';
import { helpFor } from '../../../spec/help';
import { doctor } from './doctor';
import { mallocStats, purge, stats } from './stats';
import { usage } from './usage';

const subcommands = [doctor, mallocStats, purge, stats, usage];

export const memory = container({
  name: 'memory',
  group: 'server',
  summary: 'Tells what keys cost in memory.',
  since: '4.0.0',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [...subcommands, helpFor('memory', 'server', '4.0.0', ['loading', 'stale'], subcommands)],
});
