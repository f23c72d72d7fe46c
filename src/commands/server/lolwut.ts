// LOLWUT: a little art, then the version. Clients look for the version in the last line.

import { ascii, type Bytes, fromText } from '../../bytes/bytes';
import { VerbatimReply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { requireInteger } from '../../spec/cursor';
import { REDIS_VERSION } from '../../spec/version';

const COLUMNS = 48;
const ROWS = 10;
const WATER = ['~', '~', '~', '-', ' ', ' '];

/** A ridge above water, different every time: the shore that Kedge's anchor is thrown at. */
function shore(random: Context['random']): string {
  const heights: number[] = [];
  let height = random.below(ROWS);
  for (let column = 0; column < COLUMNS; column++) {
    height = Math.min(ROWS - 1, Math.max(0, height + random.below(3) - 1));
    heights.push(height);
  }
  const lines: string[] = [];
  for (let row = ROWS - 1; row > 0; row--) {
    const line = heights.map((top) => (top > row ? '#' : top === row ? '^' : ' ')).join('');
    lines.push(line.trimEnd());
  }
  const water = heights.map(() => WATER[random.below(WATER.length)]).join('');
  return [...lines, water.trimEnd()].join('\n');
}

export const lolwut = command({
  name: 'lolwut',
  group: 'server',
  summary: 'Draws something and tells the version.',
  since: '5.0.0',
  complexity: '',
  arity: -1,
  flags: ['readonly', 'fast'],
  syntax: '[VERSION version:integer]',
  sharding: 'local',
  run(ctx, argv) {
    if (argv.length >= 3 && (argv[1] as Bytes).toLowerCase() === 'version') requireInteger(argv[2]);
    return new VerbatimReply('txt', fromText(`${shore(ctx.random)}\n\nRedis ver. ${ascii(REDIS_VERSION)}\n`));
  },
});
