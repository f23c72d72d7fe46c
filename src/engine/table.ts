// The registry, ready for lookups: command lines to declarations.

import type { Bytes } from '../bytes/bytes';
import { type AnyCommandSpec, type CommandSpec, type ContainerSpec, isContainer } from '../spec/command';
import type { CommandTable } from '../spec/server';

export class Table implements CommandTable {
  private readonly names = new Map<string, AnyCommandSpec>();
  /** Top-level names as clients have spelled them, so that a lookup lower-cases nothing. Bounded by the spellings kept. */
  private readonly spellings = new Map<string, AnyCommandSpec>();

  constructor(readonly all: readonly AnyCommandSpec[]) {
    for (const spec of all) {
      this.add(spec);
      if (isContainer(spec)) for (const subcommand of spec.subcommands) this.add(subcommand);
    }
    for (const spec of all) {
      this.spellings.set(spec.name, spec);
      this.spellings.set(spec.name.toUpperCase(), spec);
    }
  }

  private add(spec: AnyCommandSpec): void {
    if (this.names.has(spec.name)) throw new Error(`command ${spec.name} is declared twice`);
    this.names.set(spec.name, spec);
  }

  byName(name: string): AnyCommandSpec | undefined {
    return this.names.get(name);
  }

  /** The command or container that the first word names. */
  topLevel(name: Bytes): AnyCommandSpec | undefined {
    return this.spellings.get(name) ?? this.spellings.get(name.toLowerCase());
  }

  subcommand(container: ContainerSpec, argv: readonly Bytes[]): CommandSpec | undefined {
    const spec = this.names.get(`${container.name}|${(argv[1] as string).toLowerCase()}`);
    return spec && !isContainer(spec) ? spec : undefined;
  }

  resolve(argv: readonly Bytes[]): CommandSpec | undefined {
    const spec = this.topLevel(argv[0] as Bytes);
    if (!spec || !isContainer(spec)) return spec;
    if (argv.length > 1) return this.subcommand(spec, argv);
    return spec.run ? (spec as CommandSpec) : undefined;
  }
}
