// The parts of `kedge export` and `kedge snapshot` that need no server.

import { describe, expect, test } from 'vitest';
import { toBuffer } from '../../../src/bytes/bytes';
import { Crc64 } from '../../../src/bytes/crc64';
import type { CompleteSnapshot } from '../../../src/cli/snapshot/client';
import { TrailingChecksum } from '../../../src/cli/snapshot/download';
import { contentLines, listLine } from '../../../src/cli/snapshot/report';

describe('the checksum at the end', () => {
  const content = Buffer.from('REDIS0010 and some more than that');
  const file = Buffer.concat([content, toBuffer(new Crc64().update(content).bytes())]);
  const isRight = (bytes: Buffer, size: number) => {
    const check = new TrailingChecksum();
    for (let at = 0; at < bytes.length; at += size) check.push(bytes.subarray(at, at + size));
    return check.isRight();
  };

  test('is found in pieces of every size', () => {
    for (let size = 1; size <= file.length; size++) expect(isRight(file, size)).toBe(true);
  });

  test('tells what is missing or changed', () => {
    for (let at = 0; at < file.length; at++) {
      expect(isRight(file.subarray(0, at), 7)).toBe(false);
      const changed = Buffer.from(file);
      changed[at] = (changed[at] as number) ^ 1;
      expect(isRight(changed, 7)).toBe(false);
    }
  });
});

describe('the report', () => {
  const snapshot: CompleteSnapshot = {
    id: 'ID',
    status: 'complete',
    takenAt: '2026-01-02T03:04:05.678Z',
    rdbVersion: 10,
    keys: 1001,
    bytes: 12_345,
    byType: { string: 1000, hash: 1 },
    functions: 0,
    skippedKeys: 0,
    lostFieldDeadlines: 0,
  };

  test('of a whole one', () => {
    expect(contentLines(snapshot)).toEqual([
      '1,001 keys as of 2026-01-02T03:04:05.678Z, RDB version 10:',
      '  hash         1',
      '  string       1,000',
    ]);
    expect(listLine(snapshot)).toBe('ID  complete  1,001 keys, 12,345 bytes');
  });

  test('of what is not in it', () => {
    const skipped = [{ key: Buffer.from('a\xff', 'latin1').toString('base64'), reason: 'a value of a module' }];
    const lines = contentLines({
      ...snapshot,
      functions: 2,
      skippedKeys: 1,
      lostFieldDeadlines: 3,
      shards: [{ skipped: [] }, { skipped }],
    });
    expect(lines.slice(3)).toEqual([
      '  libraries    2',
      'left out 1 key:',
      '  "aÿ": a value of a module',
      'the fields of 3 hashes have lost their deadlines, for which this version has no room',
    ]);
  });

  test('of one that is not complete', () => {
    const running = { id: 'ID', status: 'running', createdAt: '', progress: { keys: 1, totalKeys: 2000 } } as const;
    expect(listLine(running)).toBe('ID  running   1 of 2,000 keys');
    expect(listLine({ id: 'ID', status: 'failed', createdAt: '', error: 'no room' })).toBe('ID  failed    no room');
  });
});
