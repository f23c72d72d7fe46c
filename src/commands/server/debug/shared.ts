import { type CommandSpec, command } from '../../../spec/command';

type DebugSpec = Pick<CommandSpec, 'summary' | 'arity' | 'syntax' | 'run'> & Partial<CommandSpec>;

/** Declares `DEBUG <name>`: what all of them have in common is said here. */
export function debugCommand(name: string, spec: DebugSpec): CommandSpec {
  return command({
    name: `debug|${name}`,
    group: 'server',
    since: '1.0.0',
    complexity: 'Depends on the subcommand.',
    flags: ['admin', 'noscript', 'loading', 'stale'],
    sharding: 'local',
    debug: true,
    ...spec,
  });
}

/** How C's atoi reads a switch: anything that does not begin with a number is 0. */
export function isOn(text: string): boolean {
  return (Number.parseInt(text, 10) || 0) !== 0;
}
