// LATENCY HISTOGRAM: how many calls of a command took at most so long, in steps that double.

import { ascii } from '../../../bytes/bytes';
import { MapReply, type Reply } from '../../../protocol/reply';
import { command, isContainer } from '../../../spec/command';
import type { CommandStats, Server } from '../../../spec/server';

/** Upper bounds of the steps in microseconds, as Redis rounds them. What takes no millisecond is in the first one. */
const STEPS_US = [1056, 2113, 4227, 8454, 16908, 33816, 67633, 135266, 270532, 541065];

/** Cumulative: a step counts the calls of those before it too. Steps without a call of their own are left out. */
function distribution({ calls, slow }: CommandStats): Reply {
  const counts = new Map<number, number>();
  let timed = 0;
  for (const [ms, count] of slow) {
    const step = STEPS_US.find((us) => ms * 1000 <= us) ?? Number.POSITIVE_INFINITY;
    counts.set(step, (counts.get(step) ?? 0) + count);
    timed += count;
  }
  const first = STEPS_US[0] as number;
  counts.set(first, (counts.get(first) ?? 0) + calls - timed);
  const items: Reply[] = [];
  let sum = 0;
  for (const us of [...STEPS_US, Number.POSITIVE_INFINITY]) {
    const count = counts.get(us) ?? 0;
    sum += count;
    // Redis counts nothing as longer than a second.
    if (count > 0) items.push(Number.isFinite(us) ? us : 1_000_000, sum);
  }
  return new MapReply(items);
}

/** The names asked for that have been called; a container stands for its subcommands. */
function* calledOf(server: Server, names: readonly string[]): Generator<string> {
  for (const name of names) {
    const spec = server.commands.byName(name.toLowerCase());
    if (spec) yield spec.name;
    if (spec && isContainer(spec)) for (const subcommand of spec.subcommands) yield subcommand.name;
  }
}

export const histogram = command({
  name: 'latency|histogram',
  group: 'server',
  summary: 'Returns for some commands, or all, how many calls took at most how many microseconds.',
  since: '7.0.0',
  complexity: 'O(N) where N is the number of commands with latency information being retrieved.',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  syntax: '[command [command ...]]',
  sharding: 'local',
  run({ server }, argv) {
    const { commands } = server.stats;
    const names = argv.length > 2 ? calledOf(server, argv.slice(2)) : commands.keys();
    const items: Reply[] = [];
    for (const name of names) {
      const stats = commands.get(name);
      if (!stats || stats.calls === 0) continue;
      items.push(ascii(name), new MapReply([ascii('calls'), stats.calls, ascii('histogram_usec'), distribution(stats)]));
    }
    return new MapReply(items);
  },
});
