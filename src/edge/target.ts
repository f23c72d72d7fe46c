// The address of a request, cut by hand: `new URL()` costs more than the rest of the parsing, and changes the path (a
// key may be called `..`).

import { type Bytes, fromText } from '../bytes/bytes';
import { BadRequest } from './bad-request';

/** Never a command's argument: the token of clients that cannot set a header. */
export const TOKEN_PARAMETER = '_token';

const ESCAPE = /%([0-9A-Fa-f]{2})/g;
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

export interface Target {
  /** Without the leading slash, still encoded. */
  readonly path: string;
  /** Without the question mark, still encoded. */
  readonly query: string;
}

export function targetOf(url: string): Target {
  let start = url.indexOf('/', url.indexOf('://') + 3);
  if (start < 0) return { path: '', query: '' };
  // A base address with a slash at its end is easily joined with another one.
  while (url.charCodeAt(start) === SLASH) start++;
  const mark = url.indexOf('?', start);
  return mark < 0 ? { path: url.slice(start), query: '' } : { path: url.slice(start, mark), query: url.slice(mark + 1) };
}

const SLASH = 47;

/** What comes before the first slash of a path. */
export function firstSegment(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? path : path.slice(0, slash);
}

/**
 * The command line that an address spells: the segments of the path, then the body if there is one, then the query
 * parameters as names and values. Throws a {@link BadRequest}.
 */
export function readTarget({ path, query }: Target, body?: Bytes): Bytes[] {
  const line = path.split('/').map(decodeSegment);
  if (body !== undefined && body !== '') line.push(body);
  if (query !== '') appendParameters(line, query);
  return line;
}

function appendParameters(line: Bytes[], query: string): void {
  for (const parameter of query.split('&')) {
    const { name, value } = splitParameter(parameter);
    if (name === '' || name === TOKEN_PARAMETER) continue;
    line.push(decodeParameter(name));
    if (value !== '') line.push(decodeParameter(value));
  }
}

/** The value of a query parameter, or undefined. Throws a {@link BadRequest}. */
export function parameterOf(query: string, wanted: string): string | undefined {
  if (!query.includes(wanted)) return undefined;
  for (const parameter of query.split('&')) {
    const { name, value } = splitParameter(parameter);
    if (name === wanted) return decodeParameter(value);
  }
  return undefined;
}

/** The token in a query, if any. */
export function tokenOf(query: string): string | undefined {
  return parameterOf(query, TOKEN_PARAMETER);
}

function splitParameter(parameter: string): { name: string; value: string } {
  const equals = parameter.indexOf('=');
  return equals < 0 ? { name: parameter, value: '' } : { name: parameter.slice(0, equals), value: parameter.slice(equals + 1) };
}

/** A plus sign is itself in a path. */
function decodeSegment(segment: string): Bytes {
  if (!segment.includes('%')) return fromText(segment);
  if (BROKEN_ESCAPE.test(segment)) throw new BadRequest('ERR invalid percent-encoding in the address');
  return fromText(segment).replace(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))) as Bytes;
}

/** A plus sign is a space in a query, as forms and URLSearchParams write it. */
function decodeParameter(text: string): Bytes {
  return decodeSegment(text.includes('+') ? text.replaceAll('+', ' ') : text);
}
