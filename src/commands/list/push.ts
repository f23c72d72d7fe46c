// Adding at the ends of a list.

import type { Bytes } from '../../bytes/bytes';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asList } from '../../spec/narrow';
import { ListValue, type Side } from '../../types/list';
import { PUSHED } from './side';

function pushTo(side: Side, creates: boolean) {
  return (ctx: Context, argv: readonly Bytes[]): Reply => {
    const key = argv[1] as Bytes;
    const existing = asList(ctx.keys.write(key));
    if (!existing && !creates) return 0;
    const list = existing ?? new ListValue(ctx.limits);
    for (let i = 2; i < argv.length; i++) list.push(side, argv[i] as Bytes);
    if (existing) ctx.keys.changed(key, PUSHED[side]);
    else ctx.keys.set(key, list, PUSHED[side]);
    return list.size;
  };
}

const common = {
  group: 'list',
  complexity: 'O(N), N being the number of elements added',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  syntax: 'key element [element ...]',
} as const;

export const lpush = command({
  ...common,
  name: 'lpush',
  summary: 'Adds elements on the left of a list, each before the one added before it. Creates the list if needed.',
  since: '1.0.0',
  history: [['2.4.0', 'Takes several elements.']],
  run: pushTo('left', true),
});

export const rpush = command({
  ...common,
  name: 'rpush',
  summary: 'Adds elements on the right of a list. Creates the list if needed.',
  since: '1.0.0',
  history: [['2.4.0', 'Takes several elements.']],
  run: pushTo('right', true),
});

export const lpushx = command({
  ...common,
  name: 'lpushx',
  summary: 'Adds elements on the left of a list that exists already.',
  since: '2.2.0',
  history: [['4.0.0', 'Takes several elements.']],
  run: pushTo('left', false),
});

export const rpushx = command({
  ...common,
  name: 'rpushx',
  summary: 'Adds elements on the right of a list that exists already.',
  since: '2.2.0',
  history: [['4.0.0', 'Takes several elements.']],
  run: pushTo('right', false),
});
