// SAVE, BGSAVE, LASTSAVE and what INFO tells of them, with snapshots that end when the test says so.

import { describe, expect, test } from 'vitest';
import { OK, Status, type VerbatimReply } from '../../../src/protocol/reply';
import type { Snapshots, SnapshotsEnd } from '../../../src/spec/server';
import { TestEngine } from '../../support/engine';

class FakeSnapshots implements Snapshots {
  runningSinceMs: number | undefined;
  progress = undefined;
  lastSaveMs: number | undefined;
  lastFailed = false;
  lastTookMs: number | undefined;
  saves = 0;
  private whenDone: SnapshotsEnd | undefined;

  begin(whenDone?: SnapshotsEnd): 'started' | 'running' {
    if (this.runningSinceMs !== undefined) return 'running';
    this.runningSinceMs = 1_800_000_000_000;
    this.whenDone = whenDone;
    return 'started';
  }

  end(succeeded: boolean): void {
    this.lastSaveMs = succeeded ? this.runningSinceMs : this.lastSaveMs;
    this.lastFailed = !succeeded;
    this.lastTookMs = 1234;
    this.runningSinceMs = undefined;
    this.whenDone?.(succeeded);
  }
}

const textOf = (reply: unknown): string => (reply as VerbatimReply).text;

function start() {
  const snapshots = new FakeSnapshots();
  const test = new TestEngine(1, undefined, true, { snapshots });
  const connection = test.connect();
  const send = (text: string) => connection.receive(Buffer.from(text)).output;
  return { test, snapshots, connection, send };
}

describe('SAVE', () => {
  test.each([
    [true, '+OK\r\n'],
    [false, '-ERR the snapshot failed; GET /v1/snapshots says why\r\n'],
  ])('waits for the end: %s', (succeeded, reply) => {
    const { test, snapshots, connection, send } = start();
    expect(send('SAVE\r\nPING\r\n')).toBe('');
    expect(connection.blocked).toBe(true);
    expect(test.run('SET', 'k', 'v')).toBe(OK);
    snapshots.end(succeeded);
    expect(connection.proceed().output).toBe(`${reply}+PONG\r\n`);
  });

  test('and one that was unblocked is not answered again', () => {
    const { test, snapshots, connection, send } = start();
    send('SAVE\r\n');
    const id = Number(/id=(\d+)[^\n]*cmd=save/.exec(textOf(test.run('CLIENT', 'LIST')))?.[1]);
    expect(test.run('CLIENT', 'UNBLOCK', id)).toBe(1);
    expect(connection.proceed().output).toBe('+Background saving started\r\n');
    expect(send('BLPOP nothing 0\r\n')).toBe('');
    snapshots.end(true);
    expect(connection.blocked).toBe(true);
  });

  test('and BGSAVE are refused while one is being written', () => {
    const { test, snapshots } = start();
    expect(test.run('BGSAVE')).toEqual(new Status('Background saving started'));
    const refused = { text: 'ERR Background save already in progress' };
    for (const line of [['SAVE'], ['BGSAVE'], ['BGSAVE', 'SCHEDULE']]) expect(test.run(...line)).toMatchObject(refused);
    snapshots.end(true);
    expect(test.run('BGSAVE', 'schedule')).toEqual(new Status('Background saving started'));
  });

  test('is not allowed in a transaction, where BGSAVE is put off', () => {
    const { send } = start();
    expect(send('MULTI\r\nBGSAVE\r\nEXEC\r\n')).toBe('+OK\r\n+QUEUED\r\n*1\r\n+Background saving scheduled\r\n');
    expect(send('MULTI\r\nSAVE\r\nDISCARD\r\n')).toBe('+OK\r\n-ERR Command not allowed inside a transaction\r\n+OK\r\n');
  });

  test('says that there is no bucket', () => {
    const test = new TestEngine();
    for (const name of ['SAVE', 'BGSAVE']) expect(test.run(name)).toMatchObject({ text: expect.stringContaining('no bucket SNAPSHOTS') });
  });
});

test('INFO and LASTSAVE tell of the last one', () => {
  const { test, snapshots } = start();
  const info = () => textOf(test.run('INFO', 'persistence'));
  test.run('SET', 'k', 'v');
  expect(info()).toContain('rdb_changes_since_last_save:1\r\nrdb_bgsave_in_progress:0');
  test.run('BGSAVE');
  test.now += 3500;
  expect(info()).toMatch(/rdb_bgsave_in_progress:1[\s\S]*rdb_last_bgsave_time_sec:-1\r\nrdb_current_bgsave_time_sec:3/);
  snapshots.end(true);
  expect(test.run('LASTSAVE')).toBe(1_800_000_000);
  expect(info()).toMatch(
    /rdb_bgsave_in_progress:0[\s\S]*rdb_last_bgsave_status:ok\r\nrdb_last_bgsave_time_sec:1\r\nrdb_current_bgsave_time_sec:-1/,
  );
  test.run('BGSAVE');
  snapshots.end(false);
  expect(info()).toContain('rdb_last_bgsave_status:err');
});
