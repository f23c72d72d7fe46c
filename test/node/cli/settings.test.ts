import { describe, expect, test } from 'vitest';
import { bridgeSettings, readSettings } from '../../../src/cli/settings';
import { newToken } from '../../../src/cli/token';

const read = (...args: string[]) => readSettings(bridgeSettings, args, {});
const url = ['--url', 'ws://127.0.0.1:1/ws'];

describe('the value of an option', () => {
  test.each(['-secret', '--secret', '-', '--'])('may begin with a dash: %s', (token) => {
    expect(read(...url, '--token', token)).toMatchObject({ token });
    expect(read('--token', token, ...url)).toMatchObject({ token });
    expect(read(...url, `--token=${token}`)).toMatchObject({ token });
  });

  test('is not the next option', () => {
    expect(() => read('--token', ...url)).toThrow(/--token/);
    expect(() => read('--token', '--url=ws://127.0.0.1:1/ws')).toThrow(/--token/);
    expect(() => read(...url, '--token')).toThrow(/--token/);
  });
});

test('a new token begins with no dash', () => {
  const tokens = Array.from({ length: 2000 }, newToken);
  expect(tokens.filter((token) => !/^\w[\w-]{42}$/.test(token))).toEqual([]);
  expect(new Set(tokens).size).toBe(2000);
});
