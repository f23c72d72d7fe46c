// MONITOR: clients that are shown every command as it runs (replication.c replicationFeedMonitors).

import type { Bytes } from '../bytes/bytes';
import type { CommandSpec } from '../spec/command';
import type { ClientState } from './client-state';

/** Where a command came from that no connection brought. */
const NO_ADDRESS = '?:0';
const FROM_SCRIPT = 'lua';
const REDACTED = '"(redacted)"';

export class Monitors {
  private readonly watching = new Set<ClientState>();

  get isEmpty(): boolean {
    return this.watching.size === 0;
  }

  add(client: ClientState): void {
    client.monitoring = true;
    this.watching.add(client);
  }

  remove(client: ClientState): void {
    client.monitoring = false;
    this.watching.delete(client);
  }

  /** A command has run. Those that administer are too dangerous to be shown. */
  feed(spec: CommandSpec, argv: readonly Bytes[], client: ClientState, nowMs: number): void {
    if (spec.flags.includes('admin') || spec.flags.includes('skip_monitor')) return;
    this.show(spec, argv, client.address || NO_ADDRESS, nowMs);
  }

  /** A script is about to run: it is shown before what it calls. */
  feedScript(spec: CommandSpec, argv: readonly Bytes[], client: ClientState, nowMs: number): void {
    if (spec.group === 'scripting' && spec.flags.includes('skip_monitor')) this.show(spec, argv, client.address || NO_ADDRESS, nowMs);
  }

  /** A script has called a command. */
  feedNested(spec: CommandSpec, argv: readonly Bytes[], nowMs: number): void {
    if (!spec.flags.includes('admin') && !spec.flags.includes('skip_monitor')) this.show(spec, argv, FROM_SCRIPT, nowMs);
  }

  private show(spec: CommandSpec, argv: readonly Bytes[], from: string, nowMs: number): void {
    const seconds = Math.floor(nowMs / 1000);
    const micros = String(Math.round((nowMs % 1000) * 1000)).padStart(6, '0');
    const line = `${seconds}.${micros} [0 ${from}] ${shownLine(spec, argv).join(' ')}`;
    for (const monitor of this.watching) monitor.onFeed?.(line as Bytes);
  }
}

/** The words of a command line in quotes, passwords left out. */
function shownLine({ name }: CommandSpec, argv: readonly Bytes[]): string[] {
  const words = argv.map(quoted);
  if (name === 'auth') return words.map((word, i) => (i === 0 ? word : REDACTED));
  if (name === 'hello') {
    const auth = argv.findIndex((word, i) => i > 1 && word.toLowerCase() === 'auth');
    if (auth > 0) for (let i = auth + 1; i <= auth + 2 && i < words.length; i++) words[i] = REDACTED;
  }
  return words;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x07': '\\a',
  '\b': '\\b',
};
const SPECIAL = /[\\"]|[^ -~]/g;

/** As sds.c sdscatrepr writes it. */
function quoted(word: Bytes): string {
  const text = word.replace(SPECIAL, (char) => ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `"${text}"`;
}
