// CLUSTER and what belongs to it: answered as by a Redis that is not part of a cluster, which is what cluster clients look
// for before they go on as with a single server. Slots exist all the same: keys are spread over shards by them.

import type { Bytes } from '../../bytes/bytes';
import { slotOf } from '../../bytes/crc16';
import { redisError } from '../../protocol/errors';
import { type CommandSpec, command, container, type Flag } from '../../spec/command';
import { helpFor } from '../../spec/help';

const DISABLED = redisError('ERR This instance has cluster support disabled');

interface Question {
  readonly name: string;
  readonly since?: string;
  readonly complexity?: string;
  readonly arity?: number;
  readonly flags?: readonly Flag[];
  readonly syntax?: string;
  readonly tips?: readonly string[];
}

const CHANGING = { tips: ['nondeterministic_output'] };

/** A question about the cluster, of which there is none. */
function declineQuestion({ name, since = '3.0.0', complexity = 'O(1)', arity = 2, flags = ['stale'], syntax = '', tips = [] }: Question) {
  return command({
    name: `cluster|${name}`,
    group: 'cluster',
    summary: 'Answers that this is no Redis Cluster.',
    since,
    complexity,
    arity,
    flags,
    syntax,
    tips,
    sharding: 'local',
    run: () => DISABLED,
  });
}

const keySlot = command({
  name: 'cluster|keyslot',
  group: 'cluster',
  summary: 'Returns the hash slot of a key.',
  since: '3.0.0',
  complexity: 'O(N) where N is the number of bytes in the key',
  arity: 3,
  flags: ['stale'],
  syntax: 'key:string',
  sharding: 'local',
  difference:
    'CLUSTER KEYSLOT answers; every other question to CLUSTER, READONLY, READWRITE and ASKING get the answer of a Redis that is not part of a cluster. Shards are reached through any connection.',
  run: (_ctx, argv) => slotOf(argv[2] as Bytes),
});

const NODES = 'O(N) where N is the total number of Cluster nodes';

const subcommands: CommandSpec[] = [
  declineQuestion({ name: 'countkeysinslot', arity: 3, syntax: 'slot:integer' }),
  declineQuestion({
    name: 'getkeysinslot',
    arity: 4,
    syntax: 'slot:integer count:integer',
    complexity: 'O(N) where N is the number of requested keys',
    ...CHANGING,
  }),
  declineQuestion({ name: 'info', ...CHANGING }),
  keySlot,
  declineQuestion({ name: 'links', since: '7.0.0', complexity: NODES, ...CHANGING }),
  declineQuestion({ name: 'myid' }),
  declineQuestion({ name: 'myshardid', since: '7.2.0', ...CHANGING }),
  declineQuestion({ name: 'nodes', complexity: NODES, ...CHANGING }),
  declineQuestion({
    name: 'shards',
    since: '7.0.0',
    complexity: 'O(N) where N is the total number of cluster nodes',
    ...CHANGING,
  }),
  {
    ...declineQuestion({ name: 'slots', complexity: NODES, ...CHANGING }),
    deprecated: { since: '7.0.0', replacedBy: '`CLUSTER SHARDS`' },
    history: [
      ['4.0.0', 'Added the ids of nodes.'],
      ['7.0.0', 'Added more about the addresses of nodes.'],
    ],
  },
];

const cluster = container({
  name: 'cluster',
  group: 'cluster',
  summary: 'Tells about hash slots.',
  since: '3.0.0',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [...subcommands, helpFor('cluster', 'cluster', '5.0.0', ['loading', 'stale'], subcommands)],
});

/** What a connection to a node of a cluster is told. */
function declineMode(name: string, flags: readonly Flag[]): CommandSpec {
  return command({
    name,
    group: 'cluster',
    summary: 'Answers that this is no Redis Cluster.',
    since: '3.0.0',
    complexity: 'O(1)',
    arity: 1,
    flags,
    categories: ['connection'],
    syntax: '',
    sharding: 'local',
    run: () => DISABLED,
  });
}

export const clusterCommands = [
  declineMode('asking', ['fast']),
  cluster,
  declineMode('readonly', ['fast', 'loading', 'stale']),
  declineMode('readwrite', ['fast', 'loading', 'stale']),
];
