// The body of an answer of server-sent events: text that goes out as the client takes it, with a comment now and then,
// by which a client that has gone is noticed. Bounded: a client that does not take what it is sent is cut off.

export const EVENTS_TYPE = 'text/event-stream; charset=utf-8';

/** So often something is sent, so that neither side, nor anything between them, takes the other for gone. */
export const BEAT_MS = 15_000;
/** A client that has not taken what it was sent for so many beats is cut off. */
const MAX_STALLED_BEATS = 4;
/** So much that a client has not taken, and it is cut off instead of being sent more. */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024;

const COMMENT = ':\n\n';

export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  private readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  private readonly beats: ReturnType<typeof setInterval>;
  private queuedBytes = 0;
  private stalledBeats = 0;
  private isOver = false;

  /**
   * @param signal that of the request: it says that the client has hung up
   * @param onOver called once, when nothing can be sent any more
   */
  constructor(
    private readonly signal: AbortSignal,
    private readonly onOver: () => void,
  ) {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.body = readable;
    this.writer = writable.getWriter();
    this.writer.closed.catch(this.lose);
    this.beats = setInterval(() => this.beat(), BEAT_MS);
    if (signal.aborted) this.lose();
    else signal.addEventListener('abort', this.lose);
  }

  /** Sends text. Resolves when it has been taken, or never will be. */
  async send(text: string): Promise<void> {
    if (this.isOver || text === '') return;
    if (this.queuedBytes >= MAX_QUEUED_BYTES) {
      this.lose();
      return;
    }
    const bytes = new TextEncoder().encode(text);
    this.queuedBytes += bytes.length;
    const written = this.writer.write(bytes);
    try {
      await written;
      this.queuedBytes -= bytes.length;
      this.stalledBeats = 0;
    } catch {
      this.lose();
    }
  }

  /** Ends the body with a last text, which the client gets if it reads on. */
  end(text: string): void {
    if (this.isOver) return;
    void this.send(text);
    this.writer.close().catch(() => undefined);
    // A client that does not read on is not waited for.
    const linger = setTimeout(() => this.writer.abort().catch(() => undefined), BEAT_MS);
    this.writer.closed.catch(() => undefined).finally(() => clearTimeout(linger));
    this.finish();
  }

  private beat(): void {
    if (this.queuedBytes === 0) void this.send(COMMENT);
    else if (++this.stalledBeats >= MAX_STALLED_BEATS) this.lose();
  }

  private readonly lose = (): void => {
    if (this.isOver) return;
    this.finish();
    this.writer.abort(new Error('the client does not read')).catch(() => undefined);
  };

  private finish(): void {
    this.isOver = true;
    clearInterval(this.beats);
    this.signal.removeEventListener('abort', this.lose);
    this.onOver();
  }
}
