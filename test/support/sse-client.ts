// A reader of server-sent events over fetch, as the standard says that they are parsed.

export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export class SseClient {
  readonly events: ServerEvent[] = [];
  /** What a client sends as `Last-Event-ID` when it comes back. */
  lastEventId = '';
  retryMs: number | undefined;
  isOver = false;
  private text = '';

  private constructor(
    readonly response: Response,
    private readonly abort: AbortController,
  ) {
    void this.read().finally(() => {
      this.isOver = true;
    });
  }

  /** Resolves when the answer begins, whatever its status is. */
  static async open(url: string, init: RequestInit = {}): Promise<SseClient> {
    const abort = new AbortController();
    const headers = { accept: 'text/event-stream', ...(init.headers as Record<string, string>) };
    return new SseClient(await fetch(url, { ...init, headers, signal: abort.signal }), abort);
  }

  /** The data of all events of a kind. */
  dataOf(event: string): string[] {
    return this.events.filter((one) => one.event === event).map(({ data }) => data);
  }

  close(): void {
    this.abort.abort();
  }

  private async read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const bytes of this.response.body as unknown as AsyncIterable<Uint8Array>) {
        const blocks = (this.text + decoder.decode(bytes, { stream: true })).split('\n\n');
        this.text = blocks.pop() ?? '';
        for (const block of blocks) this.take(block);
      }
    } catch {
      // Closed by the test, or cut off by the server.
    }
  }

  private take(block: string): void {
    let event = 'message';
    const data: string[] = [];
    for (const line of block.split('\n')) {
      const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      if (name === 'id') this.lastEventId = value;
      else if (name === 'event') event = value;
      else if (name === 'data') data.push(value);
      else if (name === 'retry') this.retryMs = Number(value);
    }
    if (data.length > 0) this.events.push({ id: this.lastEventId, event, data: data.join('\n') });
  }
}
