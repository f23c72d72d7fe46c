import { ascii, type Bytes, fromText } from '../../../bytes/bytes';
import { VerbatimReply } from '../../../protocol/reply';
import { command } from '../../../spec/command';
import type { Context } from '../../../spec/context';
import { SECTIONS, type Section } from './sections';

/** The sections that the arguments ask for, each once, in the order of the table. Unknown names are passed over. */
function chosen(argv: readonly Bytes[]): Section[] {
  const names = new Set(argv.slice(1).map((name) => name.toLowerCase()));
  const everything = names.has('all') || names.has('everything');
  const defaults = names.size === 0 || names.has('default');
  return SECTIONS.filter(({ name, byDefault }) => {
    // Redis keeps its modules out of `all`; there are none here, so only the heading would differ.
    if (name === 'modules' && names.has('all') && !names.has('everything') && !names.has('modules')) return defaults;
    return everything || (defaults && byDefault) || names.has(name);
  });
}

function render(ctx: Context, sections: readonly Section[]): string {
  return sections
    .map(({ title, fields }) => {
      const lines = fields(ctx).map(([name, value]) => `${name}:${value}\r\n`);
      return `# ${title}\r\n${lines.join('')}`;
    })
    .join('\r\n');
}

export const info = command({
  name: 'info',
  group: 'server',
  summary: 'Reports on the server, its memory, its storage and what it has done.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: -1,
  flags: ['loading', 'stale', 'sentinel'],
  categories: ['dangerous'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  syntax: '[section ...]',
  sharding: 'local',
  history: [['7.0.0', 'Takes several sections.']],
  difference:
    'INFO counts no processor time, and the time of commands in whole milliseconds, as SLOWLOG does; with several shards it reports on the first.',
  run(ctx, argv) {
    const text = render(ctx, chosen(argv));
    return new VerbatimReply('txt', text.length === 0 ? ascii('') : fromText(text));
  },
});
