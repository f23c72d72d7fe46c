// What the two sides can do, found out before anything is copied.

import { ascii, toText } from '../../bytes/bytes';
import { ErrorReply, type Reply } from '../../protocol/reply';
import { Failure } from '../failure';
import type { RespClient } from '../resp-client';

export interface Source {
  /** PEXPIRETIME is there (7.0): deadlines are exact. Elsewhere they are TIME and PTTL together. */
  readonly hasDeadlines: boolean;
  /** By how much two readings of the same deadline may differ. */
  readonly deadlineToleranceMs: number;
  /** MEMORY USAGE is there: large values can be told before they are read. */
  readonly hasSizes: boolean;
  /** Fields of hashes may have deadlines (7.4). */
  readonly hasFieldDeadlines: boolean;
  /** Keys in the database. */
  readonly keys: number | undefined;
  /** Other databases that hold keys. */
  readonly otherDatabases: readonly number[];
  /** What to add to a deadline of the source, so that as much time is left at the target, whose clock differs. */
  readonly clockShiftMs: number;
}

/** Never there. Hashed as any other key, so a node of a cluster refuses it unless its slot happens to be there. */
const NO_KEY = 'kedge:migrate:no such key';
/** Clocks that differ by less are taken for equal: deadlines stay what they are to the millisecond. */
const CLOCK_TOLERANCE_MS = 2000;
/** Between TIME and PTTL of one pipeline. */
const READING_MS = 1000;

/** Fails with what stands in the way, where this source cannot be copied. */
export async function examine(source: RespClient, target: RespClient, url: string, database: number): Promise<Source> {
  const info = await source.run('INFO');
  const told = typeof info === 'string' ? toText(info) : '';
  if (/^cluster_enabled:1/m.test(told)) throw isCluster(url);
  for (const argv of [
    ['DUMP', NO_KEY],
    ['SCAN', '0', 'COUNT', '1'],
  ]) {
    const reply = await source.run(...argv);
    if (!(reply instanceof ErrorReply)) continue;
    if (reply.code === 'MOVED' || reply.code === 'CLUSTERDOWN') throw isCluster(url);
    throw new Failure(`${url} does not allow ${argv[0]}, and without it nothing can be copied: ${reply.text}`);
  }
  const knows = async (...argv: string[]) => !((await source.run(...argv)) instanceof ErrorReply);
  const keys = await source.run('DBSIZE');
  const hasDeadlines = await knows('PEXPIRETIME', NO_KEY);
  return {
    hasDeadlines,
    deadlineToleranceMs: hasDeadlines ? 0 : READING_MS,
    hasSizes: await knows('MEMORY', 'USAGE', NO_KEY),
    hasFieldDeadlines: await knows('HPEXPIRETIME', NO_KEY, 'FIELDS', '1', 'field'),
    keys: typeof keys === 'number' ? keys : undefined,
    otherDatabases: databasesIn(told).filter((number) => number !== database),
    clockShiftMs: await clockShift(source, target),
  };
}

function isCluster(url: string): Failure {
  return new Failure(
    `${url} is a node of a Redis Cluster, which has only a part of the keys: make one RDB file of each of its masters (redis-cli --rdb) and bring them in with kedge import`,
  );
}

function databasesIn(info: string): number[] {
  return [...info.matchAll(/^db(\d+):keys=[1-9]/gm)].map(([, number]) => Number(number));
}

async function clockShift(source: RespClient, target: RespClient): Promise<number> {
  const [theirs, ours] = await Promise.all([source.run('TIME'), target.run('TIME')]).then((replies) => replies.map(millisecondsOf));
  if (theirs === undefined || ours === undefined) return 0;
  return Math.abs(ours - theirs) < CLOCK_TOLERANCE_MS ? 0 : ours - theirs;
}

/** The reply of TIME in Unix milliseconds. */
export function millisecondsOf(reply: Reply | undefined): number | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [seconds, micros] = reply.map(Number);
  return (seconds as number) * 1000 + Math.floor((micros as number) / 1000);
}

/** The command that asks when a key expires, and what its answer means: Unix milliseconds, 0 for never. */
export function deadlineCommand({ hasDeadlines }: Source) {
  return ascii(hasDeadlines ? 'PEXPIRETIME' : 'PTTL');
}

export function deadlineFrom(reply: Reply | undefined, { hasDeadlines }: Source, nowMs: number): number {
  const value = Number(reply);
  if (!(value >= 0)) return 0;
  return hasDeadlines ? value : nowMs + value;
}
