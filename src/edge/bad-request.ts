/** A request that cannot become a command. A value that is thrown; it has no stack. */
export class BadRequest {
  /** @param text the error line, code first */
  constructor(
    readonly text: string,
    readonly status = 400,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}
