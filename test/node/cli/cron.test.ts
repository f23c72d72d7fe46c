import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cronMatcher, startCron } from '../../../src/cli/cron';

const isDue = (expression: string, date: string) => cronMatcher(expression)(new Date(date));

describe('a schedule', () => {
  // 2026-11-21 is a Saturday, the seventh day as Cloudflare counts.
  test.each([
    ['* * * * *', '2026-11-21T04:07:00Z', true],
    ['*/5 * * * *', '2026-11-21T04:05:30Z', true],
    ['*/5 * * * *', '2026-11-21T04:07:00Z', false],
    ['30 4 * * *', '2026-11-21T04:30:00Z', true],
    ['30 4 * * *', '2026-11-21T05:30:00Z', false],
    ['0,30 9-17 * * *', '2026-11-21T17:30:00Z', true],
    ['0,30 9-17 * * *', '2026-11-21T18:00:00Z', false],
    ['10/20 * * * *', '2026-11-21T04:50:00Z', true],
    ['10/20 * * * *', '2026-11-21T04:20:00Z', false],
    ['0 0 1 1 *', '2027-01-01T00:00:00Z', true],
    ['0 0 21 12 *', '2026-11-21T00:00:00Z', false],
    ['0 0 * * 7', '2026-11-21T00:00:00Z', true],
    ['0 0 * * 2-6', '2026-11-21T00:00:00Z', false],
    ['0 0 * * 1', '2026-11-22T00:00:00Z', true],
  ])('%s at %s: %s', (expression, date, due) => {
    expect(isDue(expression, date)).toBe(due);
  });

  test.each([
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '*/0 * * * *',
    '5-1 * * * *',
    'a * * * *',
    '* * L * *',
  ])('that is none is refused: %j', (expression) => {
    expect(() => cronMatcher(expression)).toThrow('does not understand the schedule');
  });
});

describe('the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-11-21T04:03:20Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('calls each schedule in its minutes, once, until it is stopped', () => {
    const calls: string[] = [];
    const stop = startCron(['*/5 * * * *', '6 * * * *'], (expression) =>
      calls.push(`${new Date().toISOString().slice(11, 16)} ${expression}`),
    );
    vi.advanceTimersByTime(60_000);
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(7 * 60_000);
    expect(calls).toEqual(['04:05 */5 * * * *', '04:06 6 * * * *', '04:10 */5 * * * *']);
    stop();
    vi.advanceTimersByTime(60 * 60_000);
    expect(calls).toHaveLength(3);
  });
});
