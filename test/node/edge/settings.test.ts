import { expect, test } from 'vitest';
import { readSettings, SettingsError } from '../../../src/settings';

const defaults = {
  token: undefined,
  readOnlyToken: undefined,
  shards: 1,
  maxMemory: 0,
  maxMemoryPolicy: 'noeviction',
  debug: false,
  batch: true,
  durability: 'strict',
  respNoAuth: false,
  memoryBudget: 40 * 1024 * 1024,
  storageLimit: 9_500_000_000,
};

test('nothing is needed, and what is empty or not ours is not looked at', () => {
  expect(readSettings({})).toEqual(defaults);
  expect(readSettings({ KEDGE_TOKEN: '', KEDGE_READONLY_TOKEN: '', KEDGE_SHARDS: '', SHARD: {}, OTHER: 'x' })).toEqual(defaults);
});

test('all of them', () => {
  const bindings = {
    KEDGE_TOKEN: 'secret+/=',
    KEDGE_READONLY_TOKEN: 'other',
    KEDGE_SHARDS: '64',
    KEDGE_MAXMEMORY: '1gb',
    KEDGE_MAXMEMORY_POLICY: 'allkeys-fifo',
    KEDGE_DEBUG: '1',
    KEDGE_BATCH: 'off',
    KEDGE_DURABILITY: 'relaxed',
    KEDGE_RESP_NO_AUTH: '1',
    KEDGE_MEMORY_BUDGET: '64mb',
    KEDGE_STORAGE_LIMIT: '2gb',
  };
  const expected = {
    token: 'secret+/=',
    readOnlyToken: 'other',
    shards: 64,
    maxMemory: 1024 ** 3,
    maxMemoryPolicy: 'allkeys-fifo',
    debug: true,
    batch: false,
    durability: 'relaxed',
    respNoAuth: true,
    memoryBudget: 64 * 1024 * 1024,
    storageLimit: 2 * 1024 ** 3,
  };
  expect(readSettings(bindings)).toEqual(expected);
  expect(readSettings({ KEDGE_DEBUG: '0', KEDGE_BATCH: 'on', KEDGE_RESP_NO_AUTH: '0' })).toEqual(defaults);
});

test.each<[bindings: Record<string, unknown>, complaint: RegExp]>([
  [{ KEDGE_SHARDS: '0' }, /^KEDGE_SHARDS must be a number from 1 to 64$/],
  [{ KEDGE_SHARDS: '65' }, /^KEDGE_SHARDS must be/],
  [{ KEDGE_SHARDS: '100' }, /^KEDGE_SHARDS must be/],
  [{ KEDGE_SHARDS: '2.5' }, /^KEDGE_SHARDS must be/],
  [{ KEDGE_SHARDS: ' 2' }, /^KEDGE_SHARDS must be/],
  [{ KEDGE_SHARDS: 'many' }, /^KEDGE_SHARDS must be/],
  [{ KEDGE_MAXMEMORY: 'kb' }, /^KEDGE_MAXMEMORY must be an amount of memory/],
  [{ KEDGE_MAXMEMORY: '-1' }, /^KEDGE_MAXMEMORY must be/],
  [{ KEDGE_MAXMEMORY: '1048577gb' }, /^KEDGE_MAXMEMORY must be/],
  [{ KEDGE_MAXMEMORY_POLICY: 'lru' }, /^KEDGE_MAXMEMORY_POLICY must be one of volatile-lru, /],
  [{ KEDGE_DEBUG: 'yes' }, /^KEDGE_DEBUG must be '0' or '1'$/],
  [{ KEDGE_BATCH: '0' }, /^KEDGE_BATCH must be 'on' or 'off'$/],
  [{ KEDGE_DURABILITY: 'always' }, /^KEDGE_DURABILITY must be 'strict', 'relaxed', 'memory'$/],
  [{ KEDGE_RESP_NO_AUTH: 'true' }, /^KEDGE_RESP_NO_AUTH must be/],
  [{ KEDGE_MEMORY_BUDGET: '1mb' }, /^KEDGE_MEMORY_BUDGET must be an amount of memory/],
  [{ KEDGE_MEMORY_BUDGET: 'much' }, /^KEDGE_MEMORY_BUDGET must be an amount of memory/],
  [{ KEDGE_STORAGE_LIMIT: '1000' }, /^KEDGE_STORAGE_LIMIT must be an amount such as/],
  [{ KEDGE_STORAGE_LIMIT: 'kb' }, /^KEDGE_STORAGE_LIMIT must be an amount such as/],
  [{ KEDGE_TOKEN: 'has space' }, /^KEDGE_TOKEN has a character/],
  [{ KEDGE_TOKEN: 'same', KEDGE_READONLY_TOKEN: 'same' }, /^KEDGE_READONLY_TOKEN is the same as KEDGE_TOKEN/],
  [{ KEDGE_BATCH: 'x', KEDGE_DEBUG: 'y' }, /KEDGE_DEBUG .*; KEDGE_BATCH /],
])('%j is refused', (bindings, complaint) => {
  expect(() => readSettings(bindings)).toThrow(SettingsError);
  expect(() => readSettings(bindings)).toThrow(complaint);
});

test('a complaint never shows a token', () => {
  let message = '';
  try {
    readSettings({ KEDGE_TOKEN: 'my secret' });
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain('KEDGE_TOKEN');
  expect(message).not.toContain('secret');
});
