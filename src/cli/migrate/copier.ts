// Copies keys, some hundreds at a time, over one connection to each side. Sizes are asked first, so that what is in flight
// stays bounded and a huge value is read piece by piece and not as one reply.

import { ascii, type Bytes } from '../../bytes/bytes';
import { ErrorReply, type Reply } from '../../protocol/reply';
import { Failure } from '../failure';
import type { RespClient } from '../resp-client';
import { CONFLICT, FATAL_CODES, nameOf } from '../words';
import { type Copy, checksumInPieces, copyInPieces, NO_CHECKSUM, orUnreadable } from './large-copy';
import type { Ledger, Print } from './ledger';
import { checksumOf, inKnownVersion, typeOfPayload } from './payload';
import { Unreadable } from './piece';
import type { OnConflict } from './settings';
import { deadlineCommand, deadlineFrom, millisecondsOf, type Source } from './source';

/** Values that take more memory than this are read piece by piece. */
const LARGE_BYTES = 8 * 1024 * 1024;
/** Values that are in flight at once, as estimated by their memory. */
const GROUP_BYTES = 4 * 1024 * 1024;
const GROUP_KEYS = 250;

export interface CopyTask {
  readonly source: Source;
  readonly ledger: Ledger;
  readonly onConflict: OnConflict;
  readonly targetUrl: string;
}

interface Sized {
  readonly key: Bytes;
  /** Estimated by the source, where it can. */
  readonly memory: number | undefined;
}

interface Dumped extends Print {
  readonly key: Bytes;
  readonly memory: number | undefined;
  readonly payload: Bytes;
}

export class Copier {
  /** Keys that were not at the target as they are at the source: copied, or left out now. */
  changed = 0;

  constructor(
    private readonly from: RespClient,
    private readonly to: RespClient,
    private readonly task: CopyTask,
  ) {}

  /** Brings the target up to date with these keys. Keys that are not there any more are left to the end of the pass. */
  async copy(keys: readonly Bytes[], pass: number): Promise<void> {
    const sized = await this.sizes(keys);
    const isLarge = ({ memory }: Sized) => memory !== undefined && memory > LARGE_BYTES;
    for (const group of grouped(sized.filter((one) => !isLarge(one)))) await this.copyGroup(group, pass);
    for (const one of sized.filter(isLarge)) await this.copyLarge(one, pass);
  }

  private async sizes(keys: readonly Bytes[]): Promise<Sized[]> {
    if (!this.task.source.hasSizes) return keys.map((key) => ({ key, memory: undefined }));
    const replies = await this.from.send(keys.map((key) => [ascii('MEMORY'), ascii('USAGE'), key]));
    const sized: Sized[] = [];
    replies.forEach((reply, i) => {
      if (reply !== null) sized.push({ key: keys[i] as Bytes, memory: typeof reply === 'number' ? reply : undefined });
    });
    return sized;
  }

  private async copyGroup(group: readonly Sized[], pass: number): Promise<void> {
    const { ledger, onConflict } = this.task;
    const changed = (await this.dump(group)).filter((one) => !ledger.isSettled(one.key, one, pass));
    if (changed.length === 0) return;
    const restores = changed.map(({ key, deadline, payload }) => {
      const argv = [ascii('RESTORE'), key, ascii(`${this.shifted(deadline)}`), inKnownVersion(payload), ascii('ABSTTL')];
      return onConflict === 'replace' || ledger.isOurs(key) ? [...argv, ascii('REPLACE')] : argv;
    });
    const replies = await this.to.send(restores);
    for (let i = 0; i < changed.length; i++) await this.settle(changed[i] as Dumped, replies[i] as Reply, pass);
  }

  /** Values with their deadlines, read at one time as nearly as can be. */
  private async dump(group: readonly Sized[]): Promise<Dumped[]> {
    const { source } = this.task;
    const commands: Bytes[][] = [[ascii('TIME')]];
    for (const { key } of group) commands.push([ascii('DUMP'), key], [deadlineCommand(source), key]);
    const [time, ...replies] = await this.from.send(commands);
    const nowMs = millisecondsOf(time) ?? Date.now();
    return group.flatMap(({ key, memory }, i) => {
      const payload = replies[2 * i];
      if (payload instanceof ErrorReply) throw new Failure(`the source refuses DUMP: ${payload.text}`);
      if (typeof payload !== 'string') return [];
      return { key, memory, payload, checksum: checksumOf(payload), deadline: deadlineFrom(replies[2 * i + 1], source, nowMs) };
    });
  }

  private async settle(dumped: Dumped, reply: Reply, pass: number): Promise<void> {
    const { key, payload } = dumped;
    if (!(reply instanceof ErrorReply)) {
      this.task.ledger.copied(key, dumped, typeOfPayload(payload), pass);
      this.changed++;
    } else if (reply.code === 'BUSYKEY') this.conflict(key, dumped, pass);
    else {
      this.requireBearable(reply.text);
      await this.copyRefused(dumped, reply.text, pass);
    }
  }

  /** What the target does not take as a payload it may take in pieces. The print stays that of the payload. */
  private async copyRefused(dumped: Dumped, refusal: string, pass: number): Promise<void> {
    const { key, memory, payload } = dumped;
    const copy = await this.inPieces(dumped, memory);
    if (copy === undefined) return;
    const reason = copy instanceof Unreadable ? `${refusal} (${copy.message})` : copy.refusal;
    this.note(key, dumped, typeOfPayload(payload), reason, pass);
  }

  private async copyLarge({ key, memory }: Sized, pass: number): Promise<void> {
    const { ledger, onConflict } = this.task;
    if (onConflict !== 'replace' && !ledger.isOurs(key) && (await this.to.run('EXISTS', key)) !== 0) {
      if (!ledger.isSettled(key, NO_PRINT, pass)) this.conflict(key, NO_PRINT, pass);
      return;
    }
    const print = await this.printOf(key, memory);
    if (print === undefined || ledger.isSettled(key, print, pass)) return;
    const copy = await this.inPieces({ key, deadline: print.deadline }, memory);
    if (copy === undefined) return;
    const type = await typeAt(this.from, key);
    if (copy instanceof Unreadable) this.note(key, print, type, copy.message, pass);
    else this.note(key, { checksum: copy.checksum, deadline: print.deadline }, type, copy.refusal, pass);
  }

  /** Undefined when the key is gone. */
  private async printOf(key: Bytes, memory: number | undefined): Promise<Print | undefined> {
    const { source, ledger } = this.task;
    const [time, reply] = await this.from.send([[ascii('TIME')], [deadlineCommand(source), key]]);
    const deadline = deadlineFrom(reply, source, millisecondsOf(time) ?? Date.now());
    // With nothing to compare with, the value is read once only: while it is copied.
    if (!ledger.isKnown(key)) return { checksum: NO_CHECKSUM, deadline };
    const checksum = await orUnreadable(checksumInPieces(this.from, key, source, memory));
    if (checksum === undefined) return undefined;
    return { checksum: checksum instanceof Unreadable ? NO_CHECKSUM : checksum, deadline };
  }

  private async inPieces(
    { key, deadline }: Pick<Dumped, 'key' | 'deadline'>,
    memory: number | undefined,
  ): Promise<Copy | Unreadable | undefined> {
    const copy = await orUnreadable(copyInPieces(this.from, this.to, key, this.shifted(deadline), this.task.source, memory));
    if (copy !== undefined && !(copy instanceof Unreadable) && copy.refusal !== undefined) this.requireBearable(copy.refusal);
    return copy;
  }

  private note(key: Bytes, print: Print, type: string, reason: string | undefined, pass: number): void {
    this.changed++;
    if (reason === undefined) this.task.ledger.copied(key, print, type, pass);
    else this.task.ledger.leftOut(key, print, reason, pass);
  }

  private conflict(key: Bytes, print: Print, pass: number): void {
    if (this.task.onConflict === 'fail') {
      throw new Failure(`the key ${nameOf(key)} is at the target already; --on-conflict replace or skip decides what to do`);
    }
    this.note(key, print, '', CONFLICT, pass);
  }

  private requireBearable(error: string): void {
    const [code = ''] = error.split(' ', 1);
    if (FATAL_CODES.includes(code)) throw new Failure(`${this.task.targetUrl} refuses to be written to: ${error}`);
  }

  private shifted(deadline: number): number {
    return deadline === 0 ? 0 : Math.max(1, deadline + this.task.source.clockShiftMs);
  }
}

const NO_PRINT: Print = { checksum: NO_CHECKSUM, deadline: 0 };

async function typeAt(client: RespClient, key: Bytes): Promise<string> {
  const reply = await client.run('TYPE', key);
  return typeof reply === 'object' && reply !== null && 'text' in reply ? String(reply.text) : String(reply);
}

/** In the same order, each group with a bounded number of keys and bytes. */
function* grouped(sized: readonly Sized[]): Generator<Sized[]> {
  let group: Sized[] = [];
  let bytes = 0;
  for (const one of sized) {
    const memory = one.memory ?? 0;
    if (group.length > 0 && (group.length === GROUP_KEYS || bytes + memory > GROUP_BYTES)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(one);
    bytes += memory;
  }
  if (group.length > 0) yield group;
}
