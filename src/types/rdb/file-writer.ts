// RDB files: what stands before, between and behind the values (rdb.c rdbSaveRio).

import { ascii, type Bytes } from '../../bytes/bytes';
import type { RdbWriter } from './writer';

const MAGIC = 'REDIS';

export const OPCODE = {
  function: 0xf5,
  aux: 0xfa,
  resize: 0xfb,
  deadline: 0xfc,
  select: 0xfe,
  end: 0xff,
} as const;

export interface FileHead {
  readonly version: number;
  /** What `redis-ver` says. */
  readonly redisVersion: string;
  /** Unix milliseconds. */
  readonly now: number;
  /** Estimated bytes of memory of the dataset. */
  readonly memory: number;
}

export function writeFileHead(writer: RdbWriter, { version, redisVersion, now, memory }: FileHead): void {
  writer.chars(ascii(`${MAGIC}${String(version).padStart(4, '0')}`));
  const fields = {
    'redis-ver': redisVersion,
    'redis-bits': '64',
    ctime: `${Math.floor(now / 1000)}`,
    'used-mem': `${memory}`,
    'aof-base': '0',
  };
  for (const [name, value] of Object.entries(fields)) {
    writer.byte(OPCODE.aux);
    writer.string(ascii(name));
    writer.string(ascii(value));
  }
}

export function writeLibrary(writer: RdbWriter, source: Bytes): void {
  writer.byte(OPCODE.function);
  writer.string(source);
}

/** What stands before the keys of the one database: its number, and how many keys there are, and how many with a deadline. */
export function writeDatabaseHead(writer: RdbWriter, keys: number, expires: number): void {
  writer.byte(OPCODE.select);
  writer.count(0);
  writer.byte(OPCODE.resize);
  writer.count(keys);
  writer.count(expires);
}

/** What stands before a value: its deadline, the number of its form, its key. */
export function writeKeyHead(writer: RdbWriter, key: Bytes, deadline: number | undefined, type: number): void {
  if (deadline !== undefined) {
    writer.byte(OPCODE.deadline);
    writer.int64(deadline, true);
  }
  writer.byte(type);
  writer.string(key);
}
