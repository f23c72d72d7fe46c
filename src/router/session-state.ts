// What a client has set on its connection that every shard must know. A session opens its connections to shards on
// first use, so a late one is told first what the others have been told.

import { ascii, type Bytes, own } from '../bytes/bytes';
import type { RespVersion } from '../protocol/resp-writer';

type Line = readonly Bytes[];

/** Commands that set such state. Names and library versions are not among them: CLIENT LIST asks the home shard alone. */
const STATE_COMMANDS = new Set([
  ...['auth', 'hello', 'client|no-evict', 'client|no-touch'],
  ...['himport|prepare', 'himport|discard', 'himport|discardall'],
]);

export function setsState(name: string): boolean {
  return STATE_COMMANDS.has(name);
}

export class SessionState {
  private auth: Line | undefined;
  private protocol: Bytes | undefined;
  private readonly switches = new Map<string, Line>();
  /** HIMPORT PREPARE, by the name that it gives. */
  private readonly fieldsets = new Map<Bytes, Line>();
  /** Sent, not answered yet. */
  private readonly sent: Line[] = [];

  /** The RESP version of the shards' answers to what is asked next, as far as they have said. */
  get version(): RespVersion {
    return this.protocol === '3' ? 3 : 2;
  }

  /** A state command goes out. */
  begin(argv: Line): void {
    this.sent.push(argv.map(own));
  }

  /** The oldest one that was out has been answered. */
  settle(succeeded: boolean): void {
    const argv = this.sent.shift();
    if (argv && succeeded) this.keep(argv);
  }

  /** RESET. */
  clear(): void {
    this.auth = undefined;
    this.protocol = undefined;
    this.switches.clear();
    this.fieldsets.clear();
    this.sent.length = 0;
  }

  /** The command lines that bring a new connection to where the others are. */
  preamble(): Line[] {
    const lines: Line[] = [];
    if (this.auth) lines.push(this.auth);
    if (this.protocol) lines.push([ascii('HELLO'), this.protocol]);
    lines.push(...this.switches.values(), ...this.fieldsets.values(), ...this.sent);
    return lines;
  }

  private keep(argv: Line): void {
    const name = (argv[0] as string).toLowerCase();
    if (name === 'auth') this.auth = argv;
    else if (name === 'hello') this.keepHello(argv);
    else if (name === 'himport') this.keepFieldset(argv);
    else this.switches.set((argv[1] as string).toLowerCase(), argv);
  }

  private keepFieldset(argv: Line): void {
    const subcommand = (argv[1] as string).toLowerCase();
    if (subcommand === 'prepare') this.fieldsets.set(argv[2] as Bytes, argv);
    else if (subcommand === 'discard') this.fieldsets.delete(argv[2] as Bytes);
    else this.fieldsets.clear();
  }

  private keepHello(argv: Line): void {
    if (argv.length < 2) return;
    this.protocol = argv[1];
    for (let i = 2; i < argv.length; ) {
      const option = (argv[i] as string).toLowerCase();
      if (option === 'auth') this.auth = [ascii('AUTH'), argv[i + 1] as Bytes, argv[i + 2] as Bytes];
      i += option === 'auth' ? 3 : 2;
    }
  }
}
