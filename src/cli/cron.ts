// Cron triggers for the local server. The platform calls `scheduled()` by the clock; workerd alone does not.

import { Failure } from './failure';

const MINUTE_MS = 60_000;

/** Minute, hour, day of month, month, day of week: the least and the greatest value of each. */
const FIELDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [1, 7],
] as const;

/** Tells whether a schedule is due in the minute of a date (UTC). Numbers, lists, ranges, steps and `*`. */
export function cronMatcher(expression: string): (date: Date) => boolean {
  const parts = expression.trim().split(/\s+/);
  const allowed = FIELDS.map(([least, most], i) => fieldValues(parts[i] ?? '', least, most));
  if (parts.length !== FIELDS.length || allowed.includes(undefined)) {
    throw new Failure(`wrangler.toml: kedge start does not understand the schedule '${expression}'`);
  }
  return (date) => {
    // Cloudflare counts the days of the week from Sunday = 1.
    const now = [date.getUTCMinutes(), date.getUTCHours(), date.getUTCDate(), date.getUTCMonth() + 1, date.getUTCDay() + 1];
    return now.every((value, i) => allowed[i]?.has(value) === true);
  };
}

function fieldValues(field: string, least: number, most: number): Set<number> | undefined {
  const values = new Set<number>();
  for (const item of field.split(',')) {
    const [, range, from, to, step] = /^(\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(item) ?? [];
    if (range === undefined || step === '0') return undefined;
    const first = from === undefined ? least : Number(from);
    // `5/15` starts at 5 and goes on to the end, `5` is 5 alone.
    const last = to === undefined ? (from === undefined || step !== undefined ? most : first) : Number(to);
    if (first < least || last > most || first > last) return undefined;
    for (let value = first; value <= last; value += Number(step ?? 1)) values.add(value);
  }
  return values;
}

/** Calls `run` with each expression when its minute comes. Answers how to stop that. */
export function startCron(expressions: readonly string[], run: (expression: string) => void): () => void {
  const schedules = expressions.map((expression) => ({ expression, isDue: cronMatcher(expression) }));
  let timer: NodeJS.Timeout;
  const wait = () => {
    const untilMs = MINUTE_MS - (Date.now() % MINUTE_MS);
    // Timers may fire a little early; a few milliseconds into the minute they cannot be in the one before.
    timer = setTimeout(tick, untilMs + 50);
  };
  const tick = () => {
    const now = new Date();
    for (const { expression, isDue } of schedules) if (isDue(now)) run(expression);
    wait();
  };
  wait();
  return () => clearTimeout(timer);
}
