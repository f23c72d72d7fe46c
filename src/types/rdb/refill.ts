// Lines that fill a key with a large value, batch by batch, where one RESTORE would hold a shard up for too long, or take
// more memory than there is.

import { ascii, type Bytes } from '../../bytes/bytes';

/** A command without its key, which stands between the two parts. */
export interface FillLine {
  readonly before: readonly Bytes[];
  readonly after: readonly Bytes[];
}

/** The command on a key. */
export function filling(key: Bytes, { before, after }: FillLine): Bytes[] {
  return [...before, key, ...after];
}

/** Words of a line before its key. */
export function words(...texts: string[]): readonly Bytes[] {
  return texts.map(ascii);
}

/** A line is done when it has this many bytes, or arguments. */
const LINE_BYTES = 256 * 1024;
const LINE_ARGUMENTS = 2048;

/** Gathers arguments into lines of one command. */
export class FillLines {
  private args: Bytes[] = [];
  private bytes = 0;

  constructor(
    private readonly before: readonly Bytes[],
    /** What every line has before the arguments that are gathered. */
    private readonly first: readonly Bytes[] = [],
  ) {}

  get isEmpty(): boolean {
    return this.args.length === 0;
  }

  /** Takes arguments that belong together; true when it is time for {@link take}. */
  add(...args: readonly Bytes[]): boolean {
    for (const arg of args) this.bytes += arg.length;
    this.args.push(...args);
    return this.bytes >= LINE_BYTES || this.args.length >= LINE_ARGUMENTS;
  }

  /** What has been gathered, as a line. */
  take(): FillLine {
    const line = { before: this.before, after: [...this.first, ...this.args] };
    this.args = [];
    this.bytes = 0;
    return line;
  }
}
