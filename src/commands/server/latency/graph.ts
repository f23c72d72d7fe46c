// LATENCY GRAPH: the samples of an event as columns of characters, with how long ago each was below (sparkline.c).

import type { LatencySample } from '../../../spec/server';

const COLUMNS = 80;
const ROWS = 4;
/** A column's top, in three heights within a row. */
const TOPS = '_o#';
const STEPS = TOPS.length * ROWS;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function ago(seconds: number): string {
  if (seconds < MINUTE) return `${seconds}s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)}h`;
  return `${Math.floor(seconds / DAY)}d`;
}

/** What of a column that is `height` steps tall stands in a row, counted from below. */
function cell(height: number, row: number): string {
  const above = height - row * TOPS.length;
  if (above < 0) return ' ';
  return TOPS[above] ?? '|';
}

export function drawSamples(event: string, samples: readonly LatencySample[], worstMs: number, nowSeconds: number): string {
  const low = Math.min(...samples.map(({ ms }) => ms));
  const high = Math.max(...samples.map(({ ms }) => ms));
  const range = high - low || 1;
  const parts: string[] = [];
  for (let at = 0; at < samples.length; at += COLUMNS) {
    const some = samples.slice(at, at + COLUMNS);
    const heights = some.map(({ ms }) => Math.min(STEPS - 1, Math.floor(((ms - low) * STEPS) / range)));
    const labels = some.map(({ second }) => ago(nowSeconds - second));
    const lines: string[] = [];
    for (let row = ROWS - 1; row >= 0; row--) lines.push(heights.map((height) => cell(height, row)).join(''));
    lines.push(' '.repeat(some.length));
    const tallest = Math.max(...labels.map((label) => label.length));
    for (let i = 0; i < tallest; i++) lines.push(labels.map((label) => label[i] ?? ' ').join(''));
    parts.push(`${lines.join('\n')}\n`);
  }
  const title = `${event} - high ${high} ms, low ${low} ms (all time high ${worstMs} ms)`;
  return `${title}\n${'-'.repeat(COLUMNS)}\n${parts.join('\n')}`;
}
