// Tokens that a start or a deployment gives itself.

import { randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** 256 random bits in letters that need no quoting. Many a command line takes a word that begins with a dash for an option. */
export function newToken(): string {
  for (;;) {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    if (!token.startsWith('-')) return token;
  }
}
