// Snapshots by schedule, and which of them are kept.

import { reset, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { Database } from '../../src/shard/database';
import type { Shard } from '../../src/shard/shard';
import { Catalogue } from '../../src/shard/snapshot/catalogue';
import { type Schedule, SnapshotCoordinator } from '../../src/shard/snapshot/coordinator';
import { SnapshotRecord } from '../../src/shard/snapshot/record';
import { run, shard } from './shard-client';

afterEach(() => reset());

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2030, 0, 1);
const NO_LIMITS: Schedule = { everyMs: undefined, keep: undefined, maxAgeMs: undefined };

/** A coordinator of the shard, with a clock and a schedule of its own. `breaks` says whether parts fail. */
async function withCoordinator(
  schedule: Partial<Schedule>,
  test: (at: {
    coordinator: SnapshotCoordinator;
    record: SnapshotRecord;
    disk: { isFull: boolean; isTight: boolean };
    pass: (ms: number) => void;
    breaks: (isBroken: boolean) => void;
    ids: () => Promise<string[]>;
  }) => Promise<void>,
): Promise<void> {
  await run('SET', 'k', 'v');
  await runInDurableObject(shard(), async (instance: Shard, state) => {
    let now = START_MS;
    let broken = false;
    let digits = 0;
    const catalogue = new Catalogue(env.SNAPSHOTS as R2Bucket);
    const disk = { isFull: false, isTight: false, hasRoom: async () => !disk.isFull };
    const record = new SnapshotRecord(new Database(state.storage.sql));
    const coordinator = new SnapshotCoordinator({
      catalogue,
      record,
      disk,
      shards: 1,
      schedule: { ...NO_LIMITS, ...schedule },
      ask: async (_shard, step) => {
        if (broken && step.step === 'run') throw new Error('broken');
        return instance.snapshotPart(step);
      },
      now: () => now,
      randomHex: (count) => String(digits++).padStart(count, '0'),
      ownProgress: () => undefined,
      log: () => undefined,
    });
    await test({
      coordinator,
      record,
      disk,
      pass: (ms) => {
        now += ms;
      },
      breaks: (isBroken) => {
        broken = isBroken;
      },
      ids: () => catalogue.ids(),
    });
  });
}

/** A call of the schedule, and what it has begun is over. */
async function tick(coordinator: SnapshotCoordinator): Promise<void> {
  await coordinator.tick();
  await vi.waitUntil(() => coordinator.runningSinceMs === undefined);
}

it('without a schedule none comes by itself', () =>
  withCoordinator({}, async ({ coordinator, pass, ids }) => {
    await tick(coordinator);
    pass(1000 * MINUTE_MS);
    await tick(coordinator);
    expect(await ids()).toEqual([]);
  }));

it('one comes at first, and then when its time has come', () =>
  withCoordinator({ everyMs: 60 * MINUTE_MS }, async ({ coordinator, pass, ids }) => {
    await tick(coordinator);
    expect(await ids()).toHaveLength(1);
    pass(55 * MINUTE_MS);
    await tick(coordinator);
    expect(await ids()).toHaveLength(1);
    pass(5 * MINUTE_MS);
    await tick(coordinator);
    expect(await ids()).toHaveLength(2);
    expect((await coordinator.list(10)).map((one) => one.status === 'complete' && one.manifest.trigger)).toEqual(['schedule', 'schedule']);
  }));

it('after a failure it is tried again, but not at once', () =>
  withCoordinator({ everyMs: 60 * MINUTE_MS }, async ({ coordinator, pass, breaks, ids }) => {
    breaks(true);
    await tick(coordinator);
    expect(coordinator.lastFailed).toBe(true);
    breaks(false);
    pass(5 * MINUTE_MS);
    await tick(coordinator);
    expect(await ids()).toEqual([]);
    pass(15 * MINUTE_MS);
    await tick(coordinator);
    expect(await ids()).toHaveLength(1);
    expect(coordinator.lastFailed).toBe(false);
  }));

it('so many are kept, the newest ones', () =>
  withCoordinator({ everyMs: 60 * MINUTE_MS, keep: 2 }, async ({ coordinator, pass, ids }) => {
    const seen: string[] = [];
    for (let i = 0; i < 4; i++) {
      await tick(coordinator);
      seen.unshift((await ids())[0] as string);
      pass(60 * MINUTE_MS);
    }
    await vi.waitUntil(async () => (await ids()).length === 2);
    expect(await ids()).toEqual(seen.slice(0, 2));
  }));

it('those that are too old go, but for the newest', () =>
  withCoordinator({ maxAgeMs: 90 * MINUTE_MS }, async ({ coordinator, pass, ids }) => {
    for (let i = 0; i < 3; i++) {
      coordinator.begin();
      await vi.waitUntil(() => coordinator.runningSinceMs === undefined);
      pass(30 * MINUTE_MS);
    }
    expect(await ids()).toHaveLength(3);
    pass(30 * MINUTE_MS);
    await tick(coordinator);
    expect(await ids()).toHaveLength(2);
    pass(1000 * MINUTE_MS);
    await tick(coordinator);
    expect(await ids()).toHaveLength(1);
  }));

it('on a full disk none is begun, and one that ended with its process has failed for want of room, now and later', () =>
  withCoordinator({ everyMs: MINUTE_MS }, async ({ coordinator, record, disk, pass, ids }) => {
    const id = '20300101T000000000Z-00000000';
    record.running = { id, trigger: 'request', createdAtMs: START_MS };
    Object.assign(disk, { isFull: true, isTight: true });
    const failed = { status: 'failed', failed: { id, trigger: 'request', error: 'there is no room on the disk' } };
    expect(await coordinator.get(id)).toMatchObject(failed);
    expect([await coordinator.list(10), coordinator.lastFailed, coordinator.runningSinceMs]).toMatchObject([[failed], true, undefined]);
    expect(coordinator.start('request', { rdbVersion: undefined, modules: 'keep' })).toBe('no-room');
    expect([coordinator.begin(), await coordinator.delete(id)]).toEqual(['no-room', 'no-room']);
    pass(10 * MINUTE_MS);
    await coordinator.tick();
    expect(record.running?.id).toBe(id);

    disk.isFull = false;
    await coordinator.recover();
    expect(record.running).toBe(undefined);
    expect(await coordinator.get(id)).toMatchObject(failed);
    expect([await ids(), await coordinator.delete(id), await coordinator.list(10)]).toEqual([[], 'deleted', []]);
  }));
