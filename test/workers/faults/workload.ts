// What a shard goes through while faults are injected: seeded, and with one answer to every command.

import { seededRandom } from '../../support/engine';
import { RandomData } from '../../support/random-values';

type Line = (string | number)[];

/** One command or transaction. */
export interface Unit {
  readonly kind: 'single' | 'transaction';
  readonly lines: readonly Line[];
}

/** `execute`: units in one frame. `expire`: keys reach their deadlines. `idle`: time passes, and what comes by itself happens. */
export type Step =
  | { readonly step: 'execute'; readonly units: readonly Unit[] }
  | { readonly step: 'idle' | 'expire' | 'restart' | 'begin snapshot' | 'end snapshot' };

/** Deadlines of keys that live until `expire`, and of those that outlive the test. */
export const EXPIRE_AFTER_MS = 100_000;
const LATER = 4_102_444_800_000;

const single = (...line: Line): Unit => ({ kind: 'single', lines: [line] });
const execute = (...units: Unit[]): Step => ({ step: 'execute', units });
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

const SCRIPT = `redis.call('SET', KEYS[1], ARGV[1])
redis.call('RPUSH', KEYS[2], ARGV[1])
return redis.call('STRLEN', KEYS[1])`;

/** Values of every type, small ones, ones with a body, and ones in segments. */
function dataset(startMs: number): Step[] {
  const numbered = times(700, (i) => `number ${i}`);
  return [
    execute(...times(70, (i) => single('SET', `small:${i}`, `value ${i}`))),
    execute(...times(5, (i) => single('SET', `middle:${i}`, 'm'.repeat(2000 + i)))),
    execute(single('SET', 'large string', 'abcdefgh'.repeat(5000))),
    execute(single('HSET', 'large hash', ...numbered.flatMap((text) => [text, `value of ${text} ${'.'.repeat(20)}`]))),
    execute(single('RPUSH', 'large list', ...numbered.map((text) => `element ${text} ${'.'.repeat(20)}`))),
    execute(single('SADD', 'large set', ...numbered.map((text) => `member ${text} ${'.'.repeat(20)}`))),
    execute(single('ZADD', 'large zset', ...numbered.flatMap((text, i) => [i, `${text} ${'.'.repeat(20)}`]))),
    execute(...times(12, (i) => single('XADD', 'stream', `${i + 1}-1`, 'field', 'v'.repeat(2000)))),
    execute(single('XGROUP', 'CREATE', 'stream', 'group', '0'), single('PFADD', 'hll', 'a', 'b', 'c')),
    execute(single('HSET', 'hash', 'a', 1, 'b', 2, 'c', 3), single('HPEXPIREAT', 'hash', startMs + EXPIRE_AFTER_MS / 2, 'FIELDS', 1, 'a')),
    execute(single('JSON.SET', 'document', '$', '{"list":[1,2,3],"text":"t"}'), single('SETBIT', 'bits', 100, 1)),
    execute(...times(8, (i) => single('SET', `short:${i}`, i, 'PXAT', startMs + EXPIRE_AFTER_MS / 2 + i))),
    execute(...times(3, (i) => single('SET', `long:${i}`, i, 'PXAT', LATER + i))),
    execute(single('SET', 'huge', 'h'.repeat(1_100_000))),
  ];
}

/** A change of some of it. */
function change(data: RandomData): Unit {
  const small = () => `small:${data.below(80)}`;
  const text = () => `text ${data.below(1000)}`;
  const number = () => `number ${data.below(750)}`;
  return data.pick<() => Unit>([
    () => single('SET', small(), text()),
    () => single('SET', `middle:${data.below(6)}`, text().repeat(1 + data.below(400))),
    () => single('DEL', small(), `middle:${data.below(6)}`),
    () => single('RENAME', small(), `renamed:${data.below(5)}`),
    () => single('COPY', 'large hash', 'copied hash', 'REPLACE'),
    () => single('RENAME', data.pick(['large list', 'other list']), data.pick(['large list', 'other list'])),
    () => single('UNLINK', data.pick(['copied hash', 'huge', 'other list'])),
    () => single('HSET', 'large hash', number(), text()),
    () => single('HDEL', 'large hash', number(), number()),
    () => single('LPUSH', 'large list', text()),
    () => single('RPOP', 'large list', 1 + data.below(60)),
    () => single('SREM', 'large set', `member ${number()} ${'.'.repeat(20)}`),
    () => single('SADD', 'large set', text()),
    () => single('ZADD', 'large zset', data.below(2000), text()),
    () => single('ZREMRANGEBYRANK', 'large zset', 0, data.below(40)),
    () => single('SETRANGE', 'large string', data.below(40_000), text()),
    () => single('XADD', 'stream', `${1000 + data.below(1e6)}-1`, 'field', text()),
    () => single('XREADGROUP', 'GROUP', 'group', 'consumer', 'COUNT', 2, 'STREAMS', 'stream', '>'),
    () => single('XTRIM', 'stream', 'MAXLEN', 5 + data.below(20)),
    () => single('PEXPIREAT', small(), LATER + data.below(1000)),
    () => single('PERSIST', `long:${data.below(3)}`),
    () => single('INCRBY', 'counter', data.below(100)),
    () => single('EVAL', SCRIPT, 2, small(), 'script list', text()),
    () => single('HGET', 'large hash', number()),
    () => single('LRANGE', 'large list', 100, 102),
    () => single('MGET', small(), small(), 'middle:1'),
    () => ({
      kind: 'transaction',
      lines: [
        ['INCR', 'counter'],
        ['RPUSH', 'script list', text()],
        ['HSET', 'large hash', number(), text()],
      ],
    }),
    () => ({
      kind: 'transaction',
      lines: [
        ['SET', small(), text()],
        ['LINDEX', 'large list', 300],
        ['DEL', small()],
      ],
    }),
  ])();
}

function changes(data: RandomData, frames: number): Step[] {
  return times(frames, () => execute(...times(data.pick([1, 1, 1, 3, 9]), () => change(data))));
}

const CHECKPOINT = execute(single('BGREWRITEAOF'));

/** Everything that a shard does. */
export function mixedSteps(seed: number, startMs: number): Step[] {
  const data = new RandomData(seededRandom(seed));
  return [
    ...dataset(startMs),
    { step: 'idle' },
    ...changes(data, 6),
    { step: 'restart' },
    execute(single('UNLINK', 'huge')),
    ...changes(data, 6),
    CHECKPOINT,
    { step: 'idle' },
    { step: 'begin snapshot' },
    ...changes(data, 4),
    execute(single('SET', 'middle:0', 'other'), single('DEL', 'large set')),
    CHECKPOINT,
    ...changes(data, 2),
    { step: 'end snapshot' },
    ...changes(data, 3),
    { step: 'restart' },
    { step: 'expire' },
    execute(single('FUNCTION', 'LOAD', "#!lua name=lib\nredis.register_function('f', function() return 1 end)")),
    execute(single('DEBUG', 'RELOAD')),
    ...changes(data, 4),
    execute(single('DEBUG', 'LOADAOF')),
    { step: 'idle' },
    { step: 'begin snapshot' },
    execute(single('FLUSHALL')),
    CHECKPOINT,
    { step: 'end snapshot' },
    ...changes(data, 3),
    { step: 'restart' },
    ...changes(data, 2),
  ];
}

/** A snapshot whose file is uploaded in several parts. */
export function largeSnapshotSteps(): Step[] {
  return [
    ...times(10, (i) => execute(single('SET', `big:${i}`, `${i}`.repeat(1_000_000)))),
    { step: 'begin snapshot' },
    execute(single('SET', 'big:9', 'small')),
    { step: 'end snapshot' },
  ];
}
