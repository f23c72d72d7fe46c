// ACL CAT and ACL DRYRUN: which commands there are in a category, and which the user may run.

import { ascii, type Bytes, fromText } from '../../../bytes/bytes';
import { redisError, shown, wrongSubcommandUse } from '../../../protocol/errors';
import { OK, type Reply } from '../../../protocol/reply';
import { ACL_CATEGORIES, aclCategoriesOf } from '../../../spec/acl';
import { command, isContainer } from '../../../spec/command';
import { requireDefaultUser } from './users';

const CATEGORY_LIMIT = 128;

export const cat = command({
  name: 'acl|cat',
  group: 'server',
  summary: 'Lists the categories of commands, or the commands of one.',
  since: '6.0.0',
  complexity: 'O(1) since the categories and commands are a fixed set.',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  syntax: '[categoryname]',
  sharding: 'local',
  run(ctx, argv): Reply {
    if (argv.length > 3) throw wrongSubcommandUse(argv);
    if (argv.length === 2) return ACL_CATEGORIES.map(ascii);
    const category = (argv[2] as Bytes).toLowerCase();
    if (!ACL_CATEGORIES.includes(category)) {
      throw redisError(`ERR Unknown category '${shown(argv[2] as Bytes).slice(0, CATEGORY_LIMIT)}'`);
    }
    return ctx.server.commands.all
      .flatMap((spec) => (isContainer(spec) ? [spec, ...spec.subcommands] : [spec]))
      .filter((spec) => aclCategoriesOf(spec).includes(category))
      .map(({ name }) => ascii(name));
  },
});

export const dryRun = command({
  name: 'acl|dryrun',
  group: 'server',
  summary: 'Tells whether a user may run a command, without running it.',
  since: '7.0.0',
  complexity: 'O(1).',
  arity: -4,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  syntax: 'username command [arg [arg ...]]',
  sharding: 'local',
  run(ctx, argv): Reply {
    requireDefaultUser(argv[2] as Bytes);
    const line = argv.slice(3);
    const [first] = line as [Bytes, ...Bytes[]];
    const spec = ctx.server.commands.resolve(line) ?? ctx.server.commands.byName(first.toLowerCase());
    if (!spec || (isContainer(spec) && line.length > 1)) throw redisError(`ERR Command '${shown(first)}' not found`);
    const { arity, name } = spec;
    if (arity > 0 ? line.length !== arity : line.length < -arity)
      throw redisError(fromText(`ERR wrong number of arguments for '${name}' command`));
    // Who may ask this may run everything.
    return OK;
  },
});
