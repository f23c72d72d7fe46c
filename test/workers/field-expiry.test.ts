// Hash fields that expire though nobody asks for them, and databases of the release that did not know any.

import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { run, shard, sql } from './shard-client';

/** An eviction waits for timers, so that some of these take seconds. */
vi.setConfig({ testTimeout: 20_000 });
afterEach(() => reset());

const alarm = () => runInDurableObject(shard(), (_instance, state) => state.storage.getAlarm());
const checkpoint = async () => expect(await run('DEBUG', 'RELOAD')).toBe('OK');
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a field of a hash that nobody touches', () => {
  it.each([
    ['from the journal', async () => undefined],
    ['from its row', checkpoint],
  ])('expires by the alarm after an eviction: %s', async (_, store) => {
    await run('HSET', 'h', 'stays', 1, 'goes', 2);
    await run('HSETEX', 'whole', 'PX', 1500, 'FIELDS', 1, 'goes', 1);
    await run('HPEXPIRE', 'h', 1500, 'FIELDS', 1, 'goes');
    await store();
    await evictDurableObject(shard());
    await sleep(1600);
    await runDurableObjectAlarm(shard());
    // HLEN and EXISTS count what has expired and was not removed.
    expect([await run('HLEN', 'h'), await run('EXISTS', 'whole')]).toEqual([1, 0]);
    expect(await alarm()).toBe(null);
    await checkpoint();
    expect(await sql('SELECT count(*) AS keys, count(field_deadline) AS volatile FROM entry')).toEqual([{ keys: 1, volatile: 0 }]);
  });

  it('is known by its deadline in the row, which a large hash has too', async () => {
    const deadline = Date.now() + 3_600_000;
    await run('HSET', 'large', ...Array.from({ length: 3000 }, (_, i) => [`field ${i}`, `value ${i}`]).flat());
    await run('HPEXPIREAT', 'large', deadline + 500, 'FIELDS', 2, 'field 7', 'field 2999');
    await run('HPEXPIREAT', 'large', deadline, 'FIELDS', 1, 'field 1500');
    await run('HSET', 'plain', 'a', 1);
    await checkpoint();
    expect(await sql('SELECT field_deadline FROM entry WHERE field_deadline IS NOT NULL')).toEqual([{ field_deadline: deadline }]);
    await runInDurableObject(shard(), (_instance, state) => state.storage.deleteAlarm());
    await evictDurableObject(shard());
    await run('PING');
    expect(await alarm()).toBe(deadline);
  });
});

it('expires by itself again once that is switched on again, with no write after it', async () => {
  await run('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
  await run('HSETEX', 'h', 'PX', 20, 'FIELDS', 1, 'a', 1);
  await sleep(300);
  expect([await run('HLEN', 'h'), await alarm()]).toEqual([1, null]);
  await run('DEBUG', 'SET-ACTIVE-EXPIRE', 1);
  await expect.poll(() => run('EXISTS', 'h'), { timeout: 3000 }).toBe(0);
});

describe('a database of the release before', () => {
  it('is brought up to date, and its hashes can be given fields that expire', async () => {
    await run('HSET', 'h', 'a', 1, 'b', 2);
    await run('SET', 'k', 'v', 'PX', 100_000);
    await checkpoint();
    for (const table of ['feed', 'source', 'subscription', 'garbage', 'body', 'old_entry', 'old_chunk', 'old_segment', 'old_body'])
      await sql(`DROP TABLE ${table}`);
    await sql('DROP INDEX entry_field_deadline');
    for (const column of ['field_deadline', 'memory', 'access', 'checksum']) await sql(`ALTER TABLE entry DROP COLUMN ${column}`);
    await sql('ALTER TABLE segment DROP COLUMN checksum');
    await sql("UPDATE meta SET value = '2' WHERE name = 'schema'");
    await sql("UPDATE meta SET value = json_remove(value, '$.keysWithVolatileFields') WHERE name = 'checkpoint'");
    await evictDurableObject(shard());
    expect(await run('HGETALL', 'h')).toEqual(['a', '1', 'b', '2']);
    expect(await run('INFO', 'keyspace')).toContain('keys=2,expires=1,avg_ttl=0,subexpiry=0');
    await run('HEXPIREAT', 'h', 2_524_600_800, 'FIELDS', 1, 'a');
    await checkpoint();
    await evictDurableObject(shard());
    expect(await run('INFO', 'keyspace')).toContain('keys=2,expires=1,avg_ttl=0,subexpiry=1');
    expect(await run('HEXPIRETIME', 'h', 'FIELDS', 2, 'a', 'b')).toEqual([2_524_600_800, -1]);
  });
});
