// Errors of the resource interface, in the form of RFC 9457.

import { respond } from '../answers';

/** Stable names of what goes wrong: programs compare these, people read the detail. */
export type ProblemCode =
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'invalid_query'
  | 'invalid_cursor'
  | 'invalid_body'
  | 'conflict'
  | 'no_room'
  | 'not_supported'
  | 'unavailable';

const KINDS: Readonly<Record<ProblemCode, { readonly status: number; readonly title: string }>> = {
  unauthorized: { status: 401, title: 'The token is missing or wrong' },
  forbidden: { status: 403, title: 'The token does not allow this' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  invalid_query: { status: 400, title: 'The query cannot be understood' },
  invalid_cursor: { status: 400, title: 'This is not a cursor' },
  invalid_body: { status: 400, title: 'The body cannot be understood' },
  conflict: { status: 409, title: 'This cannot be done now' },
  no_room: { status: 507, title: 'There is no room for this' },
  not_supported: { status: 501, title: 'This deployment cannot do this' },
  unavailable: { status: 503, title: 'The database cannot be reached' },
};

/** Something that went wrong. A value that is thrown; it has no stack. */
export class Problem {
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  toResponse(request: Request): Response {
    const { status, title } = KINDS[this.code];
    const body = JSON.stringify({ type: 'about:blank', title, status, detail: this.detail, code: this.code });
    const response = respond(request, { body, status, type: 'application/problem+json', syncToken: '' });
    for (const [name, value] of Object.entries(this.headers)) response.headers.set(name, value);
    return response;
  }
}
