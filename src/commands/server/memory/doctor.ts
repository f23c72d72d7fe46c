// MEMORY DOCTOR: what is known about memory, in sentences.

import { fromText } from '../../../bytes/bytes';
import { VerbatimReply } from '../../../protocol/reply';
import { command } from '../../../spec/command';
import type { Context } from '../../../spec/context';

/** A peak that is so many times what is used now is worth a word. */
const FAR_ABOVE = 1.5;
/** A key that takes more than this on average is large. */
const LARGE_BYTES = 100_000;

const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} KB`;

function report({ server: { memory }, keys }: Context): string {
  const { dataset, resident, used, peak, residentKeys } = memory;
  if (keys.size === 0) return 'There are no keys.\n';
  const lines = [
    `There are ${keys.size} keys, ${residentKeys} of them in memory, where they take about ${kilobytes(resident)}; the others wait in storage.`,
  ];
  if (peak > used * FAR_ABOVE) lines.push(`With the connections it is ${kilobytes(used)}, and was ${kilobytes(peak)} at the peak.`);
  if (dataset / keys.size > LARGE_BYTES) {
    lines.push('The values are large: MEMORY USAGE tells what one takes, and several smaller ones are cheaper to load and to change.');
  }
  return `${lines.join('\n')}\n`;
}

export const doctor = command({
  name: 'memory|doctor',
  group: 'server',
  summary: 'Reports in words on memory.',
  since: '4.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: [],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  syntax: '',
  sharding: 'local',
  run: (ctx) => new VerbatimReply('txt', fromText(report(ctx))),
});
