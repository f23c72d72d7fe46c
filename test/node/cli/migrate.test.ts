// The parts of `kedge migrate` that need no server.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes, toBuffer } from '../../../src/bytes/bytes';
import { Crc64 } from '../../../src/bytes/crc64';
import { Ledger } from '../../../src/cli/migrate/ledger';
import { inKnownVersion, typeOfPayload } from '../../../src/cli/migrate/payload';
import { isComplete, type Outcome, reportLines } from '../../../src/cli/migrate/report';
import { Sample } from '../../../src/cli/migrate/sample';
import { readMigrateSettings } from '../../../src/cli/migrate/settings';
import { defaultEncodingLimits } from '../../../src/types/limits';
import { dumpPayload, isPayload, valueInPayload } from '../../../src/types/rdb/payload';

const checksum = (number: number) => new Crc64().update(Uint8Array.of(number, number >> 8, number >> 16)).bytes();
const keyOf = (number: number) => ascii(`key:${number}`);

describe('the ledger', () => {
  test('knows of many keys what they were like', () => {
    const ledger = new Ledger();
    const count = 50_000;
    for (let i = 0; i < count; i++) ledger.copied(keyOf(i), { checksum: checksum(i), deadline: i % 3 }, i % 2 === 0 ? 'string' : 'hash', 1);
    for (let i = 0; i < count; i++) {
      expect(ledger.isSettled(keyOf(i), { checksum: checksum(i), deadline: i % 3 }, 1)).toBe(true);
      if (i % 1000 > 0) continue;
      expect(ledger.isSettled(keyOf(i), { checksum: checksum(i + 1), deadline: i % 3 }, 1)).toBe(false);
      expect(ledger.isSettled(keyOf(i), { checksum: checksum(i), deadline: (i % 3) + 1 }, 1)).toBe(false);
      expect(ledger.isSettled(keyOf(count + i), { checksum: checksum(i), deadline: 0 }, 1)).toBe(false);
    }
    expect([...ledger.totals().byType]).toEqual([
      ['string', count / 2],
      ['hash', count / 2],
    ]);
  });

  test('tells what a pass has not found, and forgets it', () => {
    const ledger = new Ledger();
    const print = { checksum: checksum(1), deadline: 0 };
    for (let i = 0; i < 10; i++) ledger.copied(keyOf(i), print, 'set', 1);
    ledger.leftOut(keyOf(10), print, 'a reason', 1);
    expect(ledger.hasMissing(1)).toBe(false);
    for (let i = 0; i < 9; i++) ledger.isSettled(keyOf(i), print, 2);
    expect([8, 9, 10, 11].map((i) => ledger.isMissing(keyOf(i), 2))).toEqual([false, true, false, false]);
    expect(ledger.hasMissing(2)).toBe(true);
    ledger.forgetMissing(2);
    expect(ledger.hasMissing(2)).toBe(false);
    expect(ledger.totals()).toEqual({ byType: new Map([['set', 9]]), byReason: new Map() });
    expect(ledger.isOurs(keyOf(9))).toBe(false);
    expect(ledger.isSettled(keyOf(9), print, 3)).toBe(false);
  });

  test('counts a key by what became of it in the end', () => {
    const ledger = new Ledger();
    const print = { checksum: checksum(1), deadline: 0 };
    ledger.leftOut(keyOf(1), print, 'too large', 1);
    ledger.leftOut(keyOf(2), print, 'too large', 1);
    expect(ledger.totals().byReason).toEqual(new Map([['too large', 2]]));
    ledger.copied(keyOf(1), print, 'list', 2);
    expect(ledger.totals()).toEqual({ byType: new Map([['list', 1]]), byReason: new Map([['too large', 1]]) });
    expect([1, 2].map((i) => ledger.isOurs(keyOf(i)))).toEqual([true, false]);
  });

  test('takes readings of a deadline that differ a little for the same, but not one for none', () => {
    const ledger = new Ledger(100);
    ledger.copied(keyOf(1), { checksum: checksum(1), deadline: 1000 }, 'set', 1);
    const settled = (deadline: number) => ledger.isSettled(keyOf(1), { checksum: checksum(1), deadline }, 1);
    expect([900, 1100, 899, 0].map(settled)).toEqual([true, true, false, false]);
  });
});

describe('payloads', () => {
  const limits = defaultEncodingLimits();
  const payload = dumpPayload(ascii('value'));
  const ofVersion = (version: number, body = payload.slice(0, -10)): Bytes => {
    const text = `${body}${String.fromCharCode(version & 0xff, version >> 8)}` as Bytes;
    return `${text}${new Crc64().update(toBuffer(text)).bytes()}` as Bytes;
  };

  test('of a newer Redis are brought to a version that is read', () => {
    const newer = ofVersion(80);
    expect(isPayload(newer)).toBe(false);
    expect(isPayload(inKnownVersion(newer))).toBe(true);
    expect(valueInPayload(inKnownVersion(newer), limits)).toBe('value');
  });

  test('that are read already, or whose form is not known, stay as they are', () => {
    expect(inKnownVersion(payload)).toBe(payload);
    const unknown = ofVersion(80, '\x7fvalue');
    expect(inKnownVersion(unknown)).toBe(unknown);
  });

  test('tell their type', () => {
    expect(typeOfPayload(payload)).toBe('string');
    expect(typeOfPayload('\x13' as Bytes)).toBe('stream');
  });
});

test('a sample has each key with the same chance', () => {
  const chosen = new Map<Bytes, number>();
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let round = 0; round < 2000; round++) {
    const sample = new Sample(5, random);
    for (let i = 0; i < 20; i++) sample.offer(keyOf(i));
    expect(new Set(sample.keys).size).toBe(5);
    for (const key of sample.keys) chosen.set(key, (chosen.get(key) ?? 0) + 1);
  }
  // 500 of each are expected; five standard deviations are less than 100.
  for (let i = 0; i < 20; i++) expect(Math.abs((chosen.get(keyOf(i)) ?? 0) - 500)).toBeLessThan(100);
});

describe('the report', () => {
  const outcome: Outcome = {
    totals: {
      byType: new Map([
        ['set', 2],
        ['hash', 1000],
      ]),
      byReason: new Map(),
    },
    functions: { copied: new Map(), leftOut: new Map() },
    passes: 2,
    deleted: 0,
    lastChanged: 0,
    verification: { compared: 10, passedOver: 0, mismatches: [] },
    notes: [],
  };

  test('of what went well', () => {
    expect(reportLines(outcome)).toEqual([
      'copied 1,002 keys in 2 passes:',
      '  hash         1,000',
      '  set          2',
      'verified 10 keys: all are equal',
    ]);
    expect(isComplete(outcome)).toBe(true);
  });

  test('of what differs, with the keys', () => {
    const mismatches = Array.from({ length: 12 }, (_, i) => ({ key: ascii(`\xff${i}`), what: 'has another value' }));
    const differing = { ...outcome, verification: { compared: 20, passedOver: 3, mismatches } };
    const lines = reportLines(differing);
    expect(lines).toContain('verified 20 keys: 12 DIFFER; 3 could not be compared, for they have changed since or were left out');
    expect(lines).toContain('  "ÿ0" has another value');
    expect(lines.at(-1)).toBe('  … and 2 more');
    expect(isComplete(differing)).toBe(false);
  });

  test('what was left out makes it incomplete, unless that was asked for', () => {
    const withReason = (reason: string): Outcome => ({ ...outcome, totals: { ...outcome.totals, byReason: new Map([[reason, 3]]) } });
    expect(reportLines(withReason('too large'))).toContain('left out 3 keys: too large');
    expect(isComplete(withReason('too large'))).toBe(false);
    expect(isComplete(withReason('was at the target already'))).toBe(true);
  });

  test('a source that still changes is said to', () => {
    expect(reportLines({ ...outcome, lastChanged: 1 }).join('\n')).toContain('1 key had changed in the last pass');
  });
});

describe('the settings', () => {
  const needed = ['--from', 'redis://a', '--url', 'https://b'];

  test('have their usual values', () => {
    const settings = readMigrateSettings(needed, { KEDGE_TOKEN: 'token' });
    expect(settings).toMatchObject({ onConflict: 'replace', connections: 4, passes: 10, verify: 1000, token: 'token' });
  });

  test.each<[string[], string]>([
    [[], '--from is needed'],
    [['--from', 'redis://a'], '--url is needed'],
    [['--from', 'redis://a:1', '--url', 'redis://a:1'], 'are the same server'],
    [[...needed, '--on-conflict', 'merge'], "--on-conflict: 'merge' is neither"],
    [[...needed, '--connections', '0'], "--connections: '0'"],
    [['--from', 'redis://me:secret@a/x', '--url', 'https://b'], "--from: 'redis://me:…@a/x' is not an address of a Redis"],
  ])('%j: %s', (args, message) => {
    expect(() => readMigrateSettings(args, {})).toThrow(message);
  });
});
