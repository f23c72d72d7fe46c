// LATENCY DOCTOR: the events in sentences, and what can be done about them.

import type { Server } from '../../../spec/server';

const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

const ADVICE: Readonly<Record<string, string>> = {
  command: 'Look into SLOWLOG GET for the commands that took long, and at how large the values are that they work on.',
  'eviction-cycle': 'Keys had to go to make room: raise maxmemory, or lower maxmemory-eviction-tenacity, so that less is done at a time.',
  'expire-cycle': 'Many keys expired at once: give them deadlines that are apart from each other.',
};

export function report({ latency, settings }: Server, now: number): string {
  const { events } = latency;
  if (events.length > 0) return `${events.map((event, i) => describe(event, i + 1, latency, now)).join('')}${advice(events)}`;
  return settings.get('latency-monitor-threshold') === '0'
    ? 'Latency is not watched. CONFIG SET latency-monitor-threshold to the milliseconds from which on it is to be.\n'
    : 'Nothing has taken so long as latency-monitor-threshold says.\n';
}

function describe(event: string, number: number, latency: Server['latency'], now: number): string {
  const samples = latency.samples(event);
  const times = samples.map(({ ms }) => ms);
  const average = mean(times);
  const deviation = mean(times.map((ms) => Math.abs(ms - average)));
  const period = Math.max(1, now / 1000 - (samples[0]?.second ?? 0)) / samples.length;
  const worst = latency.worstMs(event);
  return `${number}. ${event}: ${samples.length} samples (average ${Math.round(average)} ms, mean deviation ${Math.round(deviation)} ms, one in ${period.toFixed(2)} s). The worst took ${worst} ms.\n`;
}

function advice(events: readonly string[]): string {
  const lines = events.flatMap((event) => ADVICE[event] ?? []);
  return lines.length === 0 ? '' : `\n${lines.map((line) => `- ${line}\n`).join('')}`;
}
