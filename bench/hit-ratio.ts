// How often a cache has what it is asked for, when it may hold a tenth of all keys: the quality of eviction, next to
// redis-server's with the same policy and room for as many keys.

import { type Server, startKedge, startRedis } from './processes.ts';
import { heading, note } from './report.ts';
import { RespClient } from './resp-client.ts';

/** Keys that are asked for, and how many of them there is room for. */
const KEYS = 50_000;
const ROOM = 5_000;
const VALUE = 'v'.repeat(100);
/** Requests that are not counted, and those that are. */
const WARM_UP = 40_000;
const REQUESTS = 120_000;
const PIPELINE = 50;
/** Both see time in seconds: what comes within one is equally recent. At this rate the room is good for about a second. */
const REQUESTS_PER_SECOND = 10_000;
/** The exponent of the distribution, as YCSB has it. */
const SKEW = 0.99;
/** After so many requests comes a scan: so many keys, one after the other, that are not asked for otherwise. */
const BETWEEN_SCANS = 2_000;
const SCAN = 1_000;
const SEED = 42;

const POLICIES = ['allkeys-lru', 'allkeys-lfu'];
const GOAL_POINTS = 2;

/** Numbers in [0, 1) with a seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const named = (kind: string, i: number): string => `${kind}:${String(i).padStart(8, '0')}`;

/** Requests for keys of which the nth most popular is asked for 1 / n^skew times as often as the first. */
function* zipfian(): Generator<string> {
  const random = generator(SEED);
  const upTo = new Float64Array(KEYS);
  let sum = 0;
  for (let i = 0; i < KEYS; i++) {
    sum += 1 / (i + 1) ** SKEW;
    upTo[i] = sum;
  }
  for (;;) {
    const place = random() * sum;
    let low = 0;
    let high = KEYS - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] as number) < place) low = middle + 1;
      else high = middle;
    }
    yield named('key', low);
  }
}

/** The same, with scans in between, which an order by recency takes for what is wanted most. */
function* polluted(): Generator<string> {
  const wanted = zipfian();
  for (let scanned = 0; ; ) {
    for (let i = 0; i < BETWEEN_SCANS; i++) yield wanted.next().value as string;
    for (let i = 0; i < SCAN; i++) yield named('old', scanned++);
  }
}

const TRACES = { zipfian, 'zipfian with scans': polluted };

interface Cache {
  readonly name: string;
  readonly client: RespClient;
  hits: number;
}

async function info(client: RespClient, field: string): Promise<number> {
  const text = await client.send([['INFO', 'memory']]);
  const value = new RegExp(`^${field}:(\\d+)`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`INFO has no ${field}`);
  return Number(value);
}

/** What the limit is about. */
async function counted(client: RespClient): Promise<number> {
  return (await info(client, 'used_memory')) - (await info(client, 'mem_not_counted_for_evict'));
}

const setting = (client: RespClient, name: string, value: string | number) => client.send([['CONFIG', 'SET', name, String(value)]]);

/** The limit is what the server counts when it holds as many keys as there is to be room for, whatever it takes for each. */
async function calibrate(client: RespClient, policy: string): Promise<void> {
  await setting(client, 'maxmemory', 0);
  await setting(client, 'maxmemory-policy', policy);
  let limit = 0;
  // The first time redis-server's buffers are not yet as large as they become, and it counts them.
  for (let round = 0; round < 2; round++) {
    await client.send([['FLUSHALL']]);
    for (let i = 0; i < ROOM; i += PIPELINE) {
      const keys = Array.from({ length: PIPELINE }, (_, at) => named('key', i + at));
      await ask(client, keys);
      await ask(client, keys);
    }
    limit = await counted(client);
  }
  await client.send([['FLUSHALL']]);
  await setting(client, 'maxmemory', limit);
}

/** Asks for keys, and puts those there that are missing. Returns how many were there. */
async function ask(client: RespClient, keys: readonly string[]): Promise<number> {
  const replies = await client.send(keys.map((key) => ['GET', key]));
  const lines = replies.split('\r\n').filter((line) => line.startsWith('$'));
  const missing = keys.filter((_, i) => lines[i] === '$-1');
  if (missing.length > 0) await client.send(missing.map((key) => ['SET', key, VALUE]));
  return keys.length - missing.length;
}

/** Lets all caches live through the same requests at the same time. */
async function run(caches: readonly Cache[], trace: Generator<string>): Promise<void> {
  const startedMs = performance.now();
  for (let asked = 0; asked < WARM_UP + REQUESTS; asked += PIPELINE) {
    const keys = Array.from({ length: PIPELINE }, () => trace.next().value as string);
    const hits = await Promise.all(caches.map(({ client }) => ask(client, keys)));
    if (asked >= WARM_UP) for (const [i, cache] of caches.entries()) cache.hits += hits[i] as number;
    const aheadMs = startedMs + (asked / REQUESTS_PER_SECOND) * 1000 - performance.now();
    if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, aheadMs));
  }
}

async function compareCaches(kedge: Server, redis: Server, policy: string, title: keyof typeof TRACES): Promise<void> {
  const caches: Cache[] = [];
  for (const [name, { respPort }] of [['kedge', kedge] as const, ['redis-server', redis] as const]) {
    caches.push({ name, client: await RespClient.open(respPort), hits: 0 });
  }
  for (const { client } of caches) await calibrate(client, policy);
  await run(caches, TRACES[title]());
  const ratios = caches.map(({ hits }) => (hits / REQUESTS) * 100);
  const sizes = await Promise.all(caches.map(async ({ client }) => (await client.send([['DBSIZE']])).slice(1).trim()));
  const [ours, theirs] = ratios as [number, number];
  const shown = caches.map(({ name }, i) => `${name} ${(ratios[i] as number).toFixed(2)} % (${sizes[i]} keys)`).join('   ');
  const points = ours - theirs;
  note(`${policy}, ${title.padEnd(20)} ${shown}   difference ${points.toFixed(2)}   (goal within ${GOAL_POINTS})`);
  for (const { client } of caches) client.close();
}

export async function hitRatio(): Promise<void> {
  heading(`Hit ratio of a cache with room for ${ROOM} of ${KEYS} keys (reference: redis-server with room for as many)`);
  const redis = await startRedis(false);
  if (!redis) {
    note('skipped: redis-server is not installed');
    return;
  }
  const kedge = await startKedge();
  try {
    for (const policy of POLICIES) {
      for (const title of Object.keys(TRACES) as (keyof typeof TRACES)[]) await compareCaches(kedge, redis, policy, title);
    }
  } finally {
    await kedge.stop();
    await redis.stop();
  }
}
