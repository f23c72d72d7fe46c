// What the tests of client libraries run on: Kedge, or, with KEDGE_TEST_TARGET=redis, a redis-server. The second is how one
// sees that such a test asks for nothing but what Redis does.

import { UpstashOverRedis } from '../support/upstash-over-redis';
import { startRedis, startServer } from './server';

export const onRedis = process.env.KEDGE_TEST_TARGET === 'redis';

export interface Target {
  /** Where its REST interface is. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  stop(): Promise<void>;
}

/** A test for each number of shards. A redis-server is one. */
export function shardCounts(...counts: number[]): number[] {
  return onRedis ? [1] : counts;
}

export async function startTarget(shards: number): Promise<Target> {
  if (!onRedis) {
    const server = await startServer({ args: ['--shards', String(shards)] });
    return {
      url: server.url,
      port: server.respPort,
      token: server.token,
      stop: async () => {
        await server.stop();
      },
    };
  }
  const token = 'a-password-for-redis';
  const redis = await startRedis();
  const rest = await UpstashOverRedis.start(redis.port, token);
  return {
    url: rest.url,
    port: redis.port,
    token,
    stop: async () => {
      await rest.stop();
      await redis.stop();
    },
  };
}
