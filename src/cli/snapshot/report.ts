// Snapshots as lines for people.

import type { Bytes } from '../../bytes/bytes';
import { grouped } from '../progress';
import { counted, nameOf, typeLines } from '../words';
import type { CompleteSnapshot, Snapshot } from './client';

const MOST_NAMED = 10;

/** What is in it, and what is not. */
export function contentLines(snapshot: CompleteSnapshot): string[] {
  const { byType, functions, keys, lostFieldDeadlines, rdbVersion, skippedKeys, takenAt } = snapshot;
  const lines = [`${counted(keys, 'key')} as of ${takenAt}, RDB version ${rdbVersion}:`];
  lines.push(...typeLines(Object.entries(byType)));
  if (functions > 0) lines.push(`  ${'libraries'.padEnd(12)} ${grouped(functions)}`);
  if (skippedKeys > 0) {
    lines.push(`left out ${counted(skippedKeys, 'key')}:`);
    const skipped = (snapshot.shards ?? []).flatMap((shard) => shard.skipped);
    for (const { key, reason } of skipped.slice(0, MOST_NAMED)) lines.push(`  ${keyName(key)}: ${reason}`);
    if (skippedKeys > MOST_NAMED) lines.push(`  … and ${grouped(skippedKeys - MOST_NAMED)} more`);
  }
  if (lostFieldDeadlines > 0) {
    const hashes = lostFieldDeadlines === 1 ? '1 hash has' : `${grouped(lostFieldDeadlines)} hashes have`;
    lines.push(`the fields of ${hashes} lost their deadlines, for which this version has no room`);
  }
  return lines;
}

/** One line of a list. */
export function listLine(snapshot: Snapshot): string {
  return `${snapshot.id}  ${snapshot.status.padEnd(8)}  ${stateOf(snapshot)}`;
}

function stateOf(snapshot: Snapshot): string {
  switch (snapshot.status) {
    case 'running':
      return `${grouped(snapshot.progress.keys)} of ${counted(snapshot.progress.totalKeys, 'key')}`;
    case 'failed':
      return snapshot.error;
    case 'complete':
      return `${counted(snapshot.keys, 'key')}, ${counted(snapshot.bytes, 'byte')}`;
  }
}

export function shownLines(snapshot: Snapshot): string[] {
  return snapshot.status === 'complete' ? [listLine(snapshot), ...contentLines(snapshot)] : [listLine(snapshot)];
}

function keyName(base64: string): string {
  return nameOf(Buffer.from(base64, 'base64').toString('latin1') as Bytes);
}
