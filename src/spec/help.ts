// The HELP subcommand of a container, made from the declarations of the other subcommands.

import { fromText } from '../bytes/bytes';
import { Status } from '../protocol/reply';
import { type CommandSpec, command, type Flag, type Group } from './command';
import { readableSyntax } from './syntax';

/** Declares `<container>|help`, which lists `subcommands` with their arguments and what they do. */
export function helpFor(
  container: string,
  group: Group,
  since: string,
  flags: readonly Flag[],
  subcommands: readonly CommandSpec[],
): CommandSpec {
  return command({
    name: `${container}|help`,
    group,
    summary: `Lists the subcommands of ${container.toUpperCase()}.`,
    since,
    complexity: 'O(1)',
    arity: 2,
    flags,
    syntax: '',
    sharding: 'local',
    run: () => [
      new Status(`${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`),
      ...subcommands.flatMap(linesOf),
      new Status('HELP'),
      new Status('    Prints this help.'),
    ],
  });
}

function linesOf({ name, syntax, summary }: CommandSpec): Status[] {
  const subcommand = name.slice(name.indexOf('|') + 1).toUpperCase();
  return [new Status(`${subcommand} ${readableSyntax(syntax)}`.trimEnd()), new Status(`    ${fromText(summary)}`)];
}
