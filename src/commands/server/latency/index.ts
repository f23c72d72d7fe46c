// LATENCY: what took long, by the kind of work (engine/latency.ts), and how long commands take.

import { ascii, type Bytes, fromText } from '../../../bytes/bytes';
import { redisError, shown } from '../../../protocol/errors';
import { type Reply, VerbatimReply } from '../../../protocol/reply';
import { command, container } from '../../../spec/command';
import { helpFor } from '../../../spec/help';
import { report } from './doctor';
import { drawSamples } from './graph';
import { histogram } from './histogram';

const SHARED = { group: 'server', flags: ['admin', 'noscript', 'loading', 'stale'], complexity: 'O(1)', since: '2.8.13' } as const;
const TIPS = ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'];

const doctor = command({
  ...SHARED,
  name: 'latency|doctor',
  summary: 'Reports in words on what took long.',
  arity: 2,
  tips: TIPS,
  syntax: '',
  sharding: 'local',
  difference:
    'LATENCY, but for its RESET, reports on the first of several shards; LATENCY DOCTOR and MEMORY DOCTOR have words of their own.',
  run: ({ server, now }) => new VerbatimReply('txt', fromText(report(server, now))),
});

const graph = command({
  ...SHARED,
  name: 'latency|graph',
  summary: 'Draws the samples of an event.',
  arity: 3,
  tips: TIPS,
  syntax: 'event',
  sharding: 'local',
  run({ server: { latency }, now }, argv) {
    const event = argv[2] as Bytes;
    const samples = latency.samples(event);
    if (samples.length === 0) throw redisError(`ERR No samples available for event '${shown(event)}'`);
    return new VerbatimReply('txt', ascii(drawSamples(event, samples, latency.worstMs(event), Math.floor(now / 1000))));
  },
});

const history = command({
  ...SHARED,
  name: 'latency|history',
  summary: 'Returns the samples of an event: Unix time and milliseconds.',
  arity: 3,
  tips: TIPS,
  syntax: 'event',
  sharding: 'local',
  run: (ctx, argv): Reply => ctx.server.latency.samples(argv[2] as Bytes).map(({ second, ms }) => [second, ms]),
});

const latest = command({
  ...SHARED,
  name: 'latency|latest',
  summary: 'Returns the latest sample of every event, and the worst of all time.',
  arity: 2,
  tips: TIPS,
  syntax: '',
  sharding: 'local',
  run({ server: { latency } }): Reply {
    return latency.events.map((event) => {
      const { second = 0, ms = 0 } = latency.samples(event).at(-1) ?? {};
      return [ascii(event), second, ms, latency.worstMs(event)];
    });
  },
});

const reset = command({
  ...SHARED,
  name: 'latency|reset',
  summary: 'Forgets the samples of some events, or of all.',
  arity: -2,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  syntax: '[event [event ...]]',
  sharding: { all: 'sum' },
  run({ server: { latency } }, argv) {
    const events = argv.length > 2 ? argv.slice(2).map((event) => event.toLowerCase()) : latency.events;
    return events.filter((event) => latency.reset(event)).length;
  },
});

const subcommands = [doctor, graph, histogram, history, latest, reset];

export const latency = container({
  name: 'latency',
  group: 'server',
  summary: 'Tells what took long.',
  since: '2.8.13',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [...subcommands, helpFor('latency', 'server', '2.8.13', ['loading', 'stale'], subcommands)],
});
