// What is said in the end, and whether it went well.

import { toText } from '../../bytes/bytes';
import { grouped } from '../progress';
import { byName, CONFLICT, counted, nameOf, typeLines } from '../words';
import type { FunctionCopier } from './functions';
import type { LedgerTotals } from './ledger';
import type { Verification } from './verify';

const MAX_MISMATCHES = 10;

export interface Outcome {
  readonly totals: LedgerTotals;
  readonly functions: Pick<FunctionCopier, 'copied' | 'leftOut'>;
  readonly passes: number;
  readonly deleted: number;
  /** What the last pass still had to change. */
  readonly lastChanged: number;
  readonly verification: Verification | undefined;
  readonly notes: readonly string[];
}

export function reportLines({ totals, functions, passes, deleted, lastChanged, verification, notes }: Outcome): string[] {
  const copied = sum(totals.byType);
  const types = typeLines(totals.byType);
  const lines = [`copied ${counted(copied, 'key')} in ${counted(passes, 'pass', 'passes')}${copied > 0 ? ':' : ''}`, ...types];
  if (functions.copied.size > 0) lines.push(`copied ${counted(functions.copied.size, 'library', 'libraries')} of functions`);
  if (deleted > 0) lines.push(`deleted ${counted(deleted, 'key')} that went from the source meanwhile`);
  for (const [reason, count] of byName(totals.byReason)) lines.push(`left out ${counted(count, 'key')}: ${reason}`);
  for (const [name, { reason }] of functions.leftOut) lines.push(`left out the library ${toText(name)}: ${reason}`);
  if (lastChanged > 0) {
    lines.push(
      `${counted(lastChanged, 'key')} had changed in the last pass, so others may have changed since: stop what writes to the source, and run this again`,
    );
  }
  if (verification !== undefined) lines.push(...verificationLines(verification));
  return [...lines, ...notes];
}

/** Everything that was to be copied is there and the same. A conflict that was to be skipped is no fault. */
export function isComplete({ totals, functions, verification }: Outcome): boolean {
  const faults = [...totals.byReason.keys(), ...[...functions.leftOut.values()].map(({ reason }) => reason)].filter(
    (reason) => reason !== CONFLICT,
  );
  return faults.length === 0 && (verification?.mismatches.length ?? 0) === 0;
}

function verificationLines({ compared, passedOver, mismatches }: Verification): string[] {
  const over = passedOver === 0 ? '' : `; ${grouped(passedOver)} could not be compared, for they have changed since or were left out`;
  const lines = [
    `verified ${counted(compared, 'key')}: ${mismatches.length === 0 ? 'all are equal' : `${mismatches.length} DIFFER`}${over}`,
  ];
  for (const { key, what } of mismatches.slice(0, MAX_MISMATCHES)) lines.push(`  ${nameOf(key)} ${what}`);
  if (mismatches.length > MAX_MISMATCHES) lines.push(`  … and ${mismatches.length - MAX_MISMATCHES} more`);
  return lines;
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
