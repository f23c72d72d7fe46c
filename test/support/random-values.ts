// Random values of every type, in every form in which Redis keeps a type, as lines that make them.

import type { Random } from '../../src/spec/context';

export type Line = string[];

export class RandomData {
  constructor(private readonly random: Random) {}

  below(bound: number): number {
    return this.random.below(bound);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  private bytes(length: number, alphabet = 256): string {
    return Array.from({ length }, () => String.fromCharCode(this.below(alphabet))).join('');
  }

  /** Numbers around all bounds, binary and compressible texts of all lengths. */
  text(longest = 300): string {
    const length = this.below(Math.min(longest, this.pick([4, 21, 70, longest])));
    return this.pick([
      () => `${this.integer()}`,
      () => `${this.integer()}`,
      () => this.bytes(length),
      () => this.bytes(length, 3),
      () => 'abc'.repeat(length / 3),
      () => `text ${this.below(1000)}`,
      () => this.pick(['', '-0', '007', ' 1', '1.5', '9223372036854775808', '-9223372036854775809', '\0']),
    ])();
  }

  integer(): bigint {
    const bits = this.pick([3, 7, 8, 12, 13, 15, 16, 23, 24, 31, 32, 47, 62, 63]);
    const bound = 2n ** BigInt(bits);
    const value = this.pick([bound, bound - 1n, -bound, -bound - 1n, BigInt(this.below(Number(bound > 2n ** 48n ? 2n ** 48n : bound)))]);
    return BigInt.asIntN(64, value);
  }

  score(): string {
    return this.pick([
      () => `${this.integer()}`,
      () => `${this.below(1000)}`,
      () => `${this.random.float()}`,
      () => `${this.random.float() * 2 ** this.below(900)}`,
      () => this.pick(['inf', '-inf', '0', '1e19', '-1e300', '4611686018427387904', '9.5e-320']),
    ])();
  }

  size(): number {
    return this.pick([1, 2, 5, 30, 127, 129, 511, 513, 1500]);
  }

  many(make: () => string[], count = this.size()): string[] {
    return Array.from({ length: count }, make).flat();
  }
}

/** By name: lines that make a value of some form under the key `k`. */
export const VALUES: Readonly<Record<string, (data: RandomData) => Line[]>> = {
  string: (data) => [['SET', 'k', data.text(5000)]],
  'string that was appended to': (data) => [
    ['SET', 'k', data.text()],
    ['APPEND', 'k', data.text(5000)],
  ],
  list: (data) => [['RPUSH', 'k', ...data.many(() => [data.text()])]],
  'list with large elements': (data) => [['RPUSH', 'k', ...data.many(() => [data.text(20_000)], 12)]],
  'list pushed from both sides': (data) => [
    ['LPUSH', 'k', ...data.many(() => [data.text()])],
    ['RPUSH', 'k', ...data.many(() => [data.text()])],
  ],
  'set of integers': (data) => [['SADD', 'k', ...data.many(() => [`${data.integer()}`])]],
  'set of small integers': (data) => [['SADD', 'k', ...data.many(() => [`${data.below(60_000) - 30_000}`], 1 + data.below(500))]],
  set: (data) => [['SADD', 'k', ...data.many(() => [data.text()])]],
  'sorted set': (data) => [['ZADD', 'k', ...data.many(() => [data.score(), data.text(200)])]],
  'small sorted set': (data) => [['ZADD', 'k', ...data.many(() => [data.score(), data.text(60)], 1 + data.below(100))]],
  hash: (data) => [['HSET', 'k', ...data.many(() => [data.text(), data.text()])]],
  'small hash': (data) => [['HSET', 'k', ...data.many(() => [data.text(60), data.text(60)], 1 + data.below(100))]],
  hyperloglog: (data) => [['PFADD', 'k', ...data.many(() => [data.text()])]],
  stream: (data) => streamLines(data),
};

function streamLines(data: RandomData): Line[] {
  const lines: Line[] = [];
  let ms = 1 + data.below(1e9);
  const fields = data.many(() => [data.text(30)], 1 + data.below(4));
  const ids: string[] = [];
  for (let left = 1 + data.below(400); left > 0; left--) {
    ms += data.below(3) * data.below(1e6);
    const id = `${ms}-${ids.length + 1}`;
    ids.push(id);
    const pairs =
      data.below(5) > 0 ? fields.flatMap((field) => [field, data.text()]) : data.many(() => [data.text(), data.text()], 1 + data.below(3));
    lines.push(['XADD', 'k', id, ...pairs]);
  }
  for (const group of data.many(() => [`g${data.below(9)}`], data.below(4))) {
    lines.push(['XGROUP', 'CREATE', 'k', group, data.pick(['0', ...ids]), ...data.pick([[], ['ENTRIESREAD', '3']])]);
    lines.push(['XGROUP', 'CREATECONSUMER', 'k', group, data.text()]);
    for (let left = data.below(4); left > 0; left--) {
      lines.push(['XREADGROUP', 'GROUP', group, data.text(10), 'COUNT', `${1 + data.below(50)}`, 'STREAMS', 'k', '>']);
    }
    if (data.below(2) > 0) lines.push(['XACK', 'k', group, data.pick(ids)]);
  }
  if (data.below(2) > 0) lines.push(['XDEL', 'k', ...data.many(() => [data.pick(ids)], 10)]);
  if (data.below(4) === 0) lines.push(['XTRIM', 'k', 'MAXLEN', `${data.below(100)}`]);
  return lines;
}
