// RESP connections over TCP, which the edge hands through to the object (src/edge/tcp.ts). Only a local server has
// them: they last as long as the object is in memory.

import { ascii, toBuffer } from '../bytes/bytes';
import { Connection, type Received } from '../engine/connection';
import type { Engine } from '../engine/engine';
import type { Access } from '../spec/client';
import type { Durability } from './durability';

/** Replies that the client has not taken before no more is read from it. */
const MAX_UNSENT_BYTES = 1024 * 1024;
/** Commands behind one that waits before no more is read. Until then it is noticed when the client goes. */
const MAX_BLOCKED_BYTES = 1024 * 1024;

export interface StreamOptions {
  readonly engine: Engine;
  readonly durability: Durability;
  readonly nextId: () => number;
  /** The rights of a client that has not authenticated. */
  readonly access: Access | undefined;
  /** Our own bugs: what has been executed is not known then. */
  readonly onFault: (error: unknown) => void;
}

/** A client that was killed while it did not read gets so long for what it has been sent. */
const LINGER_MS = 2000;

/** Serves one client. Resolves when the connection has ended. */
export async function serveStream(socket: Socket, options: StreamOptions): Promise<void> {
  const { engine, nextId, access } = options;
  // The edge connects to the client's own address, since a socket carries nothing else.
  const { localAddress = '' } = await socket.opened;
  const stream = new Stream(
    socket,
    new Connection(engine, { id: nextId(), address: localAddress, localAddress: '', connectedAtMs: Date.now(), access }),
    options,
  );
  await stream.run();
}

class Stream {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  private unsentBytes = 0;
  private lastWrite: Promise<void> = Promise.resolve();
  /** Settled when nothing that has been executed waits for its commit. */
  private committed: Promise<void> = Promise.resolve();
  /** Settled when what followed a command that waited has been run. */
  private resumed: Promise<void> = Promise.resolve();
  private resuming = false;
  private wake: () => void = () => undefined;
  private finished: Promise<void> | undefined;

  constructor(
    socket: Socket,
    private readonly connection: Connection,
    private readonly options: StreamOptions,
  ) {
    this.reader = socket.readable.getReader();
    this.writer = socket.writable.getWriter();
    connection.onClose = () => this.kill();
    connection.onWake = () => queueMicrotask(() => this.resume());
  }

  async run(): Promise<void> {
    try {
      await this.readAll();
      // Nobody is left to wait.
      if (this.connection.blocked) this.connection.end();
      await this.finish();
    } catch {
      // The client has broken off: nobody is left to tell.
    } finally {
      this.connection.end();
      this.stopReading();
    }
  }

  /** Sends what has been executed, and ends. */
  private finish(): Promise<void> {
    const send = async (): Promise<void> => {
      await this.resumed;
      await this.committed;
      await this.writer.close();
    };
    this.finished ??= send();
    return this.finished;
  }

  private async readAll(): Promise<void> {
    for (;;) {
      const { done, value } = await this.reader.read();
      if (done) return;
      const received = this.guarded(() => this.connection.receive(value));
      this.deliver(received);
      if (received.close) return;
      if (this.isAhead(received) && (await this.goOn(received))) return;
      while (this.connection.blocked && this.connection.pendingBytes > MAX_BLOCKED_BYTES) await this.woken();
    }
  }

  private isAhead({ more }: Received): boolean {
    return more || this.unsentBytes > MAX_UNSENT_BYTES;
  }

  /** Runs what is left, as fast as the client takes the replies. True when the connection is to be closed. */
  private async goOn(last: Received): Promise<boolean> {
    let received = last;
    while (!received.close && this.isAhead(received)) {
      // What follows is read and executed meanwhile, to share the commit; but not without bounds.
      if (this.unsentBytes > MAX_UNSENT_BYTES) {
        await this.committed;
        await this.lastWrite;
      }
      if (!received.more) break;
      received = this.guarded(() => this.connection.proceed());
      this.deliver(received);
    }
    return received.close;
  }

  private resume(): void {
    if (this.resuming) return;
    this.resuming = true;
    this.resumed = this.answerLate().then(
      (close) => {
        if (close) this.stopReading();
      },
      // The client has broken off, which whoever reads learns too.
      () => undefined,
    );
    this.wake();
  }

  /** A command that waited has its reply: sends it, and goes on with what arrived meanwhile. True as of {@link goOn}. */
  private async answerLate(): Promise<boolean> {
    // What it has not asked for waits in its connection, which bounds that.
    if (this.unsentBytes > MAX_UNSENT_BYTES) {
      await this.committed;
      await this.lastWrite;
    }
    this.resuming = false;
    const received = this.guarded(() => this.connection.proceed());
    this.deliver(received);
    return this.goOn(received);
  }

  private woken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.wake = resolve;
    return promise;
  }

  /** A bug in a command is no broken connection, which {@link run} takes every other failure for. */
  private guarded(step: () => Received): Received {
    try {
      return step();
    } catch (error) {
      this.options.onFault(error);
      throw error;
    }
  }

  private deliver({ output }: Received): void {
    if (output === '') {
      // What was written without a reply (CLIENT REPLY OFF) is to be committed all the same.
      this.options.durability.afterCommit(() => undefined);
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.committed = promise;
    this.unsentBytes += output.length;
    this.options.durability.afterCommit(() => {
      this.lastWrite = this.writer.write(toBuffer(ascii(output))).then(() => {
        this.unsentBytes -= output.length;
      });
      this.lastWrite.catch(() => this.stopReading());
      resolve();
    });
  }

  /**
   * Ends for good, though the client may never read. What has been executed for it is sent before the other direction is
   * cut: that would take with it what is still on its way.
   */
  private kill(): void {
    this.wake();
    this.finish().then(
      () => this.stopReading(),
      () => this.stopReading(),
    );
    setTimeout(() => {
      this.writer.abort().catch(() => undefined);
    }, LINGER_MS);
  }

  private stopReading(): void {
    this.reader.cancel().catch(() => undefined);
  }
}
