// What sorted-set commands answer, as scenarios that start without any key. Each runs with both encodings, in both
// protocols, and, where redis-server is installed, against the real server too.

import type { Plain } from '../../support/plain-reply';

/** A command line (words, or a list when an argument is empty or has spaces), its answer, and in RESP3 if that differs. */
export type Case = readonly [line: string | readonly string[], resp2: Plain, resp3?: Plain];

export interface Scenario {
  readonly title: string;
  readonly cases: readonly Case[];
  /** Redis 7.0 does not have it. */
  readonly newer?: true;
}

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const SYNTAX = 'ERR syntax error';
const NOT_A_FLOAT = 'ERR value is not a valid float';
const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
const MUST_BE_POSITIVE = 'ERR value is out of range, must be positive';
const NOT_A_SCORE_RANGE = 'ERR min or max is not a float';
const NOT_A_NAME_RANGE = 'ERR min or max not valid string range item';
const LIMIT_NEEDS_BY = 'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX';
const SCORES_WITH_BY_LEX = 'ERR syntax error, WITHSCORES not supported in combination with BYLEX';
const wrongArity = (name: string) => `ERR wrong number of arguments for '${name}' command`;
const noInput = (name: string) => `ERR at least 1 input key is needed for '${name}' command`;

export const ADDING: readonly Scenario[] = [
  {
    title: 'ZADD adds, moves and counts',
    cases: [
      ['ZADD z 10 x', 1],
      ['ZADD z 20 y 30 z 10 x', 2],
      ['ZADD z 1 y', 0],
      [
        'ZRANGE z 0 -1 WITHSCORES',
        ['y', '1', 'x', '10', 'z', '30'],
        [
          ['y', 1],
          ['x', 10],
          ['z', 30],
        ],
      ],
      ['ZADD z CH 1 y 11 x 5 new', 2],
      ['ZADD z 1 a 2 a 3 a', 1],
      ['ZSCORE z a', '3', 3],
      ['TYPE z', 'zset'],
    ],
  },
  {
    title: 'ZADD NX and XX',
    cases: [
      ['ZADD z XX 1 a', 0],
      ['EXISTS z', 0],
      ['ZADD z XX INCR 1 a', null],
      ['ZADD z NX 10 x 20 y', 2],
      ['ZADD z NX CH 11 x 100 b', 1],
      ['ZADD z XX CH 12 x 40 c', 1],
      [
        'ZRANGE z 0 -1 WITHSCORES',
        ['x', '12', 'y', '20', 'b', '100'],
        [
          ['x', 12],
          ['y', 20],
          ['b', 100],
        ],
      ],
      ['ZADD z NX INCR 5 x', null],
      ['ZADD z nx incr 5 d', '5', 5],
    ],
  },
  {
    title: 'ZADD GT and LT',
    cases: [
      ['ZADD z 10 x 20 y 30 z', 3],
      ['ZADD z GT CH 5 foo 11 x 21 y 29 z', 3],
      ['ZADD z LT CH 4 foo 12 x 20 y', 2],
      ['ZADD z GT XX CH 100 bar 100 x', 1],
      ['ZMSCORE z foo x y z bar', ['4', '100', '20', '30', null], [4, 100, 20, 30, null]],
      ['ZADD z LT INCR 1 x', null],
      ['ZADD z GT INCR -1 x', null],
      ['ZADD z GT INCR 1 x', '101', 101],
      ['ZADD z GT INCR 7 fresh', '7', 7],
      ['ZADD z GT CH 101 x', 0],
    ],
  },
  {
    title: 'ZADD refuses what does not go together, before it changes anything',
    cases: [
      ['ZADD z 1', wrongArity('zadd')],
      ['ZADD z 1 a 2', SYNTAX],
      ['ZADD z NX XX', SYNTAX],
      ['ZADD z NX XX 1 a', 'ERR XX and NX options at the same time are not compatible'],
      ['ZADD z GT LT 1 a', 'ERR GT, LT, and/or NX options at the same time are not compatible'],
      ['ZADD z NX GT 1 a', 'ERR GT, LT, and/or NX options at the same time are not compatible'],
      ['ZADD z LT NX 1 a', 'ERR GT, LT, and/or NX options at the same time are not compatible'],
      ['ZADD z INCR 1 a 2 b', 'ERR INCR option supports a single increment-element pair'],
      ['ZADD z 10 a 20 b 30.bad c', NOT_A_FLOAT],
      ['ZADD z nan a', NOT_A_FLOAT],
      [['ZADD', 'z', '', 'a'], NOT_A_FLOAT],
      [['ZADD', 'z', ' 1', 'a'], NOT_A_FLOAT],
      ['ZADD z 1e400 a', NOT_A_FLOAT],
      ['EXISTS z', 0],
    ],
  },
  {
    title: 'ZINCRBY',
    cases: [
      ['ZINCRBY z 1 foo', '1', 1],
      ['ZINCRBY z -3 foo', '-2', -2],
      ['ZINCRBY z 0 foo', '-2', -2],
      ['ZINCRBY z +inf inf', 'inf', Number.POSITIVE_INFINITY],
      ['ZINCRBY z -inf inf', 'ERR resulting score is not a number (NaN)'],
      ['ZSCORE z inf', 'inf', Number.POSITIVE_INFINITY],
      ['ZINCRBY z 10 a 20 b', wrongArity('zincrby')],
      ['ZINCRBY z x a', NOT_A_FLOAT],
      ['ZCARD z', 2],
    ],
  },
  {
    title: 'scores in every notation',
    cases: [
      ['ZADD z 0x10 hex 1e2 exponent -0.5 fraction .5 bare 5. dot -inf low infinity high', 7],
      [
        'ZMSCORE z hex exponent fraction bare dot low high',
        ['16', '100', '-0.5', '0.5', '5', '-inf', 'inf'],
        [16, 100, -0.5, 0.5, 5, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      ],
      ['ZADD z 17976931348623157e292 most', 1],
      ['ZSCORE z most', '1.7976931348623157e+308', 1.7976931348623157e308],
    ],
  },
];

export const READING: readonly Scenario[] = [
  {
    title: 'ZCARD, ZSCORE, ZMSCORE',
    cases: [
      ['ZCARD z', 0],
      ['ZSCORE z a', null],
      ['ZMSCORE z a b', [null, null]],
      ['ZADD z 1.5 a', 1],
      ['ZCARD z', 1],
      ['ZSCORE z a', '1.5', 1.5],
      ['ZSCORE z b', null],
      ['ZMSCORE z a b', ['1.5', null], [1.5, null]],
      ['ZMSCORE z', wrongArity('zmscore')],
    ],
  },
  {
    title: 'ZRANK and ZREVRANK',
    cases: [
      ['ZADD z 10 x 20 y 30 z 20 yy', 4],
      ['ZRANK z x', 0],
      ['ZRANK z yy', 2],
      ['ZREVRANK z x', 3],
      ['ZREVRANK z z', 0],
      ['ZRANK z nobody', null],
      ['ZRANK nokey x', null],
      ['ZREM z y', 1],
      ['ZRANK z z', 2],
    ],
  },
  {
    title: 'ZRANK WITHSCORE',
    newer: true,
    cases: [
      ['ZADD z 10 x 20.5 y', 2],
      ['ZRANK z y WITHSCORE', [1, '20.5'], [1, 20.5]],
      ['ZREVRANK z x withscore', [1, '10'], [1, 10]],
      ['ZRANK z nobody WITHSCORE', null],
      ['ZREVRANK nokey x WITHSCORE', null],
      ['ZRANK z x WITHSCORES', SYNTAX],
      ['ZRANK z x WITHSCORE again', wrongArity('zrank')],
      ['ZREVRANK z x WITHSCORE again', wrongArity('zrevrank')],
    ],
  },
  {
    title: 'ZCOUNT',
    cases: [
      ['ZADD z -inf a 1 b 2 c 3 d 4 e 5 f +inf g', 7],
      ['ZCOUNT z 0 3', 3],
      ['ZCOUNT z (0 (3', 2],
      ['ZCOUNT z -inf +inf', 7],
      ['ZCOUNT z (-inf (+inf', 5],
      ['ZCOUNT z 3 2', 0],
      ['ZCOUNT z 2 (2', 0],
      ['ZCOUNT nokey 0 3', 0],
      ['ZCOUNT z x 1', NOT_A_SCORE_RANGE],
      ['ZCOUNT z 1 nan', NOT_A_SCORE_RANGE],
    ],
  },
  {
    title: 'ranges of scores are read leniently',
    cases: [
      ['ZADD z 0 a 1 b 2 c', 3],
      [['ZCOUNT', 'z', '', '1'], 2],
      ['ZCOUNT z ( 1', 1],
      [['ZCOUNT', 'z', ' 1', '2'], 2],
      [['ZCOUNT', 'z', '1 ', '2'], NOT_A_SCORE_RANGE],
      [['ZCOUNT', 'z', ' ', '2'], NOT_A_SCORE_RANGE],
      ['ZCOUNT z -1e999 1e999', 3],
      ['ZCOUNT z 1e-999 1', 2],
      ['ZCOUNT z 0x1 0x2', 2],
      ['ZCOUNT z 1\0x 2', 2],
      ['ZCOUNT z ((1 2', NOT_A_SCORE_RANGE],
    ],
  },
  {
    title: 'ZLEXCOUNT',
    cases: [
      ['ZADD z 0 alpha 0 bar 0 cool 0 down 0 elephant 0 foo 0 great 0 hill 0 omega', 9],
      ['ZLEXCOUNT z - +', 9],
      ['ZLEXCOUNT z + -', 0],
      ['ZLEXCOUNT z + [c', 0],
      ['ZLEXCOUNT z [c -', 0],
      ['ZLEXCOUNT z [bar +', 8],
      ['ZLEXCOUNT z [bar [foo', 5],
      ['ZLEXCOUNT z [bar (foo', 4],
      ['ZLEXCOUNT z (bar [foo', 4],
      ['ZLEXCOUNT z (bar (foo', 3],
      ['ZLEXCOUNT z (maxstring +', 1],
      ['ZLEXCOUNT z [ (', 0],
      ['ZLEXCOUNT nokey - +', 0],
      ['ZLEXCOUNT z foo bar', NOT_A_NAME_RANGE],
      ['ZLEXCOUNT z +x [bar', NOT_A_NAME_RANGE],
      ['ZLEXCOUNT z - -x', NOT_A_NAME_RANGE],
    ],
  },
  {
    title: 'ZSCAN of a whole small sorted set',
    cases: [
      ['ZSCAN z 0', ['0', []]],
      ['ZADD z 2 b 1.5 a', 2],
      ['ZSCAN z 0 MATCH a*', ['0', ['a', '1.5']]],
      ['ZSCAN z 0 MATCH b COUNT 100', ['0', ['b', '2']]],
      ['ZSCAN z 0 MATCH nothing', ['0', []]],
      ['ZSCAN z x', 'ERR invalid cursor'],
      ['ZSCAN z 0 COUNT 0', SYNTAX],
      ['ZSCAN z 0 COUNT x', NOT_AN_INTEGER],
      ['ZSCAN z 0 COUNT', SYNTAX],
      ['ZSCAN z 0 NOVALUES', SYNTAX],
      ['ZSCAN nokey 0 NONSENSE', ['0', []]],
    ],
  },
  {
    title: 'ZRANDMEMBER of one member',
    cases: [
      ['ZRANDMEMBER z', null],
      ['ZRANDMEMBER z 5', []],
      ['ZADD z 1.5 a', 1],
      ['ZRANDMEMBER z', 'a'],
      ['ZRANDMEMBER z 0', []],
      ['ZRANDMEMBER z 5', ['a']],
      ['ZRANDMEMBER z -3', ['a', 'a', 'a']],
      [
        'ZRANDMEMBER z -2 WITHSCORES',
        ['a', '1.5', 'a', '1.5'],
        [
          ['a', 1.5],
          ['a', 1.5],
        ],
      ],
      ['ZRANDMEMBER z 9223372036854775807', ['a']],
      ['ZRANDMEMBER z x', NOT_AN_INTEGER],
      ['ZRANDMEMBER z 1 SCORES', SYNTAX],
      ['ZRANDMEMBER z 1 WITHSCORES x', SYNTAX],
      ['ZRANDMEMBER z -9223372036854775808', 'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807'],
      ['ZRANDMEMBER z -9223372036854770000 WITHSCORES', 'ERR value is out of range'],
      ['ZRANDMEMBER z 9223372036854775807 WITHSCORES', 'ERR value is out of range'],
    ],
  },
  {
    title: 'wrong types',
    cases: [
      ['SET s x', 'OK'],
      ...[
        'ZADD s 1 a',
        'ZINCRBY s 1 a',
        'ZCARD s',
        'ZCOUNT s 0 1',
        'ZLEXCOUNT s - +',
        'ZSCORE s a',
        'ZMSCORE s a',
        'ZRANK s a',
        'ZREVRANK s a',
      ].map((line): Case => [line, WRONG_TYPE]),
      ...[
        'ZREM s a',
        'ZREMRANGEBYRANK s 0 1',
        'ZREMRANGEBYSCORE s 0 1',
        'ZREMRANGEBYLEX s - +',
        'ZPOPMIN s',
        'ZPOPMAX s 0',
        'ZMPOP 1 s MIN',
      ].map((line): Case => [line, WRONG_TYPE]),
      ...[
        'ZRANGE s 0 1',
        'ZREVRANGE s 0 1',
        'ZRANGEBYSCORE s 0 1',
        'ZRANGEBYLEX s - +',
        'ZRANGESTORE d s 0 1',
        'ZRANDMEMBER s',
        'ZSCAN s 0',
      ].map((line): Case => [line, WRONG_TYPE]),
      ...['ZUNION 1 s', 'ZINTER 2 nokey s', 'ZDIFF 1 s', 'ZINTERCARD 1 s', 'ZUNIONSTORE d 1 s', 'ZMPOP 2 nokey s MAX'].map(
        (line): Case => [line, WRONG_TYPE],
      ),
      ['ZUNION 1 s NONSENSE', WRONG_TYPE],
      ['GET s', 'x'],
    ],
  },
];

export const REMOVING: readonly Scenario[] = [
  {
    title: 'ZREM',
    cases: [
      ['ZADD z 10 a 20 b 30 c', 3],
      ['ZREM z x y a b k', 2],
      ['ZREM z foo bar', 0],
      ['ZREM z c d e', 1],
      ['EXISTS z', 0],
      ['ZREM z a', 0],
    ],
  },
  {
    title: 'ZREMRANGEBYRANK',
    cases: [
      ['ZADD z 1 a 2 b 3 c 4 d 5 e', 5],
      ['ZREMRANGEBYRANK z 10 -1', 0],
      ['ZREMRANGEBYRANK z 0 -10', 0],
      ['ZREMRANGEBYRANK z 3 2', 0],
      ['ZREMRANGEBYRANK z 1 2', 2],
      ['ZRANGE z 0 -1', ['a', 'd', 'e']],
      ['ZREMRANGEBYRANK z -10 0', 1],
      ['ZREMRANGEBYRANK z x 0', NOT_AN_INTEGER],
      ['ZREMRANGEBYRANK z 0 100', 2],
      ['EXISTS z', 0],
      ['ZREMRANGEBYRANK z 0 100', 0],
    ],
  },
  {
    title: 'ZREMRANGEBYSCORE',
    cases: [
      ['ZADD z 1 a 2 b 3 c 4 d 5 e', 5],
      ['ZREMRANGEBYSCORE z 4 2', 0],
      ['ZREMRANGEBYSCORE z (1 (3', 1],
      ['ZREMRANGEBYSCORE z str 1', NOT_A_SCORE_RANGE],
      ['ZREMRANGEBYSCORE z -10 1', 1],
      ['ZRANGE z 0 -1', ['c', 'd', 'e']],
      ['ZREMRANGEBYSCORE z -inf +inf', 3],
      ['EXISTS z', 0],
    ],
  },
  {
    title: 'ZREMRANGEBYLEX',
    cases: [
      ['ZADD z 0 a 0 b 0 c 0 d 0 e', 5],
      ['ZREMRANGEBYLEX z (b [d', 2],
      ['ZREMRANGEBYLEX z [d [c', 0],
      ['ZREMRANGEBYLEX z b c', NOT_A_NAME_RANGE],
      ['ZRANGE z 0 -1', ['a', 'b', 'e']],
      ['ZREMRANGEBYLEX z - +', 3],
      ['EXISTS z', 0],
    ],
  },
  {
    title: 'ZPOPMIN and ZPOPMAX',
    cases: [
      ['ZPOPMIN z', []],
      ['ZPOPMIN z 3', []],
      ['ZADD z -1 a 1 b 2 c 3.5 d 4 e', 5],
      ['ZPOPMIN z', ['a', '-1'], ['a', -1]],
      ['ZPOPMAX z', ['e', '4'], ['e', 4]],
      ['ZPOPMAX z 1', ['d', '3.5'], [['d', 3.5]]],
      ['ZPOPMIN z 0', []],
      ['ZPOPMIN z -1', MUST_BE_POSITIVE],
      ['ZPOPMIN z x', MUST_BE_POSITIVE],
      ['ZPOPMIN z 1 2', SYNTAX],
      [
        'ZPOPMAX z 10',
        ['c', '2', 'b', '1'],
        [
          ['c', 2],
          ['b', 1],
        ],
      ],
      ['EXISTS z', 0],
    ],
  },
  {
    title: 'ZMPOP',
    cases: [
      ['ZMPOP 2 z1 z2 MIN', null],
      ['ZADD z2 1 a 2 b 3 c', 3],
      ['ZMPOP 2 z1 z2 MIN', ['z2', [['a', '1']]], ['z2', [['a', 1]]]],
      [
        'ZMPOP 2 z1 z2 max count 5',
        [
          'z2',
          [
            ['c', '3'],
            ['b', '2'],
          ],
        ],
        [
          'z2',
          [
            ['c', 3],
            ['b', 2],
          ],
        ],
      ],
      ['EXISTS z2', 0],
      ['ZMPOP 1 z1', wrongArity('zmpop')],
      ['ZMPOP 0 z1 MIN', 'ERR numkeys should be greater than 0'],
      ['ZMPOP a z1 MIN', 'ERR numkeys should be greater than 0'],
      ['ZMPOP 2 z1 MIN', SYNTAX],
      ['ZMPOP 9223372036854775807 z1 MIN', SYNTAX],
      ['ZMPOP 1 z1 MIDDLE', SYNTAX],
      ['ZMPOP 1 z1 MAX MIN', SYNTAX],
      ['ZMPOP 1 z1 MIN COUNT', SYNTAX],
      ['ZMPOP 1 z1 MIN COUNT 0', 'ERR count should be greater than 0'],
      ['ZMPOP 1 z1 MIN COUNT x', 'ERR count should be greater than 0'],
      ['ZMPOP 1 z1 MIN COUNT 1 COUNT 2', SYNTAX],
    ],
  },
];

const DEFAULT: Case = ['ZADD z -inf a 1 b 2 c 3 d 4 e 5 f +inf g', 7];
const NAMES: Case = ['ZADD z 0 alpha 0 bar 0 cool 0 down 0 elephant 0 foo 0 great 0 hill 0 omega', 9];

export const RANGES: readonly Scenario[] = [
  {
    title: 'ZRANGE and ZREVRANGE by rank',
    cases: [
      ['ZADD z 1 a 2 b 3 c 4 d', 4],
      ['ZRANGE z 0 -1', ['a', 'b', 'c', 'd']],
      ['ZRANGE z 1 -2', ['b', 'c']],
      ['ZRANGE z -2 -2', ['c']],
      ['ZRANGE z -5 1', ['a', 'b']],
      ['ZRANGE z 5 -1', []],
      ['ZRANGE z 0 -5', []],
      ['ZRANGE z 0 5', ['a', 'b', 'c', 'd']],
      [
        'ZRANGE z 0 1 REV WITHSCORES',
        ['d', '4', 'c', '3'],
        [
          ['d', 4],
          ['c', 3],
        ],
      ],
      ['ZREVRANGE z -2 -1', ['b', 'a']],
      ['ZREVRANGE z 1 1 WITHSCORES', ['c', '3'], [['c', 3]]],
      ['ZREVRANGE z 5 -2', []],
      ['ZRANGE z 0 -1 LIMIT 0 -1', ['a', 'b', 'c', 'd']],
      ['ZRANGE z 0 -1 LIMIT 1 2', LIMIT_NEEDS_BY],
      ['ZREVRANGE z 0 -1 LIMIT 1 2', LIMIT_NEEDS_BY],
      ['ZRANGE z x 1', NOT_AN_INTEGER],
      ['ZRANGE z 0 1.5', NOT_AN_INTEGER],
      ['ZREVRANGE z 0 -1 REV', SYNTAX],
      ['ZREVRANGE z 0 -1 BYSCORE', SYNTAX],
      [
        'ZRANGE z 0 -1 WITHSCORES WITHSCORES',
        ['a', '1', 'b', '2', 'c', '3', 'd', '4'],
        [
          ['a', 1],
          ['b', 2],
          ['c', 3],
          ['d', 4],
        ],
      ],
      ['ZRANGE nokey 0 -1 WITHSCORES', []],
    ],
  },
  {
    title: 'ranges by score',
    cases: [
      DEFAULT,
      ['ZRANGEBYSCORE z -inf 2', ['a', 'b', 'c']],
      ['ZRANGEBYSCORE z (3 (6', ['e', 'f']],
      ['ZREVRANGEBYSCORE z +inf 4', ['g', 'f', 'e']],
      ['ZREVRANGEBYSCORE z (2 (-inf', ['b']],
      ['ZRANGE z 3 0 BYSCORE REV', ['d', 'c', 'b']],
      [
        'ZRANGE z 0 3 BYSCORE WITHSCORES',
        ['b', '1', 'c', '2', 'd', '3'],
        [
          ['b', 1],
          ['c', 2],
          ['d', 3],
        ],
      ],
      ['ZRANGEBYSCORE z 4 2', []],
      ['ZRANGEBYSCORE z 2.4 2.6', []],
      ['ZRANGEBYSCORE z 0 10 LIMIT 0 2', ['b', 'c']],
      ['ZRANGEBYSCORE z 0 10 LIMIT 2 10', ['d', 'e', 'f']],
      ['ZRANGEBYSCORE z 0 10 LIMIT 20 10', []],
      ['ZRANGEBYSCORE z 0 10 LIMIT 1 -1', ['c', 'd', 'e', 'f']],
      ['ZRANGEBYSCORE z 0 10 LIMIT -1 2', []],
      ['ZRANGEBYSCORE z 0 10 LIMIT 0 0', []],
      ['ZREVRANGEBYSCORE z 10 0 LIMIT 2 3', ['d', 'c', 'b']],
      [
        'ZREVRANGEBYSCORE z 5 2 LIMIT 2 3 WITHSCORES',
        ['d', '3', 'c', '2'],
        [
          ['d', 3],
          ['c', 2],
        ],
      ],
      ['ZRANGEBYSCORE z 0 10 LIMIT 0 1 LIMIT 1 1', ['c']],
      ['ZRANGEBYSCORE z 0 -1 REV', SYNTAX],
      ['ZRANGEBYSCORE z 0 1 LIMIT 0', SYNTAX],
      ['ZRANGEBYSCORE z 0 1 LIMIT a b', NOT_AN_INTEGER],
      ['ZRANGEBYSCORE nokey str 1', NOT_A_SCORE_RANGE],
      ['ZRANGE nokey 0 1 BYSCORE BYSCORE', SYNTAX],
    ],
  },
  {
    title: 'ranges by name',
    cases: [
      NAMES,
      ['ZRANGEBYLEX z - [cool', ['alpha', 'bar', 'cool']],
      ['ZRANGEBYLEX z (bar (down', ['cool']],
      ['ZREVRANGEBYLEX z + [g', ['omega', 'hill', 'great']],
      ['ZREVRANGEBYLEX z (hill (omega', []],
      ['ZRANGE z [b [d BYLEX', ['bar', 'cool']],
      ['ZRANGE z [d - REV BYLEX LIMIT 1 1', ['bar']],
      ['ZRANGEBYLEX z (az (b', []],
      ['ZRANGEBYLEX z - [aaaa', []],
      ['ZRANGEBYLEX z + -', []],
      ['ZRANGEBYLEX z - [cool LIMIT 1 2', ['bar', 'cool']],
      ['ZRANGEBYLEX z [bar [down LIMIT 2 0', []],
      ['ZREVRANGEBYLEX z + [d LIMIT 0 4', ['omega', 'hill', 'great', 'foo']],
      ['ZRANGEBYLEX z foo bar', NOT_A_NAME_RANGE],
      ['ZRANGEBYLEX z -x [bar', NOT_A_NAME_RANGE],
      ['ZRANGE z - + BYLEX WITHSCORES', SCORES_WITH_BY_LEX],
      ['ZRANGEBYLEX z - + WITHSCORES', SCORES_WITH_BY_LEX],
    ],
  },
  {
    title: 'ZRANGESTORE',
    cases: [
      ['ZADD z1 1 a 2 b 3 c 4 d', 4],
      ['SET z2 replaced', 'OK'],
      ['EXPIRE z2 100', 1],
      ['ZRANGESTORE z2 z1 0 -1', 4],
      ['TTL z2', -1],
      [
        'ZRANGE z2 0 -1 WITHSCORES',
        ['a', '1', 'b', '2', 'c', '3', 'd', '4'],
        [
          ['a', 1],
          ['b', 2],
          ['c', 3],
          ['d', 4],
        ],
      ],
      ['ZRANGESTORE z2 z1 5 0 BYSCORE REV LIMIT 0 2', 2],
      [
        'ZRANGE z2 0 -1 WITHSCORES',
        ['c', '3', 'd', '4'],
        [
          ['c', 3],
          ['d', 4],
        ],
      ],
      ['ZRANGESTORE z2 z1 [b [c BYLEX', 2],
      ['ZRANGE z2 0 -1', ['b', 'c']],
      ['ZRANGESTORE z1 z1 0 0 REV', 1],
      ['ZRANGE z1 0 -1', ['d']],
      ['ZRANGESTORE z2 z1 5 6', 0],
      ['EXISTS z2', 0],
      ['ZRANGESTORE z1 missing 0 -1', 0],
      ['EXISTS z1', 0],
      ['ZRANGESTORE z2 z1 0 -1 WITHSCORES', SYNTAX],
      ['ZRANGESTORE z2 z1 0 -1 LIMIT 1 2', LIMIT_NEEDS_BY],
    ],
  },
];

const TWO: readonly Case[] = [
  ['ZADD za 1 a 2 b 3 c', 3],
  ['ZADD zb 1 b 2 c 3 d', 3],
];

export const COMBINATIONS: readonly Scenario[] = [
  {
    title: 'unions',
    cases: [
      ...TWO,
      ['ZUNION 2 za zb', ['a', 'b', 'd', 'c']],
      [
        'ZUNION 2 za zb WITHSCORES',
        ['a', '1', 'b', '3', 'd', '3', 'c', '5'],
        [
          ['a', 1],
          ['b', 3],
          ['d', 3],
          ['c', 5],
        ],
      ],
      ['ZUNIONSTORE out 2 za zb WEIGHTS 2 3', 4],
      [
        'ZRANGE out 0 -1 WITHSCORES',
        ['a', '2', 'b', '7', 'd', '9', 'c', '12'],
        [
          ['a', 2],
          ['b', 7],
          ['d', 9],
          ['c', 12],
        ],
      ],
      [
        'ZUNION 2 za zb AGGREGATE min WITHSCORES',
        ['a', '1', 'b', '1', 'c', '2', 'd', '3'],
        [
          ['a', 1],
          ['b', 1],
          ['c', 2],
          ['d', 3],
        ],
      ],
      [
        'ZUNION 2 za zb withscores aggregate MAX',
        ['a', '1', 'b', '2', 'c', '3', 'd', '3'],
        [
          ['a', 1],
          ['b', 2],
          ['c', 3],
          ['d', 3],
        ],
      ],
      [
        'ZUNION 3 za za missing WITHSCORES',
        ['a', '2', 'b', '4', 'c', '6'],
        [
          ['a', 2],
          ['b', 4],
          ['c', 6],
        ],
      ],
      ['ZUNIONSTORE out 1 missing', 0],
      ['EXISTS out', 0],
      ['ZUNION 1 missing', []],
    ],
  },
  {
    title: 'intersections',
    cases: [
      ...TWO,
      ['ZINTER 2 za zb', ['b', 'c']],
      [
        'ZINTER 2 za zb WEIGHTS 2 3 WITHSCORES',
        ['b', '7', 'c', '12'],
        [
          ['b', 7],
          ['c', 12],
        ],
      ],
      ['ZINTERSTORE out 2 za zb AGGREGATE MAX', 2],
      [
        'ZRANGE out 0 -1 WITHSCORES',
        ['b', '2', 'c', '3'],
        [
          ['b', 2],
          ['c', 3],
        ],
      ],
      ['ZINTER 2 za missing', []],
      ['ZINTERCARD 2 za zb', 2],
      ['ZINTERCARD 2 za zb LIMIT 1', 1],
      ['ZINTERCARD 2 za zb LIMIT 0', 2],
      ['ZINTERCARD 2 za zb LIMIT 10', 2],
      ['ZINTERCARD 2 za zb LIMIT -1', "ERR LIMIT can't be negative"],
      ['ZINTERCARD 2 za zb LIMIT x', "ERR LIMIT can't be negative"],
      ['ZINTERCARD 2 za zb LIMIT', SYNTAX],
      ['ZINTERCARD 2 za zb WEIGHTS 1 2', SYNTAX],
      ['ZINTERSTORE za 2 za missing', 0],
      ['EXISTS za', 0],
    ],
  },
  {
    title: 'differences',
    cases: [
      ...TWO,
      ['ZDIFF 2 za zb WITHSCORES', ['a', '1'], [['a', 1]]],
      ['ZDIFF 2 za za', []],
      ['ZDIFF 2 missing za', []],
      ['ZDIFF 1 za', ['a', 'b', 'c']],
      ['ZADD one 1 b', 1],
      ['ZADD two 1 c', 1],
      ['ZADD three 1 x', 1],
      ['ZDIFF 5 za one two three missing WITHSCORES', ['a', '1'], [['a', 1]]],
      ['ZDIFFSTORE out 2 za zb', 1],
      ['ZRANGE out 0 -1', ['a']],
      ['ZDIFFSTORE out 2 za za', 0],
      ['EXISTS out', 0],
      ['ZDIFF 2 za zb AGGREGATE SUM', SYNTAX],
      ['ZDIFFSTORE out 1 za WITHSCORES', SYNTAX],
    ],
  },
  {
    title: 'sets take part with scores of 1',
    cases: [
      ['SADD s a b c', 3],
      ['SADD numbers 100 101', 2],
      ['ZADD z 1 b 2 c 3 d 7 100', 4],
      [
        'ZUNION 2 s z WEIGHTS 2 3 WITHSCORES',
        ['a', '2', 'b', '5', 'c', '8', 'd', '9', '100', '21'],
        [
          ['a', 2],
          ['b', 5],
          ['c', 8],
          ['d', 9],
          ['100', 21],
        ],
      ],
      ['ZINTER 2 numbers z WITHSCORES', ['100', '8'], [['100', 8]]],
      ['ZDIFF 2 s z WITHSCORES', ['a', '1'], [['a', 1]]],
      ['ZDIFF 2 z s', ['d', '100']],
      ['ZINTERCARD 2 s z', 2],
      ['ZINTERSTORE s 2 s numbers', 0],
      ['EXISTS s', 0],
    ],
  },
  {
    title: 'infinities that meet count as 0',
    cases: [
      ['ZADD low -inf key', 1],
      ['ZADD high +inf key', 1],
      ['ZUNION 2 low high WITHSCORES', ['key', '0'], [['key', 0]]],
      ['ZINTER 2 low high WITHSCORES', ['key', '0'], [['key', 0]]],
      ['ZUNION 2 high high WITHSCORES', ['key', 'inf'], [['key', Number.POSITIVE_INFINITY]]],
      ['ZUNION 1 low WEIGHTS 0 WITHSCORES', ['key', '0'], [['key', 0]]],
      ['ZINTER 2 low high WEIGHTS 1 0 AGGREGATE MIN WITHSCORES', ['key', '-inf'], [['key', Number.NEGATIVE_INFINITY]]],
    ],
  },
  {
    title: 'arguments of unions, intersections and differences',
    cases: [
      ...['zunion', 'zinter', 'zdiff', 'zintercard'].map((name): Case => [`${name} 0 k`, noInput(name)]),
      ...['zunionstore', 'zinterstore', 'zdiffstore'].map((name): Case => [`${name} out -1 k`, noInput(name)]),
      ['ZUNION x k', NOT_AN_INTEGER],
      ['ZUNION 2 k', SYNTAX],
      ['ZUNION 1 k NONSENSE', SYNTAX],
      ['ZUNION 1 k AGGREGATE', SYNTAX],
      ['ZUNION 1 k AGGREGATE AVG', SYNTAX],
      ['ZUNION 2 k l WEIGHTS 1', SYNTAX],
      ['ZUNION 2 k l WEIGHTS 1 x', 'ERR weight value is not a float'],
      ['ZUNION 1 k WEIGHTS nan', 'ERR weight value is not a float'],
      ['ZUNIONSTORE out 1 k WITHSCORES', SYNTAX],
    ],
  },
];
