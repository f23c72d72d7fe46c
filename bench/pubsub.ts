// A message for a thousand subscribers over WebSockets, against an object that does nothing but send the same bytes to as
// many hibernating sockets on the same workerd, and against redis-server with as many subscribers over TCP.

import { connect, type Socket } from 'node:net';
import { type Server, startKedge, startRedis, startWorker, TOKEN } from './processes.ts';
import { compare, heading, median, note } from './report.ts';

const SUBSCRIBERS = 1000;
const PUBLISHERS = 16;
const ROUNDS = 3;
/** Deliveries of one round, by how many publish at the same time, and how many messages each of them sends at once. */
const CASES: readonly [publishers: number, pipeline: number, deliveries: number][] = [
  [1, 1, 80_000],
  [16, 1, 160_000],
  [1, 16, 480_000],
];
const CHANNEL = 'channel';
const TEXT = 'x'.repeat(32);

const array = (...items: string[]) => `*${items.length}\r\n${items.map((item) => `$${item.length}\r\n${item}\r\n`).join('')}`;
const MESSAGE = array('message', CHANNEL, TEXT);

/** Sends what comes from one socket to those that have not sent anything. */
const BROADCASTER = `export default { fetch: (request, env) => env.OBJECT.getByName('one').fetch(request) };
export class Broadcaster {
  constructor(state) { this.state = state; }
  fetch(request) {
    if (request.headers.get('upgrade') !== 'websocket') return new Response('ok');
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }
  webSocketMessage(from, data) {
    if (data.byteLength === 1) {
      from.serializeAttachment('publishes');
      this.subscribers = this.state.getWebSockets().filter((socket) => !socket.deserializeAttachment());
    }
    else for (const socket of this.subscribers) socket.send(data);
    from.send(new Uint8Array(1));
  }
}
`;

/** A connection that counts the bytes it receives: those inside of frames, where it is a WebSocket. */
class Peer {
  received = 0;
  /** Called whenever something has come. */
  onReceived: (() => void) | undefined;
  /** What is left of the running frame, and a header that has not come whole. */
  private frameLeft = 0;
  private header: Buffer = Buffer.alloc(0);
  private readonly socket: Socket;
  private readonly framed: boolean;

  private constructor(socket: Socket, framed: boolean) {
    this.socket = socket;
    this.framed = framed;
  }

  static async open(port: number, framed: boolean): Promise<Peer> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', reject);
    if (!framed) socket.once('connect', resolve);
    const peer = new Peer(socket, framed);
    let open = !framed;
    socket.on('data', (data) => {
      if (open) peer.take(data);
      else if (data.includes('\r\n\r\n')) {
        open = true;
        if (data.includes(' 101 ')) resolve();
        else reject(new Error(data.toString('latin1')));
      }
    });
    if (framed) {
      const lines = ['GET /ws HTTP/1.1', 'host: localhost', 'upgrade: websocket', 'connection: upgrade', `authorization: Bearer ${TOKEN}`];
      socket.write(`${[...lines, 'sec-websocket-version: 13', 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=='].join('\r\n')}\r\n\r\n`);
    }
    await promise;
    return peer;
  }

  private take(data: Buffer): void {
    if (this.framed) this.unframe(data);
    else this.received += data.length;
    this.onReceived?.();
  }

  private unframe(data: Buffer): void {
    let left = this.header.length > 0 ? Buffer.concat([this.header, data]) : data;
    this.header = left.subarray(0, 0);
    while (left.length > 0) {
      if (this.frameLeft === 0) {
        const size = left.length < 2 ? 2 : ([2, 4, 10][Math.max(0, (left[1] as number) - 125)] ?? 2);
        if (left.length < size) {
          this.header = left;
          return;
        }
        const short = left[1] as number;
        this.frameLeft = size === 2 ? short : size === 4 ? left.readUInt16BE(2) : left.readUInt32BE(6);
        left = left.subarray(size);
      }
      const here = Math.min(this.frameLeft, left.length);
      this.received += here;
      this.frameLeft -= here;
      left = left.subarray(here);
    }
  }

  /** Sends text, in one frame. */
  send(text: string): void {
    if (!this.framed) {
      this.socket.write(text, 'latin1');
      return;
    }
    const { length } = text;
    const header = Buffer.alloc(length < 126 ? 6 : 8);
    header[0] = 0x82;
    header[1] = 0x80 | Math.min(length, 126);
    if (length >= 126) header.writeUInt16BE(length, 2);
    // The mask is zero.
    this.socket.write(Buffer.concat([header, Buffer.from(text, 'latin1')]));
  }

  /** Resolves when so many bytes have come. */
  async until(bytes: number): Promise<void> {
    if (this.received >= bytes) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.onReceived = () => {
      if (this.received >= bytes) resolve();
    };
    await promise;
    this.onReceived = undefined;
  }

  close(): void {
    this.socket.removeAllListeners('error');
    this.socket.on('error', () => undefined);
    this.socket.destroy();
  }
}

/** Publishers and their subscribers. */
class Audience {
  private readonly subscribers: Peer[] = [];
  private readonly publishers: Peer[] = [];
  /** What makes the server send one message to each, and the bytes of its answer to so many of them. */
  private readonly one: string;
  private readonly answerBytes: (messages: number) => number;

  private constructor(one: string, answerBytes: (messages: number) => number) {
    this.one = one;
    this.answerBytes = answerBytes;
  }

  static async of(server: Server, kind: 'kedge' | 'redis' | 'plain'): Promise<Audience> {
    const framed = kind !== 'redis';
    const port = framed ? server.port : server.respPort;
    const publish = array('PUBLISH', CHANNEL, TEXT);
    const audience = new Audience(
      kind === 'plain' ? MESSAGE : publish,
      kind === 'plain' ? () => 1 : (messages) => messages * `:${SUBSCRIBERS}\r\n`.length,
    );
    for (let i = 0; i < PUBLISHERS; i++) audience.publishers.push(await Peer.open(port, framed));
    for (let i = 0; i < SUBSCRIBERS; i++) {
      const peer = await Peer.open(port, framed);
      audience.subscribers.push(peer);
      if (kind === 'plain') continue;
      peer.send(array('SUBSCRIBE', CHANNEL));
      await peer.until(array('subscribe', CHANNEL).length + ':1\r\n'.length);
    }
    if (kind === 'plain') {
      for (const publisher of audience.publishers) {
        publisher.send('x');
        await publisher.until(1);
      }
    }
    return audience;
  }

  /** Messages delivered per second. A publisher sends the next ones when it has its answer to the last ones. */
  async rate(publishers: number, pipeline: number, deliveries: number): Promise<number> {
    const { subscribers, one, answerBytes } = this;
    const rounds = deliveries / SUBSCRIBERS / pipeline / publishers;
    const before = subscribers.map(({ received }) => received);
    const startedMs = performance.now();
    const publish = async (publisher: Peer): Promise<void> => {
      for (let i = 0; i < rounds; i++) {
        const answered = publisher.received + answerBytes(pipeline);
        publisher.send(one.repeat(pipeline));
        await publisher.until(answered);
      }
    };
    await Promise.all(this.publishers.slice(0, publishers).map(publish));
    const bytes = (MESSAGE.length * deliveries) / SUBSCRIBERS;
    await Promise.all(subscribers.map((peer, i) => peer.until((before[i] as number) + bytes)));
    return (deliveries / (performance.now() - startedMs)) * 1000;
  }

  close(): void {
    for (const peer of [...this.publishers, ...this.subscribers]) peer.close();
  }
}

export async function pubsub(): Promise<void> {
  heading(
    `PUBLISH to ${SUBSCRIBERS.toLocaleString('en-US')} subscribers over WebSocket (reference: an object that only sends; redis-server)`,
  );
  const kedge = await startKedge();
  const plain = await startWorker(BROADCASTER, 'Broadcaster');
  const redis = await startRedis(false);
  try {
    const subject = await Audience.of(kedge, 'kedge');
    const floor = await Audience.of(plain, 'plain');
    const model = redis && (await Audience.of(redis, 'redis'));
    for (const [publishers, pipeline, deliveries] of CASES) {
      for (const audience of [subject, floor]) await audience.rate(publishers, pipeline, deliveries);
      const subjects: number[] = [];
      const floors: number[] = [];
      const models: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        floors.push(await floor.rate(publishers, pipeline, deliveries));
        subjects.push(await subject.rate(publishers, pipeline, deliveries));
        if (model) models.push(await model.rate(publishers, pipeline, deliveries));
      }
      const what = `${publishers} publishing, P=${pipeline}`;
      compare(`${what}; only sending`, 'deliveries/s', median(subjects), median(floors));
      if (model) compare(`${what}; redis-server`, 'deliveries/s', median(subjects), median(models));
    }
    note('goal: 100,000 deliveries per second');
    for (const audience of [subject, floor, model]) audience?.close();
  } finally {
    await kedge.stop();
    await plain.stop();
    await redis?.stop();
  }
}
