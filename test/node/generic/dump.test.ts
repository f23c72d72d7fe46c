// DUMP and RESTORE between here and a redis-server, both ways, for every type and every form in which a type is kept:
// random data, whose digests are the same on both sides, and the same bytes wherever Redis itself would write the same again.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { decodeReply } from '../../../src/protocol/reply-reader';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { seededRandom, TestEngine } from '../../support/engine';
import { type Line, RandomData, VALUES } from '../../support/random-values';
import { RealRedis, redisInstalled } from '../../support/real-redis';

/** What the engine answers, as a client gets it. */
function ours(engine: TestEngine, ...line: Line): unknown {
  const reply = engine.engine.execute(engine.client, line as Bytes[]);
  if (engine.faults.length > 0) throw engine.faults[0];
  engine.flush();
  return decodeReply(encodeReply(reply, 2) as Bytes);
}

const VIEWS: Line[] = [
  ['DEBUG', 'DIGEST-VALUE', 'k'],
  ['TYPE', 'k'],
];
/** Consumer groups are in no digest. */
const STREAM_VIEW: Line = ['XINFO', 'STREAM', 'k', 'FULL', 'COUNT', '0'];
/**
 * Not so where the order hangs on a secret of the server (sets, large hashes), and where many short strings are compressed:
 * Redis' compression looks for references in what is left in memory of the string before.
 */
const SAME_BYTES = new Set([
  'string',
  'string that was appended to',
  'list',
  'list with large elements',
  'set of small integers',
  'small sorted set',
  'hyperloglog',
]);

describe.runIf(redisInstalled)('between here and redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  async function theirs(...line: Line): Promise<unknown> {
    const [raw] = await redis.sendBytes([line as Bytes[]]);
    return decodeReply(raw as Bytes);
  }

  /** How both see what is at `k`. */
  async function expectSame(engine: TestEngine, name: string): Promise<void> {
    for (const view of VIEWS) expect(ours(engine, ...view)).toEqual(await theirs(...view));
    if (name !== 'stream') return;
    expect(outlineOfStream(ours(engine, ...STREAM_VIEW))).toEqual(outlineOfStream(await theirs(...STREAM_VIEW)));
  }

  describe.each(Object.keys(VALUES))('%s', (name) => {
    test.each([1, 2, 3, 4, 5, 6, 7, 8])('seed %i', async (seed) => {
      const lines = (VALUES[name] as (data: RandomData) => Line[])(new RandomData(seededRandom(seed)));
      await theirs('FLUSHALL');
      const engine = new TestEngine();
      engine.now = Date.now();
      for (const line of lines) {
        await theirs(...line);
        ours(engine, ...line);
      }
      const their = (await theirs('DUMP', 'k')) as string;
      const our = ours(engine, 'DUMP', 'k') as string;
      expect(their.length).toBeGreaterThan(10);
      if (SAME_BYTES.has(name)) expect(our).toBe(their);
      // Theirs here.
      expect(ours(engine, 'RESTORE', 'k', '0', their, 'REPLACE')).toMatchObject({ text: 'OK' });
      await expectSame(engine, name);
      expect(engine.replayed().run('DEBUG', 'DIGEST-VALUE', 'k')).toEqual(engine.run('DEBUG', 'DIGEST-VALUE', 'k'));
      // Ours there, and what was theirs.
      for (const payload of [our, ours(engine, 'DUMP', 'k') as string]) {
        expect(await theirs('RESTORE', 'k', '0', payload, 'REPLACE')).toMatchObject({ text: 'OK' });
        expect(ours(engine, 'RESTORE', 'k', '0', payload, 'REPLACE')).toMatchObject({ text: 'OK' });
        await expectSame(engine, name);
        expect(ours(engine, 'OBJECT', 'ENCODING', 'k')).toBe(await theirs('OBJECT', 'ENCODING', 'k'));
      }
    });
  });
});

/** Without how it lies in memory, nodes and keys of radix trees, and the time that Redis has only since 7.2. */
function outlineOfStream(reply: unknown): string {
  return JSON.stringify(reply, (_, value) => (typeof value === 'bigint' ? `${value}` : value)).replace(
    /"(radix-tree-keys|radix-tree-nodes|active-time)",-?\d+,/g,
    '',
  );
}
