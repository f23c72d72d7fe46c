// What the lives of one object know of the disk below them.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Disk, type DiskPorts, isNoRoom } from '../../../src/shard/disk';

const MIB = 1024 * 1024;
let objects = 0;
let id: string;
/** What the disk of the trials has room for, and what they have asked for. */
let room: number;
let asked: number[];

const trial = async (bytes: number): Promise<void> => {
  asked.push(bytes);
  if (bytes > room) throw new Error('database or disk is full: SQLITE_FULL');
};

beforeEach(() => {
  vi.useFakeTimers();
  id = `object ${objects++}`;
  room = Number.POSITIVE_INFINITY;
  asked = [];
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The next life of the object. */
async function live(ports: Partial<DiskPorts> = {}): Promise<Disk> {
  const disk = new Disk({ id, committed: async () => undefined, trial, now: Date.now, ...ports });
  await disk.start();
  return disk;
}

/** A life that ends as the runtime ends one whose writes it cannot commit: nothing of it runs any more. */
async function liveAndFail(): Promise<Disk> {
  const disk = await live({ committed: () => new Promise(() => undefined) });
  disk.wrote();
  return disk;
}

test('SQLite says that there is no room', () => {
  expect(isNoRoom(new Error('database or disk is full: SQLITE_FULL'))).toBe(true);
  expect(isNoRoom(new Error('no such table: SQLITE_ERROR'))).toBe(false);
});

test('a life that ended with all its writes committed leaves nothing to find out', async () => {
  const disk = await live();
  disk.wrote();
  disk.wrote();
  await vi.advanceTimersByTimeAsync(0);
  expect((await live()).isFull).toBe(false);
  expect(asked).toEqual([]);
});

test('after a doubtful end nothing is written before a trial, and what is to be written waits for one that succeeds', async () => {
  await liveAndFail();
  room = 0;
  const disk = await live();
  const done: string[] = [];
  disk.whenRoom(() => done.push('first'));
  void disk.available().then(() => done.push('second'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect([disk.isFull, done, await disk.hasRoom()]).toEqual([true, [], false]);
  expect(asked.length).toBeGreaterThan(5);
  room = MIB;
  await vi.advanceTimersByTimeAsync(1000);
  expect([disk.isFull, done, await disk.hasRoom()]).toEqual([false, ['first', 'second'], true]);
  const trials = asked.length;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toHaveLength(trials);
  disk.whenRoom(() => done.push('third'));
  expect(done).toHaveLength(3);
  expect((await live()).isFull).toBe(false);
});

test('an end that had nothing to do with the disk only costs a trial', async () => {
  await liveAndFail();
  expect((await live()).isFull).toBe(false);
  expect(asked).toEqual([MIB]);
});

test('a write of the runtime itself leaves a mark too, until it can be committed', async () => {
  const disk = await live();
  disk.writesSoon();
  room = 0;
  expect((await live()).isFull).toBe(true);
  room = MIB;
  await vi.advanceTimersByTimeAsync(1000);
  const next = await live();
  next.writesSoon();
  await vi.advanceTimersByTimeAsync(1000);
  asked = [];
  expect((await live()).isFull).toBe(false);
  expect(asked).toEqual([]);
});

test('where a trial found room and there was too little, the next one asks for more, up to a limit; later for less again', async () => {
  for (let i = 0; i < 7; i++) await liveAndFail();
  await live();
  expect(asked.map((bytes) => bytes / MIB)).toEqual([1, 2, 4, 8, 16, 16, 16]);
  vi.setSystemTime(Date.now() + 60 * 60_000);
  asked = [];
  await liveAndFail();
  expect((await live()).isTight).toBe(true);
  expect(asked).toEqual([MIB]);
});

test('where there is nothing to try it with time passes, more each time', async () => {
  const cloud = { trial: undefined };
  (await live(cloud)).wrote();
  const first = await live(cloud);
  expect([first.isFull, first.isTight]).toEqual([false, false]);
  first.noteEnd();
  const second = await live(cloud);
  const done = vi.fn();
  second.whenRoom(done);
  expect([second.isFull, second.isTight]).toEqual([true, true]);
  await vi.advanceTimersByTimeAsync(4999);
  expect([second.isFull, done.mock.calls.length]).toEqual([true, 0]);
  await vi.advanceTimersByTimeAsync(1);
  expect([second.isFull, done.mock.calls.length, second.isTight]).toEqual([false, 1, true]);
  second.noteEnd();
  const third = await live(cloud);
  await vi.advanceTimersByTimeAsync(9999);
  expect(third.isFull).toBe(true);
  await vi.advanceTimersByTimeAsync(1);
  expect(third.isFull).toBe(false);
  vi.setSystemTime(Date.now() + 60 * 60_000);
  expect((await live(cloud)).isTight).toBe(false);
});
