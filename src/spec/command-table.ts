// The README's lists, from the declarations alone: commands by group, and where Kedge differs from Redis, and what it does not have.

import { type AnyCommandSpec, type Group, isContainer } from './command';
import { readableSyntax } from './syntax';

/** In the order of the README. */
const TITLES: Readonly<Record<Group, string>> = {
  generic: 'Keys',
  string: 'Strings',
  hash: 'Hashes',
  list: 'Lists',
  set: 'Sets',
  'sorted-set': 'Sorted sets',
  stream: 'Streams',
  bitmap: 'Bitmaps',
  hyperloglog: 'HyperLogLog',
  geo: 'Geo',
  array: 'Arrays',
  json: 'JSON',
  bloom: 'Bloom filters',
  cuckoo: 'Cuckoo filters',
  cms: 'Count-min sketches',
  topk: 'Top-k lists',
  throttle: 'Rate limits',
  transactions: 'Transactions',
  scripting: 'Scripts and functions',
  pubsub: 'Publish and subscribe',
  connection: 'Connection',
  server: 'Server',
  cluster: 'Cluster',
};

/** Commands with their arguments and what they do, a table per group, by name. A container stands for its subcommands. */
export function commandTables(registry: readonly AnyCommandSpec[]): string {
  const commands = callable(registry);
  const tables: string[] = [];
  for (const [group, title] of Object.entries(TITLES)) {
    const rows = commands.filter((spec) => spec.group === group).map(rowOf);
    if (rows.length > 0) tables.push([`### ${title}`, '', '| Command | |', '| --- | --- |', ...rows].join('\n'));
  }
  return `${tables.join('\n\n')}\n`;
}

/** One line for each sentence that a declaration has about a difference. */
export function differenceList(registry: readonly AnyCommandSpec[]): string {
  const sentences = new Set<string>();
  for (const spec of [...registry, ...callable(registry)].sort(byName)) if (spec.difference) sentences.add(spec.difference);
  return [...sentences].map((sentence) => `- ${sentence}\n`).join('');
}

/** Commands of Redis that are not declared, and why. */
export interface Absence {
  /** A sentence. */
  readonly reason: string;
  /** Full names (`cluster|meet`). A container that is not declared stands for its subcommands too. */
  readonly names: readonly string[];
}

/** One line for each reason, with its commands; those of one container are told together. */
export function absenceList(absences: readonly Absence[]): string {
  return absences.map(({ reason, names }) => `- ${reason} ${inContainers(names)}\n`).join('');
}

function inContainers(names: readonly string[]): string {
  const byContainer = new Map<string, string[]>();
  for (const name of [...names].sort()) {
    const [first, ...subcommand] = name.toUpperCase().split('|') as [string, ...string[]];
    byContainer.set(first, [...(byContainer.get(first) ?? []), ...subcommand]);
  }
  return [...byContainer].map(([first, subcommands]) => `\`${`${first} ${subcommands.join('|')}`.trimEnd()}\``).join(', ');
}

function callable(registry: readonly AnyCommandSpec[]): AnyCommandSpec[] {
  const commands: AnyCommandSpec[] = [];
  for (const spec of registry) {
    if (!isContainer(spec)) commands.push(spec);
    else commands.push(...(spec.run ? [spec] : []), ...spec.subcommands);
  }
  return commands.sort(byName);
}

function byName(a: AnyCommandSpec, b: AnyCommandSpec): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function rowOf({ name, syntax, summary }: AnyCommandSpec): string {
  const usage = `${name.toUpperCase().replace('|', ' ')} ${readableSyntax(syntax)}`.trimEnd();
  return `| \`${cell(usage)}\` | ${cell(summary)} |`;
}

/** A table is divided at every bar, also inside of code. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
