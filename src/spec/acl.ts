// ACL categories: most follow from a command's flags and group, the rest are in its declaration.

import { type CommandSpec, type ContainerSpec, type Flag, type Group, isContainer } from './command';

/** All categories, in the order in which Redis 7.0 lists those of a command; those of modules follow. */
export const ACL_CATEGORIES: readonly string[] = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
  'array',
  'json',
  'bloom',
  'cuckoo',
  'cms',
  'topk',
];

const BY_GROUP: Readonly<Partial<Record<Group, string>>> = {
  string: 'string',
  hash: 'hash',
  list: 'list',
  set: 'set',
  'sorted-set': 'sortedset',
  stream: 'stream',
  bitmap: 'bitmap',
  hyperloglog: 'hyperloglog',
  geo: 'geo',
  array: 'array',
  json: 'json',
  bloom: 'bloom',
  cuckoo: 'cuckoo',
  cms: 'cms',
  topk: 'topk',
  generic: 'keyspace',
  transactions: 'transaction',
  connection: 'connection',
  scripting: 'scripting',
};

/** What Redis says of a command for several types, in place of its group. */
const TYPE_CATEGORIES = ['set', 'sortedset', 'list'];

const BY_FLAG: Readonly<Partial<Record<Flag, readonly string[]>>> = {
  write: ['write'],
  admin: ['admin', 'dangerous'],
  pubsub: ['pubsub'],
  fast: ['fast'],
  blocking: ['blocking'],
};

/** The categories of a command or container, without `@`, in Redis' order (server.c setImplicitACLCategories). */
export function aclCategoriesOf(spec: CommandSpec | ContainerSpec): string[] {
  const categories = new Set(spec.categories);
  const byGroup = BY_GROUP[spec.group];
  // A container that cannot be called has nothing but its speed; its subcommands carry the group.
  const callable = !isContainer(spec) || spec.run !== undefined;
  if (byGroup !== undefined && callable && !TYPE_CATEGORIES.some((category) => categories.has(category))) categories.add(byGroup);
  for (const flag of spec.flags) for (const category of BY_FLAG[flag] ?? []) categories.add(category);
  // Commands that run scripts are kept out of @read even when the script may only read.
  if (spec.flags.includes('readonly') && !categories.has('scripting')) categories.add('read');
  if (!categories.has('fast')) categories.add('slow');
  return ACL_CATEGORIES.filter((category) => categories.has(category));
}
