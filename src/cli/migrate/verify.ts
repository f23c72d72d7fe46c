// Whether both sides hold the same, found out by decoding values of both. A key that has changed at the source since it was
// copied says nothing.

import { ascii, type Bytes } from '../../bytes/bytes';
import { sha1Hex } from '../../bytes/sha1';
import type { Reply } from '../../protocol/reply';
import { valueDigest } from '../../types/digest';
import { defaultEncodingLimits } from '../../types/limits';
import { valueInPayload } from '../../types/rdb/payload';
import { RdbError } from '../../types/rdb/reader';
import { MIN_ID } from '../../types/stream/id';
import type { StreamValue } from '../../types/stream/value';
import type { Value } from '../../types/value';
import { Progress } from '../progress';
import type { CopyTask } from './copier';
import { checksumInPieces, orUnreadable } from './large-copy';
import type { Sides } from './passes';
import { checksumOf } from './payload';
import { Unreadable } from './piece';
import { deadlineCommand, deadlineFrom, millisecondsOf } from './source';

const BATCH_KEYS = 20;
/** Values that take more memory are compared piece by piece. */
const WHOLE_BYTES = 4 * 1024 * 1024;

export interface Verification {
  compared: number;
  /** Keys that have changed since, or were left out. */
  passedOver: number;
  readonly mismatches: { readonly key: Bytes; readonly what: string }[];
}

interface Seen {
  readonly payload: Reply | undefined;
  readonly deadline: number;
}

export async function verify(sides: Sides, task: CopyTask, keys: readonly Bytes[], pass: number): Promise<Verification> {
  const result: Verification = { compared: 0, passedOver: 0, mismatches: [] };
  const progress = new Progress('verifying', 'keys', keys.length);
  for (let at = 0; at < keys.length; at += BATCH_KEYS) {
    const batch = keys.slice(at, at + BATCH_KEYS);
    const sizes = await sides.to.send(batch.map((key) => [ascii('MEMORY'), ascii('USAGE'), key]));
    const isLarge = (i: number) => Number(sizes[i] ?? 0) > WHOLE_BYTES;
    await compareWhole(
      sides,
      task,
      batch.filter((_key, i) => !isLarge(i)),
      pass,
      result,
    );
    for (const key of batch.filter((_key, i) => isLarge(i))) await compareInPieces(sides, task, key, result);
    progress.update(at + batch.length);
  }
  progress.end();
  return result;
}

async function compareWhole(sides: Sides, task: CopyTask, keys: readonly Bytes[], pass: number, result: Verification): Promise<void> {
  const { ledger, source } = task;
  // The target first: what has not changed at the source by then is what was copied.
  const atTarget = await look(sides.to, keys, { ...source, hasDeadlines: true });
  const atSource = await look(sides.from, keys, source);
  keys.forEach((key, i) => {
    const theirs = atSource[i] as Seen;
    const ours = atTarget[i] as Seen;
    const { payload } = theirs;
    if (
      typeof payload !== 'string' ||
      !ledger.isOurs(key) ||
      !ledger.isSettled(key, { checksum: checksumOf(payload), deadline: theirs.deadline }, pass)
    ) {
      result.passedOver++;
      return;
    }
    result.compared++;
    const what = differenceOf(payload, theirs.deadline, ours, task);
    if (what !== undefined) result.mismatches.push({ key, what });
  });
}

async function look(client: Sides['from'], keys: readonly Bytes[], source: CopyTask['source']): Promise<Seen[]> {
  const commands: Bytes[][] = [[ascii('TIME')]];
  for (const key of keys) commands.push([ascii('DUMP'), key], [deadlineCommand(source), key]);
  const [time, ...replies] = await client.send(commands);
  const nowMs = millisecondsOf(time) ?? Date.now();
  return keys.map((_key, i) => ({ payload: replies[2 * i], deadline: deadlineFrom(replies[2 * i + 1], source, nowMs) }));
}

/** Deadlines that are read as what is left of them differ by as much as reading them takes. */
function deadlineDiffers(theirs: number, ours: number, { source }: CopyTask): boolean {
  if ((theirs === 0) !== (ours === 0)) return true;
  return theirs !== 0 && Math.abs(theirs + source.clockShiftMs - ours) > source.deadlineToleranceMs;
}

function differenceOf(payload: Bytes, deadline: number, ours: Seen, task: CopyTask): string | undefined {
  if (typeof ours.payload !== 'string') return 'is not there';
  if (deadlineDiffers(deadline, ours.deadline, task)) return 'has another deadline';
  try {
    const limits = defaultEncodingLimits();
    return sameValue(valueInPayload(payload, limits), valueInPayload(ours.payload, limits)) ? undefined : 'has another value';
  } catch (error) {
    if (error instanceof RdbError) return `cannot be decoded: ${error.message}`;
    throw error;
  }
}

async function compareInPieces({ from, to }: Sides, { ledger, source }: CopyTask, key: Bytes, result: Verification): Promise<void> {
  const theirs = await orUnreadable(checksumInPieces(from, key, source));
  const ours = await orUnreadable(checksumInPieces(to, key, source));
  // Read once more: had it changed while it was read, the two would differ for that.
  const again = await orUnreadable(checksumInPieces(from, key, source));
  if (theirs === undefined || theirs instanceof Unreadable || theirs !== again || ours instanceof Unreadable || !ledger.isOurs(key)) {
    result.passedOver++;
    return;
  }
  result.compared++;
  if (theirs !== ours) result.mismatches.push({ key, what: ours === undefined ? 'is not there' : 'has another value' });
}

/** As DEBUG DIGEST has it, and beyond that the deadlines of fields and the groups of streams. */
function sameValue(a: Value, b: Value): boolean {
  if (sha1Hex(valueDigest(a, false)) !== sha1Hex(valueDigest(b, false))) return false;
  if (typeof a === 'string' || typeof b === 'string') return true;
  if (a.type === 'hash' && b.type === 'hash') {
    for (let place = 0; place < a.size; place++) if (a.deadlineOf(a.fieldAt(place)) !== b.deadlineOf(a.fieldAt(place))) return false;
  }
  if (a.type === 'stream' && b.type === 'stream') return groupsOf(a) === groupsOf(b);
  return true;
}

function groupsOf(stream: StreamValue): string {
  const groups = stream.groups().map((group) => {
    const pending: unknown[] = [];
    group.pending.ascend(MIN_ID, (entry) => pending.push([entry.id, entry.consumer?.name, `${entry.deliveries}`]) > 0);
    return [group.name, group.lastId, `${group.entriesRead}`, group.consumers().map(({ name }) => name), pending];
  });
  return JSON.stringify([stream.lastId, `${stream.entriesAdded}`, stream.maxDeletedId, groups]);
}
