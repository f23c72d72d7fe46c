// A TCP client of a database with one shard: its bytes go to the shard as they are, which reads the stream itself.

import { plannerFor } from './layout';
import { NORMAL, openShardSocket, type SessionClient, type SessionEnv } from './shard-socket';
import { HOME_SHARD } from './slot-map';

/** Sent when the client has ended its side: the shard answers all that came before, then this, and closes. */
const QUIT = new TextEncoder().encode('*1\r\n$4\r\nQUIT\r\n');
/** The answer to it, which the client has not asked for. */
const FAREWELL = new TextEncoder().encode('+OK\r\n');
const UNREACHABLE = new TextEncoder().encode('-ERR the shard cannot be reached\r\n');
/** How long the shard may take for that: a command that was cut by the end of the stream swallows the QUIT. */
const FAREWELL_MS = 10_000;

/** Resolves when either side has closed. */
export async function relayTcpSocket(client: Socket, env: SessionEnv, origin: SessionClient): Promise<void> {
  const writer: WritableStreamDefaultWriter<Uint8Array> = client.writable.getWriter();
  const reader: ReadableStreamDefaultReader<Uint8Array> = client.readable.getReader();
  const over = Promise.withResolvers<void>();
  const output = new Output(writer, () => over.resolve());
  const shard = await openShardSocket(env, plannerFor(env.shards).slots.nameOf(HOME_SHARD), origin).catch(() => undefined);
  if (!shard) {
    output.write(UNREACHABLE);
    await output.finish();
    await Promise.allSettled([writer.close(), reader.cancel()]);
    return client.close();
  }
  shard.addEventListener('message', ({ data }) => output.write(new Uint8Array(data as ArrayBuffer)));
  shard.addEventListener('close', () => over.resolve());
  shard.addEventListener('error', () => over.resolve());
  let timer: ReturnType<typeof setTimeout> | undefined;
  const readAll = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      shard.send(value);
      // A client that does not read its replies is not read either.
      await output.written;
    }
    output.withhold();
    shard.send(QUIT);
    timer = setTimeout(() => over.resolve(), FAREWELL_MS);
  };
  readAll().catch(() => over.resolve());
  await over.promise;
  clearTimeout(timer);
  shard.close(NORMAL);
  await output.finish();
  await Promise.allSettled([writer.close(), reader.cancel()]);
  await client.close();
}

/** What goes to the client. */
class Output {
  /** Settles when the last bytes have been taken. */
  written: Promise<void> = Promise.resolve();
  /** The last bytes so far, once the farewell is expected among them. */
  private tail: Uint8Array | undefined;

  constructor(
    private readonly writer: WritableStreamDefaultWriter<Uint8Array>,
    private readonly onFailure: () => void,
  ) {}

  /** From now on the last bytes are kept back, as they may be the farewell. */
  withhold(): void {
    this.tail = new Uint8Array(0);
  }

  write(bytes: Uint8Array): void {
    if (!this.tail) {
      this.send(bytes);
      return;
    }
    const all = new Uint8Array(this.tail.length + bytes.length);
    all.set(this.tail);
    all.set(bytes, this.tail.length);
    const keep = Math.min(FAREWELL.length, all.length);
    this.tail = all.subarray(all.length - keep);
    this.send(all.subarray(0, all.length - keep));
  }

  async finish(): Promise<void> {
    const tail = this.tail ?? FAREWELL;
    if (tail.some((byte, i) => byte !== FAREWELL[i]) || tail.length < FAREWELL.length) this.send(tail);
    await this.written.catch(() => undefined);
  }

  private send(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.written = this.writer.write(bytes);
    this.written.catch(this.onFailure);
  }
}
