// ACL, for the one user that there is: `default`. Its passwords are the tokens of the deployment, so that users are
// neither made nor changed from inside.

import type { AnyCommandSpec } from '../../../spec/command';
import { container } from '../../../spec/command';
import { helpFor } from '../../../spec/help';
import { cat, dryRun } from './commands';
import { genPass } from './gen-pass';
import { getUser, list, users, whoAmI } from './users';

const subcommands = [cat, dryRun, genPass, getUser, list, users, whoAmI];

export const acl: AnyCommandSpec = container({
  name: 'acl',
  group: 'server',
  summary: 'Tells about the user and its rights.',
  since: '6.0.0',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: ['sentinel'],
  syntax: '',
  subcommands: [...subcommands, helpFor('acl', 'server', '6.0.0', ['loading', 'stale', 'sentinel'], subcommands)],
});
