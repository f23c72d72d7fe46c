// Answers of REST, compared by the mark of their line: `{"result":…}` or `{"error":…}`.

import { expect } from 'vitest';
import { isNear } from './compare';
import type { Mark } from './transcript';

/** A number of JSON as it was written, so that all its digits count. */
interface Numeral {
  readonly digits: string;
}
type Exact = null | string | Numeral | Exact[];

export interface Envelope {
  readonly result?: Exact;
  readonly error?: string;
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** Reads one envelope, or those of a pipeline. */
export function readEnvelopes(body: string): Envelope | Envelope[] {
  return JSON.parse(body.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `{"digits":"${token}"}`))) as
    | Envelope
    | Envelope[];
}

/** Fails the running test unless two envelopes agree. */
export function expectSameEnvelope(mark: Mark, text: string, actual: Envelope, expected: Envelope): void {
  const [ours, theirs] = [view(mark, actual), view(mark, expected)];
  if (ours === theirs || (mark === 'near' && isNear(Number(ours), Number(theirs)))) return;
  expect(`${text} => ${ours}`).toBe(`${text} => ${theirs}`);
}

/** What of an answer counts. */
function view(mark: Mark, { result, error }: Envelope): string {
  if (result === undefined || error !== undefined) return mark === 'exact' ? `error ${error}` : 'error';
  if (mark === 'exact') return JSON.stringify(result);
  if (mark === 'near') return isNumeral(result) ? result.digits : 'NaN';
  if (mark === 'unordered') return unordered(result);
  const kind = Array.isArray(result) ? 'array' : result === null ? 'null' : isNumeral(result) ? 'integer' : 'string';
  return mark === 'kind' && Array.isArray(result) ? `${kind} of ${result.length}` : kind;
}

function isNumeral(result: Exact): result is Numeral {
  return result !== null && typeof result === 'object' && 'digits' in result;
}

function unordered(result: Exact): string {
  if (!Array.isArray(result)) return JSON.stringify(result);
  const [cursor, found] = result;
  if (result.length === 2 && typeof cursor === 'string' && Array.isArray(found)) return `${cursor} ${unordered(found)}`;
  return result
    .map((item) => JSON.stringify(item))
    .sort()
    .join(' ');
}
