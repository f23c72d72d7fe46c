import { describe, expect, test } from 'vitest';
import { type Bytes, fromText } from '../../../src/bytes/bytes';
import { registry } from '../../../src/commands/registry';
import { Table } from '../../../src/engine/table';
import { CROSS_SLOT } from '../../../src/protocol/errors';
import { type Plan, Planner } from '../../../src/router/plan';
import { SlotMap } from '../../../src/router/slot-map';
import { isContainer } from '../../../src/spec/command';
import { seededRandom } from '../../support/engine';

const table = new Table(registry);
const SHARDS = 4;
const slots = new SlotMap(SHARDS);
const planner = new Planner(table, slots);
const lone = new Planner(table, new SlotMap(1));

const line = (...args: string[]): Bytes[] => args.map(fromText);
const plan = (...args: string[]): Plan => planner.plan(line(...args));

/** One key of each shard. */
const keys: string[] = Array.from({ length: SHARDS }, (_, shard) => {
  for (let i = 0; ; i++) if (slots.shardOf(fromText(`k${i}`)) === shard) return `k${i}`;
});
const [k0, k1, k2, k3] = keys as [string, string, string, string];

describe('one shard', () => {
  test('runs a command with one key', () => {
    for (const [shard, key] of keys.entries()) {
      expect(plan('get', key)).toEqual({ kind: 'one', shard, keyed: true });
      expect(plan('SET', key, 'v')).toEqual({ kind: 'one', shard, keyed: true });
      expect(plan('object', 'encoding', key)).toEqual({ kind: 'one', shard, keyed: true });
    }
  });

  test('runs a command whose keys are all its own, split or not', () => {
    expect(plan('mget', k2, `{${k2}}a`)).toEqual({ kind: 'one', shard: 2, keyed: true });
    expect(plan('rename', k3, `{${k3}}a`)).toEqual({ kind: 'one', shard: 3, keyed: true });
    expect(plan('zunionstore', k1, '2', `{${k1}}a`, `{${k1}}b`)).toEqual({ kind: 'one', shard: 1, keyed: true });
  });

  test('is the home shard for what has no key or is wrong in itself', () => {
    const home = { kind: 'one', shard: 0, keyed: false };
    for (const wrong of [
      ['ping'],
      ['nope', k3],
      ['get'],
      ['get', k3, 'x'],
      ['config'],
      ['object', 'nope', k3],
      ['mset', k3, 'v', k2],
      ['scan', 'x'],
      ['zunionstore', k1, '9', k2],
    ]) {
      expect(plan(...wrong)).toEqual(home);
    }
  });

  test('is the only one of a small database, whatever the command', () => {
    for (const argv of [['mget', ...keys], ['rename', k0, k3], ['flushall'], ['scan', '0'], ['nope'], ['zunionstore', k0, '1', k3]]) {
      expect(lone.plan(line(...argv))).toMatchObject({ kind: 'one', shard: 0 });
    }
  });
});

describe('several shards', () => {
  test('a command that cannot be cut is refused', () => {
    for (const argv of [
      ['rename', k0, k1],
      ['msetnx', k0, '1', k3, '2'],
      ['zunionstore', k1, '2', k1, k2],
    ]) {
      expect(plan(...argv)).toEqual({ kind: 'error', error: CROSS_SLOT });
    }
  });

  test('a command that can be cut is cut with the values of its keys, in order', () => {
    expect(plan('MSET', k1, 'a', k0, 'b', `{${k1}}`, 'c')).toEqual({
      kind: 'split',
      merge: 'ok',
      parts: [
        { shard: 1, argv: line('MSET', k1, 'a', `{${k1}}`, 'c'), places: [0, 2] },
        { shard: 0, argv: line('MSET', k0, 'b'), places: [1] },
      ],
    });
    expect(plan('mget', k3, k0, k3)).toEqual({
      kind: 'split',
      merge: 'scatter',
      parts: [
        { shard: 3, argv: line('mget', k3, k3), places: [0, 2] },
        { shard: 0, argv: line('mget', k0), places: [1] },
      ],
    });
  });

  test('whatever is cut, each key goes once to the shard that owns it', () => {
    const random = seededRandom(3);
    let cut = 0;
    for (let run = 0; run < 300; run++) {
      const some = Array.from({ length: 1 + random.below(12) }, () => `key:${random.below(50)}`);
      const made = plan('del', ...some);
      if (made.kind !== 'split') continue;
      cut++;
      const placed: string[] = [];
      for (const part of made.parts) {
        expect(part.argv.length).toBe(part.places.length + 1);
        for (const [i, place] of part.places.entries()) {
          const key = part.argv[i + 1] as Bytes;
          expect(slots.shardOf(key)).toBe(part.shard);
          placed[place] = key;
        }
      }
      expect(placed).toEqual(some);
    }
    expect(cut).toBeGreaterThan(100);
  });

  test('commands for the whole database go to all', () => {
    expect(plan('dbsize')).toEqual({ kind: 'all', merge: 'sum' });
    expect(plan('FLUSHALL')).toEqual({ kind: 'all', merge: 'ok' });
    expect(plan('randomkey')).toEqual({ kind: 'all', merge: 'any' });
  });

  test('SCAN goes where its cursor is', () => {
    expect(plan('scan', '0')).toEqual({ kind: 'scan', shard: 0, next: slots.cursorAfter(0) });
    expect(plan('scan', `${slots.cursorAfter(1)}`)).toEqual({ kind: 'scan', shard: 2, next: slots.cursorAfter(2) });
    expect(plan('scan', `${slots.cursorAfter(2) + 1n}`)).toEqual({ kind: 'one', shard: 3, keyed: true });
  });
});

test('every command of the registry that is cut along its keys has one key specification that can be', () => {
  let checked = 0;
  for (const top of registry) {
    for (const spec of isContainer(top) ? top.subcommands : [top]) {
      if (typeof spec.sharding !== 'object' || !('split' in spec.sharding)) continue;
      checked++;
      expect(spec.keys, spec.name).toHaveLength(1);
      expect(spec.keys?.[0]?.find, spec.name).toMatchObject({ limit: 0 });
    }
  }
  expect(checked).toBeGreaterThan(5);
});
