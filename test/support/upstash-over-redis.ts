// As much of Upstash's REST interface over a redis-server as its client libraries need, so that tests of them can be tried
// there. The flag that Redis does not know in the first line of a script is taken out.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';

const ALLOW_KEY_LOCKING = '#!lua flags=allow-key-locking\n';

type Argument = string | number | boolean | null | object;
type Answer = { result: unknown } | { error: string };

export class UpstashOverRedis {
  private constructor(
    private readonly redis: Redis,
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(port: number, password: string): Promise<UpstashOverRedis> {
    const redis = new Redis(port, '127.0.0.1');
    await redis.config('SET', 'requirepass', password);
    await redis.auth(password);
    const server = createServer((request, response) => {
      answer(redis, request).then(
        ({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
        (error) => response.writeHead(500).end(String(error)),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new UpstashOverRedis(redis, server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async stop(): Promise<void> {
    this.redis.disconnect();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function answer(redis: Redis, request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  let text = '';
  for await (const part of request) text += part;
  const encode = request.headers['upstash-encoding'] === 'base64' ? inBase64 : (value: unknown) => value;
  const run = async (command: readonly Argument[]): Promise<Answer> => {
    const [name = '', ...args] = command.map(asText);
    try {
      // In capitals: the client would make an object of what `hgetall` answers.
      return { result: encode(await redis.call(name.toUpperCase(), ...args)) };
    } catch (error) {
      return { error: (error as Error).message };
    }
  };
  const body = JSON.parse(text) as Argument[];
  if (request.url === '/pipeline') return { status: 200, body: await Promise.all((body as Argument[][]).map(run)) };
  if (request.url === '/multi-exec') {
    const [, ...queued] = await Promise.all([['MULTI'], ...(body as Argument[][]), ['EXEC']].map(run));
    const executed = queued.at(-1) as { result: unknown[] };
    return { status: 200, body: executed.result.map((result) => ({ result: result })) };
  }
  const answered = await run(body);
  return { status: 'error' in answered ? 400 : 200, body: answered };
}

function asText(argument: Argument): string {
  const text = typeof argument === 'object' ? JSON.stringify(argument) : String(argument);
  return text.startsWith(ALLOW_KEY_LOCKING) ? text.slice(ALLOW_KEY_LOCKING.length) : text;
}

function inBase64(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inBase64);
  return typeof value === 'string' && value !== 'OK' ? Buffer.from(value).toString('base64') : value;
}
