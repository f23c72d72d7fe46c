// Runs workerd as a child: starts it, starts it again when it dies, ends it.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Failure } from './failure';

/** Nothing acknowledged is in memory alone by then, so after this grace for requests under way a kill loses nothing. */
const STOP_GRACE_MS = 500;
const RESTART_DELAY_MS = 100;
/** Starts that fail in a row, none of which got as far as listening, before it is given up. */
const FAILED_STARTS_MAX = 10;

export interface WorkerdEvents {
  /** A process exists, though it does not serve yet. */
  spawned(pid: number): void;
  /** It listens. The ports are by name of socket. Called again after each restart. */
  ready(pid: number, ports: ReadonlyMap<string, number>): void;
  /** It ended unasked and is started again. */
  crashed(reason: string): void;
  /** It cannot be kept running. */
  failed(failure: Failure): void;
}

export class Workerd {
  private readonly binary: string;
  private readonly configPath: string;
  private readonly sockets: readonly string[];
  private readonly env: NodeJS.ProcessEnv;
  private readonly events: WorkerdEvents;
  private child: ChildProcess | undefined;
  private restart: NodeJS.Timeout | undefined;
  private stopping = false;
  private wasReady = false;
  private failedStarts = 0;

  /** `sockets` are the names that must be listening before it counts as ready. */
  constructor(binary: string, configPath: string, sockets: readonly string[], env: NodeJS.ProcessEnv, events: WorkerdEvents) {
    this.binary = binary;
    this.configPath = configPath;
    this.sockets = sockets;
    this.env = env;
    this.events = events;
  }

  start(): void {
    const child = spawn(this.binary, ['serve', '--experimental', this.configPath, '--control-fd=3'], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      env: this.env,
      // A process group of its own: Ctrl-C in a terminal reaches the launcher alone, which then stops this in order.
      detached: true,
    });
    this.child = child;
    child.once('error', (error) => this.events.failed(new Failure(`cannot run workerd: ${error.message}`)));
    if (child.pid === undefined) return;
    const { pid } = child;
    this.events.spawned(pid);
    this.watchSockets(child.stdio[3] as Readable, (ports) => {
      this.wasReady = true;
      this.failedStarts = 0;
      this.events.ready(pid, ports);
    });
    child.once('exit', (code, signal) => this.onExit(signal ?? `exit code ${code}`));
  }

  /** Ends it: politely, then for good. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    // Idle keep-alive connections and WebSockets would hold it for as long as their clients like.
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await exited;
    clearTimeout(kill);
  }

  private onExit(reason: string): void {
    this.child = undefined;
    if (this.stopping) return;
    if (!this.wasReady) {
      this.events.failed(new Failure(`workerd did not start (${reason})`));
      return;
    }
    if (++this.failedStarts > FAILED_STARTS_MAX) {
      this.events.failed(new Failure(`workerd died ${FAILED_STARTS_MAX} times before it could listen again (${reason})`));
      return;
    }
    this.events.crashed(reason);
    this.restart = setTimeout(() => this.start(), RESTART_DELAY_MS);
  }

  /** workerd writes one line of JSON to its control pipe per socket that listens. */
  private watchSockets(pipe: Readable, listening: (ports: ReadonlyMap<string, number>) => void): void {
    const ports = new Map<string, number>();
    let text = '';
    pipe.setEncoding('utf8');
    pipe.on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      const before = ports.size;
      for (const line of lines) {
        const message = JSON.parse(line) as { event: string; socket?: string; port?: number };
        if (message.event === 'listen' && message.socket !== undefined && message.port !== undefined)
          ports.set(message.socket, message.port);
      }
      if (ports.size > before && this.sockets.every((name) => ports.has(name))) listening(ports);
    });
  }
}
