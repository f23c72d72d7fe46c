// COMMAND: what the registry says about itself. All of it is derived from the declarations.

import { ascii, type Bytes } from '../../../bytes/bytes';
import { globMatch } from '../../../bytes/glob';
import { SYNTAX } from '../../../protocol/errors';
import { MapReply, type Reply } from '../../../protocol/reply';
import { aclCategoriesOf } from '../../../spec/acl';
import { type AnyCommandSpec, command, container, isContainer } from '../../../spec/command';
import { Cursor } from '../../../spec/cursor';
import { helpFor } from '../../../spec/help';
import type { Server } from '../../../spec/server';
import { describeDocs } from './docs';
import { commandGetKeys, commandGetKeysAndFlags } from './get-keys';
import { describeInfo } from './info';

const SHARED = {
  group: 'server',
  flags: ['loading', 'stale', 'sentinel'],
  categories: ['connection'],
  sharding: 'local',
} as const;

const byName = (server: Server, name: Bytes): AnyCommandSpec | undefined => server.commands.byName(name.toLowerCase());

const count = command({
  ...SHARED,
  name: 'command|count',
  summary: 'Returns the number of commands.',
  since: '2.8.13',
  complexity: 'O(1)',
  arity: 2,
  syntax: '',
  run: (ctx) => ctx.server.commands.all.length,
});

const info = command({
  ...SHARED,
  name: 'command|info',
  summary: 'Describes the named commands, or all of them.',
  since: '2.8.13',
  complexity: 'O(N) where N is the number of commands to look up',
  arity: -2,
  tips: ['nondeterministic_output_order'],
  syntax: '[command-name ...]',
  history: [['7.0.0', 'Without a name it describes all commands.']],
  run(ctx, argv): Reply {
    if (argv.length === 2) return ctx.server.commands.all.map(describeInfo);
    return argv.slice(2).map((name) => {
      const spec = byName(ctx.server, name);
      return spec ? describeInfo(spec) : null;
    });
  },
});

const docs = command({
  ...SHARED,
  name: 'command|docs',
  summary: 'Returns the documentation of the named commands, or of all of them.',
  since: '7.0.0',
  complexity: 'O(N) where N is the number of commands to look up',
  arity: -2,
  tips: ['nondeterministic_output_order'],
  syntax: '[command-name ...]',
  run(ctx, argv): Reply {
    const { commands } = ctx.server;
    const specs = argv.length === 2 ? commands.all : argv.slice(2).map((name) => byName(ctx.server, name));
    return new MapReply(specs.flatMap((spec) => (spec ? [ascii(spec.name), describeDocs(spec)] : [])));
  },
});

type Filter = (spec: AnyCommandSpec) => boolean;

function readFilter(argv: readonly Bytes[]): Filter {
  const cursor = new Cursor(argv, 2);
  let filter: Filter = () => true;
  while (!cursor.done) {
    if (cursor.left !== 3 || !cursor.keyword('FILTERBY')) throw SYNTAX;
    // There are no modules here, so none of them has a command.
    if (cursor.option('MODULE')) filter = () => false;
    else if (cursor.option('ACLCAT')) {
      const category = (argv[4] as Bytes).toLowerCase();
      filter = (spec) => aclCategoriesOf(spec).includes(category);
    } else if (cursor.option('PATTERN')) filter = (spec) => globMatch(argv[4] as Bytes, ascii(spec.name), true);
    else throw SYNTAX;
    cursor.next();
  }
  return filter;
}

const list = command({
  ...SHARED,
  name: 'command|list',
  summary: 'Lists the names of commands and subcommands.',
  since: '7.0.0',
  complexity: 'O(N) where N is the total number of Redis commands',
  arity: -2,
  tips: ['nondeterministic_output_order'],
  syntax: '[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]',
  run(ctx, argv): Reply {
    const filter = readFilter(argv);
    const names: Bytes[] = [];
    for (const spec of ctx.server.commands.all) {
      for (const one of isContainer(spec) ? [spec, ...spec.subcommands] : [spec]) if (filter(one)) names.push(ascii(one.name));
    }
    return names;
  },
});

const subcommands = [count, docs, commandGetKeys, commandGetKeysAndFlags, info, list];
const help = command({ ...helpFor('command', 'server', '5.0.0', SHARED.flags, subcommands), categories: SHARED.categories });

export const commandCommand = container({
  ...SHARED,
  name: 'command',
  summary: 'Describes every command.',
  since: '2.8.13',
  complexity: 'O(N) where N is the total number of Redis commands',
  arity: -1,
  tips: ['nondeterministic_output_order'],
  syntax: '',
  subcommands: [...subcommands, help],
  run: (ctx): Reply => ctx.server.commands.all.map(describeInfo),
});
