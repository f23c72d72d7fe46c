// Random sorted-set command lines for the differential test: every command and option, edge values, and mistakes.

import type { Random } from '../../../src/spec/context';

/** Sorted sets whose scores are all 0, the only ones where ranges by name mean something. */
const NAME_KEYS = ['lex1', 'lex2'];
const SCORE_KEYS = ['z1', 'z2', 'z3', 'z4'];
const SET_KEYS = ['s1', 's2', 's3'];
const STRING_KEY = 'string';
const MISSING_KEY = 'missing';

export const ALL_KEYS = [...NAME_KEYS, ...SCORE_KEYS, ...SET_KEYS, STRING_KEY];

/** What is there before the random commands start. */
export const SETUP = [
  ['SET', STRING_KEY, 'text'],
  ['SADD', 's1', '1', '2', '3', '4'],
  ['SADD', 's2', 'm1', 'm2', 'm5', 'm40'],
  ['SADD', 's3', 'm2', '3', 'm7'],
];

const SCORES = [
  '0',
  '-0',
  '1',
  '2',
  '2',
  '3',
  '-5',
  '10',
  '0.1',
  '0.2',
  '0.3',
  '1e10',
  '3.5e-7',
  'inf',
  '-inf',
  '+inf',
  '1e300',
  '0x10',
  '4611686018427387905',
];
const BAD_SCORES = ['nan', 'abc', '', ' 1', '1 ', '1e400'];

type Line = string[];

export class RandomCommands {
  constructor(private readonly random: Random) {}

  next(): Line {
    const line = this.pick(this.makers)();
    // Keywords work in any case.
    return this.chance(4) ? line.map((arg, i) => (i === 0 || /^[A-Z]{2,}$/.test(arg) ? arg.toLowerCase() : arg)) : line;
  }

  private readonly makers: (() => Line)[] = [
    () => this.zadd(),
    () => this.zadd(),
    () => this.zadd(),
    () => this.zadd(),
    () => this.zadd(),
    () => ['ZADD', this.pick(NAME_KEYS), ...this.some(1, 9).flatMap(() => ['0', this.member()])],
    () => ['ZADD', this.pick(NAME_KEYS), ...this.some(1, 9).flatMap(() => ['0', this.member()])],
    () => ['ZINCRBY', this.scoreKey(), this.score(), this.member()],
    () => ['ZCARD', this.key()],
    () => ['ZCOUNT', this.key(), this.scoreBound(), this.scoreBound()],
    () => ['ZLEXCOUNT', this.nameKey(), this.nameBound(), this.nameBound()],
    () => ['ZSCORE', this.key(), this.member()],
    () => ['ZMSCORE', this.key(), ...this.some(1, 4).map(() => this.member())],
    () => [this.pick(['ZRANK', 'ZREVRANK']), this.key(), this.member()],
    () => ['ZREM', this.key(), ...this.some(1, 3).map(() => this.member())],
    () => ['ZREMRANGEBYRANK', this.key(), this.index(), this.index(4)],
    () => ['ZREMRANGEBYSCORE', this.scoreKey(), this.pick(['(1', '2', '3', '-5', '(0.1']), this.scoreBound()],
    () => ['ZREMRANGEBYLEX', this.nameKey(), this.nameBound(), this.nameBound()],
    () => this.zrange(),
    () => this.zrange(),
    () => this.legacyRange(),
    () => this.legacyRange(),
    () => this.zrangestore(),
    () => this.combine(),
    () => this.combine(),
    () => this.combine(),
    () => [this.pick(['ZPOPMIN', 'ZPOPMAX']), this.key(), ...(this.chance(2) ? [this.count()] : [])],
    () => this.zmpop(),
    () => ['ZRANDMEMBER', this.key(), ...(this.chance(4) ? [] : [this.count(), ...(this.chance(2) ? ['WITHSCORES'] : [])])],
    () => ['ZSCAN', this.key(), '0', 'COUNT', '100000', ...(this.chance(2) ? ['MATCH', this.pick(['m*', '*1*', 'm?', '[^m]*', '*'])] : [])],
    () => this.mistake(),
  ];

  private zadd(): Line {
    const options = [
      ...(this.chance(4) ? [this.pick(['NX', 'XX'])] : []),
      ...(this.chance(4) ? [this.pick(['GT', 'LT'])] : []),
      ...(this.chance(3) ? ['CH'] : []),
    ];
    if (this.chance(6)) return ['ZADD', this.scoreKey(), ...options, 'INCR', this.score(), this.member()];
    return ['ZADD', this.scoreKey(), ...options, ...this.some(1, 12).flatMap(() => [this.score(), this.member()])];
  }

  private zrange(): Line {
    const tail = [...(this.chance(2) ? ['REV'] : []), ...(this.chance(3) ? ['WITHSCORES'] : [])];
    const limit = this.chance(3) ? ['LIMIT', this.index(), this.count()] : [];
    const by = this.random.below(3);
    if (by === 0) return ['ZRANGE', this.key(), this.index(), this.index(), ...tail];
    if (by === 1) return ['ZRANGE', this.key(), this.scoreBound(), this.scoreBound(), 'BYSCORE', ...limit, ...tail];
    return ['ZRANGE', this.nameKey(), this.nameBound(), this.nameBound(), ...limit, ...(this.chance(2) ? ['REV'] : []), 'BYLEX'];
  }

  private legacyRange(): Line {
    const scores = this.chance(2) ? ['WITHSCORES'] : [];
    const limit = this.chance(3) ? ['LIMIT', this.index(), this.count()] : [];
    const by = this.random.below(3);
    if (by === 0) return ['ZREVRANGE', this.key(), this.index(), this.index(), ...scores];
    if (by === 1)
      return [this.pick(['ZRANGEBYSCORE', 'ZREVRANGEBYSCORE']), this.key(), this.scoreBound(), this.scoreBound(), ...scores, ...limit];
    return [this.pick(['ZRANGEBYLEX', 'ZREVRANGEBYLEX']), this.nameKey(), this.nameBound(), this.nameBound(), ...limit];
  }

  private zrangestore(): Line {
    const reverse = this.chance(2) ? ['REV'] : [];
    const limit = this.chance(3) ? ['LIMIT', this.index(), this.count()] : [];
    const by = this.random.below(3);
    const key = this.pick(SCORE_KEYS);
    if (by === 0) return ['ZRANGESTORE', key, this.scoreKey(), this.index(), this.index(), ...reverse];
    if (by === 1) return ['ZRANGESTORE', key, this.scoreKey(), this.scoreBound(), this.scoreBound(), 'BYSCORE', ...limit, ...reverse];
    return ['ZRANGESTORE', this.pick(NAME_KEYS), this.pick(NAME_KEYS), this.nameBound(), this.nameBound(), 'BYLEX', ...limit, ...reverse];
  }

  private combine(): Line {
    const inputs = this.some(1, 3).map(() => this.pick([...SCORE_KEYS, ...SCORE_KEYS, ...NAME_KEYS, ...SET_KEYS, MISSING_KEY]));
    const counted = [`${inputs.length}`, ...inputs];
    const options = [
      ...(this.chance(2) ? ['WEIGHTS', ...inputs.map(() => this.score())] : []),
      ...(this.chance(2) ? ['AGGREGATE', this.pick(['SUM', 'MIN', 'MAX'])] : []),
    ];
    const scores = this.chance(2) ? ['WITHSCORES'] : [];
    switch (this.random.below(7)) {
      case 0:
        return ['ZUNION', ...counted, ...options, ...scores];
      case 1:
        return ['ZINTER', ...counted, ...options, ...scores];
      case 2:
        return ['ZDIFF', ...counted, ...scores];
      case 3:
        return ['ZINTERCARD', ...counted, ...(this.chance(2) ? ['LIMIT', this.count()] : [])];
      case 4:
        return ['ZUNIONSTORE', this.pick(SCORE_KEYS), ...counted, ...options];
      case 5:
        return ['ZINTERSTORE', this.pick(SCORE_KEYS), ...counted, ...options];
      default:
        return ['ZDIFFSTORE', this.pick(SCORE_KEYS), ...counted];
    }
  }

  private zmpop(): Line {
    const keys = this.some(1, 3).map(() => this.key());
    return ['ZMPOP', `${keys.length}`, ...keys, this.pick(['MIN', 'MAX']), ...(this.chance(2) ? ['COUNT', this.count()] : [])];
  }

  private mistake(): Line {
    const key = this.key();
    return this.pick<Line>([
      ['ZADD', key, '1'],
      ['ZADD', key, 'NX', 'XX', '1', 'a'],
      ['ZADD', key, 'GT', 'LT', '1', 'a'],
      ['ZADD', key, 'INCR', '1', 'a', '2', 'b'],
      ['ZADD', key, this.pick(BAD_SCORES), 'a'],
      ['ZADD', key, '1', 'a', this.pick(BAD_SCORES), 'b'],
      ['ZINCRBY', key, this.pick(BAD_SCORES), 'a'],
      ['ZCOUNT', key, this.pick(['(', '((1', '[1', 'x', '1 ', '(nan', '', ' 1', '1e999', '-1e999']), '2'],
      ['ZLEXCOUNT', key, this.pick(['a', '', '+a', '-a', '0']), '+'],
      ['ZRANGE', key, '0', '-1', 'LIMIT', '0', '1'],
      ['ZRANGE', key, '0', '-1', 'LIMIT', '0', '-1'],
      ['ZRANGE', key, '-', '+', 'BYLEX', 'WITHSCORES'],
      ['ZRANGE', key, 'x', '1'],
      ['ZRANGE', key, '0', '1', 'BYSCORE', 'BYLEX'],
      ['ZREVRANGE', key, '0', '1', 'REV'],
      ['ZRANGEBYSCORE', key, '0', '1', 'LIMIT', '0'],
      ['ZRANGEBYSCORE', key, '0', '1', 'LIMIT', 'a', 'b'],
      ['ZRANGESTORE', 'z1', key, '0', '1', 'WITHSCORES'],
      ['ZUNION', '0', key],
      ['ZUNION', 'x', key],
      ['ZUNION', '2', key],
      ['ZUNION', '1', STRING_KEY, 'NONSENSE'],
      ['ZUNIONSTORE', 'z1', '1', 'z2', 'WITHSCORES'],
      ['ZUNION', '1', 'z1', 'WEIGHTS', 'x'],
      ['ZUNION', '2', 'z1', 'z2', 'WEIGHTS', '1'],
      ['ZINTER', '1', 'z1', 'AGGREGATE', 'AVG'],
      ['ZDIFF', '1', 'z1', 'WEIGHTS', '1'],
      ['ZINTERCARD', '1', 'z1', 'LIMIT', this.pick(['-1', 'x'])],
      ['ZMPOP', '0', 'z1', 'MIN'],
      ['ZMPOP', '2', 'z1', 'MIN'],
      ['ZMPOP', '1', 'z1', 'MIN', 'COUNT', '0'],
      ['ZMPOP', '1', 'z1', 'MIN', 'COUNT', '1', 'COUNT', '1'],
      ['ZPOPMIN', key, this.pick(['-1', 'x', '1.5'])],
      ['ZPOPMAX', key, '1', '2'],
      ['ZRANDMEMBER', key, '1', 'WITHVALUES'],
      ['ZRANDMEMBER', key, '-9223372036854775808'],
      ['ZRANDMEMBER', key, '-9223372036854770000', 'WITHSCORES'],
      ['ZREMRANGEBYRANK', key, 'a', '1'],
      ['ZSCAN', key, 'x'],
      ['ZSCAN', key, '0', 'COUNT', '0'],
      ['ZSCAN', key, '0', 'NONSENSE'],
      ['ZSCORE', key],
    ]);
  }

  private key(): string {
    if (this.chance(40)) return STRING_KEY;
    return this.chance(20) ? MISSING_KEY : this.pick([...SCORE_KEYS, ...NAME_KEYS]);
  }
  private scoreKey(): string {
    return this.chance(40) ? STRING_KEY : this.pick(SCORE_KEYS);
  }
  private nameKey(): string {
    return this.chance(20) ? MISSING_KEY : this.pick(NAME_KEYS);
  }
  private member(): string {
    if (this.chance(50)) return 'a long member that no listpack holds';
    return this.chance(4) ? `${this.random.below(8)}` : `m${this.random.below(30)}`;
  }
  private score(): string {
    return this.chance(3) ? `${(this.random.float() * 20 - 10).toFixed(3)}` : this.pick(SCORES);
  }
  private scoreBound(): string {
    const bound = this.chance(3) ? this.pick(['-inf', '+inf']) : this.pick(SCORES);
    return this.chance(3) ? `(${bound}` : bound;
  }
  private nameBound(): string {
    return this.chance(4)
      ? this.pick(['-', '+'])
      : this.pick(['[', '(']) + this.pick(['', 'm', 'm1', 'm2', 'm15', 'm9', '3', 'z', this.member()]);
  }
  private index(width = 30): string {
    return `${this.random.below(width) - 5}`;
  }
  private count(): string {
    return this.pick(['0', '1', '1', '2', '2', '3', '5', '10', '100', '-1', '-3', '4611686018427387000']);
  }

  private chance(oneIn: number): boolean {
    return this.random.below(oneIn) === 0;
  }
  private pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }
  private some(least: number, most: number): number[] {
    return Array.from({ length: least + this.random.below(most - least + 1) }, (_, i) => i);
  }
}
