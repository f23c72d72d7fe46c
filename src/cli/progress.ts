// How far a long task is: a bar on a terminal, and a line now and then where the output goes to a file.

const REDRAW_MS = 200;
const LINE_MS = 10_000;
const BAR_CHARS = 24;

export class Progress {
  private done = 0;
  private note = '';
  private readonly startedMs = performance.now();
  private shownMs: number;
  private readonly isTerminal: boolean;

  /** @param total what `done` reaches, where that is known */
  constructor(
    private readonly label: string,
    private readonly unit: string,
    private readonly total: number | undefined,
    private readonly output: NodeJS.WriteStream = process.stderr,
  ) {
    this.isTerminal = output.isTTY === true;
    // A task that is over by then needs no line of its own.
    this.shownMs = this.startedMs;
  }

  /** So much of it has been done by now; `note` says something else about it. */
  update(done: number, note = ''): void {
    this.done = done;
    this.note = note;
    const nowMs = performance.now();
    if (nowMs - this.shownMs < (this.isTerminal ? REDRAW_MS : LINE_MS)) return;
    this.shownMs = nowMs;
    this.output.write(this.isTerminal ? `\r${this.line()}\x1b[K` : `kedge: ${this.line()}\n`);
  }

  /** Takes the bar away: what comes next is printed in its place. */
  end(): void {
    if (this.isTerminal) this.output.write('\r\x1b[K');
  }

  private line(): string {
    const { done, label, note, total, unit } = this;
    const seconds = Math.max(0.001, (performance.now() - this.startedMs) / 1000);
    const rate = `${grouped(Math.round(done / seconds))} ${unit}/s`;
    const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
    const amount = share === undefined ? grouped(done) : `${grouped(done)} of ${grouped(Math.max(done, total ?? 0))}`;
    const bar = share === undefined || !this.isTerminal ? '' : ` [${'#'.repeat(Math.round(share * BAR_CHARS)).padEnd(BAR_CHARS)}]`;
    const percent = share === undefined ? '' : ` ${Math.floor(share * 100)}%`;
    return `${label}${bar}${percent} ${amount} ${unit}, ${rate}${note === '' ? '' : `, ${note}`}`;
  }
}

/** 1,234,567 */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
