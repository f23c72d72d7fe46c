// Which rights a token gives.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Settings } from '../settings';
import type { Access } from '../spec/client';
import { BadRequest } from './bad-request';
import { tokenOf } from './target';

/** How many ways of writing the right tokens (`Bearer x`, `bearer x`, `x`) are remembered. */
const MAX_REMEMBERED = 16;

export class Gate {
  private readonly digests: readonly (readonly [digest: Buffer, access: Access])[];
  /**
   * Credentials that were found right, so that the next request with them costs one lookup. It tells an attacker
   * nothing by its timing: V8 compares two strings only when their hashes, seeded at random per process, are equal.
   */
  private readonly remembered = new Map<string, Access>();

  constructor({ token, readOnlyToken }: Pick<Settings, 'token' | 'readOnlyToken'>) {
    const digests: [Buffer, Access][] = [];
    if (token !== undefined) digests.push([digestOf(token), 'full']);
    if (readOnlyToken !== undefined) digests.push([digestOf(readOnlyToken), 'read']);
    this.digests = digests;
  }

  /**
   * The rights of who sends this, or undefined when it is wrong.
   * @param credentials the value of an Authorization header, or a bare token
   */
  accessOf(credentials: string): Access | undefined {
    const known = this.remembered.get(credentials);
    if (known) return known;
    const access = this.check(/^bearer +/i.test(credentials) ? credentials.replace(/^bearer +/i, '') : credentials);
    if (access && this.remembered.size < MAX_REMEMBERED) this.remembered.set(credentials, access);
    return access;
  }

  /** In constant time: digests are compared, which tell nothing about the length or a common beginning either. */
  private check(token: string): Access | undefined {
    const digest = digestOf(token);
    let access: Access | undefined;
    for (const [expected, granted] of this.digests) if (timingSafeEqual(digest, expected)) access = granted;
    return access;
  }
}

/**
 * What a request brings to show its rights. A token in the query wins over the header: whoever writes one there cannot set
 * the other. Throws a `BadRequest`.
 */
export function credentialsOf(request: Request, query: string): string {
  return tokenOf(query) ?? request.headers.get('authorization') ?? '';
}

const UNAUTHORIZED = new BadRequest(
  'WRONGPASS invalid or missing auth token: send it as "Authorization: Bearer <token>", or as the query parameter _token',
  401,
  { 'www-authenticate': 'Bearer' },
);

/** What a request of Upstash's REST may do. Throws a `BadRequest` when it may do nothing. */
export function requireAccess(gate: Gate, request: Request, query: string): Access {
  const access = gate.accessOf(credentialsOf(request, query));
  if (!access) throw UNAUTHORIZED;
  return access;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
