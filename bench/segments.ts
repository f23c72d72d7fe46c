// Single-element changes of collections of a thousand, a hundred thousand and a million elements: what they write, how long
// they take, and what the first touch of one costs that is not in memory. It must depend little on the size.

import { type Server, startKedge } from './processes.ts';
import { heading, median, note } from './report.ts';
import { RespClient } from './resp-client.ts';

const SIZES = [1000, 100_000, 1_000_000];
/** Elements per command where one takes several, and such steps per pipeline, while a collection is filled. */
const FILL_ELEMENTS = 100;
const FILL_STEPS = 50;
/** Changes whose rows and bytes are counted, each with a checkpoint of its own. */
const COUNTED = 20;
/** Changes that are timed one at a time, and pipelines: long ones, so that waiting for the disk is a small part. */
const ALONE = 1000;
const PIPELINES = 20;
const PIPELINE = 1000;

interface Collection {
  readonly name: string;
  /** Commands that add the elements from one number on. */
  fill(first: number, count: number): string[][];
  /** Reads all of it into memory, and answers with one line. */
  readonly load: string[];
  /** Changes the element of a number. */
  change(element: number, value: number): string[];
}

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_unused, i) => first + i);

const COLLECTIONS: readonly Collection[] = [
  {
    name: 'hash, HSET of one field',
    load: ['DEBUG', 'DIGEST-VALUE', 'k'],
    fill: (first, count) => [['HSET', 'k', ...range(first, count).flatMap((i) => [`field:${i}`, `value-${i}`])]],
    change: (element, value) => ['HSET', 'k', `field:${element}`, `other-${value}`],
  },
  {
    name: 'set, SADD and SREM of one member',
    load: ['DEBUG', 'DIGEST-VALUE', 'k'],
    fill: (first, count) => [['SADD', 'k', ...range(first, count).map((i) => `member:${i}`)]],
    change: (_element, value) => [value % 2 === 0 ? 'SADD' : 'SREM', 'k', `new:${value >> 1}`],
  },
  {
    name: 'sorted set, ZADD of one score',
    // Walks by score and looks every member up.
    load: ['ZINTERCARD', '2', 'k', 'k'],
    fill: (first, count) => [['ZADD', 'k', ...range(first, count).flatMap((i) => [`${(i * 7919) % 1_000_003}`, `member:${i}`])]],
    change: (element, value) => ['ZADD', 'k', `${(value * 6101) % 1_000_003}`, `member:${element}`],
  },
  {
    name: 'list, LSET of one element',
    load: ['DEBUG', 'DIGEST-VALUE', 'k'],
    fill: (first, count) => [['RPUSH', 'k', ...range(first, count).map((i) => `element-${i}`)]],
    change: (element, value) => ['LSET', 'k', `${element}`, `other-${value}`],
  },
  {
    name: 'stream, XADD of one entry',
    load: ['DEBUG', 'DIGEST-VALUE', 'k'],
    fill: (first, count) => range(first, count).map((i) => ['XADD', 'k', `${i + 1}-0`, 'field', `value-${i}`]),
    change: (_element, value) => ['XADD', 'k', '*', 'field', `other-${value}`],
  },
];

interface Figures {
  readonly rows: number;
  readonly bytes: number;
  /** Microseconds. */
  readonly alone: number;
  readonly pipelined: number;
  readonly cold: number;
}

async function send(client: RespClient, commands: string[][]): Promise<void> {
  const replies = await client.send(commands);
  if (replies.includes('-ERR') || replies.includes('-WRONGTYPE')) throw new Error(`a command failed: ${replies.slice(0, 200)}`);
}

async function fill(client: RespClient, collection: Collection, size: number): Promise<void> {
  const step = Math.min(size, FILL_ELEMENTS);
  for (let first = 0; first < size; ) {
    const commands: string[][] = [];
    for (const end = Math.min(first + step * FILL_STEPS, size); first < end; first += step) commands.push(...collection.fill(first, step));
    await send(client, commands);
  }
}

async function written(client: RespClient): Promise<{ rows: number; bytes: number }> {
  const info = await client.send([['INFO', 'persistence']]);
  return { rows: Number(/rows_written:(\d+)/.exec(info)?.[1]), bytes: Number(/bytes_written:(\d+)/.exec(info)?.[1]) };
}

async function microseconds(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) * 1000;
}

async function measure(kedge: Server, collection: Collection, size: number): Promise<Figures> {
  const client = await RespClient.open(kedge.respPort);
  await fill(client, collection, size);
  // A checkpoint, after which nothing is in memory.
  const forget = () => send(client, [['DEBUG', 'RELOAD']]);
  await forget();
  let next = 0;
  /** Elements far apart from each other, all over the collection. */
  const change = (): string[] => collection.change((next * 7919 + 13) % size, next++);
  const before = await written(client);
  const cold: number[] = [];
  for (let i = 0; i < COUNTED; i++) {
    cold.push(await microseconds(() => send(client, [change()])));
    await forget();
  }
  const after = await written(client);
  await send(client, [collection.load]);
  // Then the collector is busy for a while with what was loaded.
  for (let i = 0; i < PIPELINES; i++) await send(client, range(0, PIPELINE).map(change));
  const alone: number[] = [];
  for (let i = 0; i < ALONE; i++) alone.push(await microseconds(() => send(client, [change()])));
  const pipelined: number[] = [];
  for (let i = 0; i < PIPELINES; i++) {
    const commands = range(0, PIPELINE).map(change);
    pipelined.push((await microseconds(() => send(client, commands))) / PIPELINE);
  }
  await send(client, [['DEL', 'k']]);
  client.close();
  return {
    rows: (after.rows - before.rows) / COUNTED,
    bytes: (after.bytes - before.bytes) / COUNTED,
    alone: median(alone),
    pipelined: median(pipelined),
    cold: median(cold),
  };
}

const format = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3)).padStart(8);

export async function segments(): Promise<void> {
  heading('One change of a large collection, its checkpoint included in rows and bytes');
  for (const collection of COLLECTIONS) {
    note(collection.name);
    const figures: Figures[] = [];
    for (const size of SIZES) {
      const kedge = await startKedge();
      const one = await measure(kedge, collection, size);
      await kedge.stop();
      figures.push(one);
      note(
        `  ${size.toLocaleString('en-US').padStart(9)} elements: ${format(one.rows)} rows ${format(one.bytes)} bytes ${format(one.alone)} µs alone ${format(one.pipelined)} µs in a pipeline ${format(one.cold)} µs when cold`,
      );
    }
    const [few, , many] = figures as [Figures, Figures, Figures];
    const ratio = (of: (one: Figures) => number) => (of(many) / of(few)).toFixed(2);
    note(
      `  a million to a thousand: rows ${ratio((one) => one.rows)}, bytes ${ratio((one) => one.bytes)}, alone ${ratio((one) => one.alone)}, in a pipeline ${ratio((one) => one.pipelined)} (goal <= 3), cold ${ratio((one) => one.cold)}`,
    );
  }
}
