// A connection to an engine in plain Node that collects all it is sent.

import { ascii } from '../../src/bytes/bytes';
import type { Connection } from '../../src/engine/connection';
import type { Access } from '../../src/spec/client';
import { wire } from './cluster';
import type { TestEngine } from './engine';

export class Listener {
  readonly connection: Connection;
  private output = '';
  /** There is something for it that it did not ask for. */
  private woken = false;
  closed = false;

  constructor(
    engine: TestEngine,
    options: { readonly access?: Access; readonly measured?: boolean; readonly connection?: Connection } = {},
  ) {
    this.connection = options.connection ?? engine.connect(options.access, false, options.measured);
    // As over a socket: when the running unit has ended.
    this.connection.onWake = () => {
      this.woken = true;
    };
    this.connection.onClose = () => {
      this.closed = true;
    };
  }

  private proceed(): void {
    this.woken = false;
    const { output, close } = this.connection.proceed();
    this.output += output;
    this.closed ||= close;
  }

  /** Runs commands, and returns all that has come since the last time. */
  ask(...lines: readonly (readonly (string | number)[])[]): string {
    this.connection.push(ascii(lines.map((line) => wire(...line)).join('')));
    this.proceed();
    return this.take();
  }

  /** What it has been sent since the last time. */
  take(): string {
    if (this.woken) this.proceed();
    const { output } = this;
    this.output = '';
    return output;
  }
}
