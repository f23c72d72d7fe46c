// The slow log (slowlog.c): the commands that took long, newest first.
//
// Time is what the runtime's clock says: whole milliseconds, and on Cloudflare, where it stands still while code runs,
// nothing at all. So a threshold above zero finds what is slow on a local server, and zero logs every command anywhere.

import { ascii, type Bytes, own } from '../bytes/bytes';
import type { Client } from '../spec/client';
import type { CommandSpec } from '../spec/command';
import type { SlowCommand, SlowLog } from '../spec/server';
import type { Clock } from './options';
import type { Waiter } from './waiters';

/** Arguments of a command that are kept, the last of them a note about the rest, and bytes of each. */
const ARGUMENTS_MAX = 32;
const ARGUMENT_BYTES_MAX = 128;
/** Most entries, whatever slowlog-max-len says: an entry can take 4 KB and an isolate has 128 MB. */
const ENTRIES_MAX = 4096;
const REDACTED = ascii('(redacted)');

export class EngineSlowLog implements SlowLog {
  /** slowlog-log-slower-than: microseconds; negative for never. */
  thresholdUs = 10_000;
  /** slowlog-max-len. A log that is longer is cut when the next slow command comes. */
  maxLength = 128;
  /** Oldest first. */
  private kept: SlowCommand[] = [];
  private nextId = 0;

  get length(): number {
    return this.kept.length;
  }

  newest(count: number): readonly SlowCommand[] {
    return this.kept.slice(Math.max(0, this.kept.length - count)).reverse();
  }

  clear(): void {
    this.kept = [];
  }

  /** Takes note of a command when its wait has ended. How long that was is not its fault. */
  noteAtEnd(waiter: Waiter, spec: CommandSpec, argv: readonly Bytes[], tookMs: number, clock: Clock): void {
    if (this.thresholdUs < 0 || tookMs * 1000 < this.thresholdUs) return;
    const owned = argv.map(own);
    waiter.onEnd = () => this.note(spec, owned, waiter.client, tookMs, clock.now());
  }

  /** Takes note of a command that has run. */
  note(spec: CommandSpec, argv: readonly Bytes[], client: Client, tookMs: number, nowMs: number): void {
    if (this.thresholdUs < 0 || tookMs * 1000 < this.thresholdUs) return;
    if (this.maxLength > 0 && !spec.flags.includes('skip_slowlog')) {
      const { address, name } = client;
      const seconds = Math.floor(nowMs / 1000);
      this.kept.push({ id: this.nextId++, seconds, tookUs: tookMs * 1000, argv: trimmed(spec, argv), address: ascii(address), name });
    }
    const most = Math.min(this.maxLength, ENTRIES_MAX);
    if (this.kept.length > most) this.kept.splice(0, this.kept.length - most);
  }
}

function trimmed(spec: CommandSpec, argv: readonly Bytes[]): Bytes[] {
  const secrets = new Set(spec.secrets?.(argv));
  const whole = argv.length <= ARGUMENTS_MAX ? argv.length : ARGUMENTS_MAX - 1;
  const shown = argv.slice(0, whole).map((arg, i) => (secrets.has(i) ? REDACTED : shortened(arg)));
  if (whole < argv.length) shown.push(ascii(`... (${argv.length - whole} more arguments)`));
  return shown;
}

function shortened(arg: Bytes): Bytes {
  if (arg.length <= ARGUMENT_BYTES_MAX) return own(arg);
  return own(`${arg.slice(0, ARGUMENT_BYTES_MAX)}... (${arg.length - ARGUMENT_BYTES_MAX} more bytes)` as Bytes);
}
