// Tests of Redis' suite that need commands which Kedge does not have yet. They are left out, and counted as such.

/** What a test waits for. */
export type Need = 'blocking commands' | 'DUMP and RESTORE' | 'scripting' | 'SORT' | 'streams';

export interface Later {
  readonly file: string;
  readonly needs: Need;
  /** Names of tests, or regular expressions that start with a slash. */
  readonly tests: readonly string[];
}

export const LATER: readonly Later[] = [];
