// What goes wrong on a command line is told in one line, without a stack trace.

/** A failure that the user can act on: its message is all that is printed. */
export class Failure extends Error {
  readonly exitCode: number = 1;
}

/** The command line itself, or the environment, is wrong. Exits with 2, as is the custom for usage errors. */
export class UsageFailure extends Failure {
  override readonly exitCode = 2;
}

/** The code of a system error (`EADDRINUSE`, `ENOENT`…), if it is one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
