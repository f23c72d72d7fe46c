// Random command lines over keys of all types, for tests that run the same lines on two engines.

import type { Random } from '../../../src/spec/context';

/** Pairs of keys of one slot that have the same position: rare, and so made to happen. */
export const COLLIDING = [
  ['{same}15206', '{same}4611411'],
  ['{same}282242', '{same}4534969'],
  ['{same}643312', '{same}4545506'],
  ['{same}657486', '{same}5981340'],
] as const;

const KEYS = [...COLLIDING.flat(), '', 'caf\u00e9', ...Array.from({ length: 50 }, (_, i) => `key:${i}`)];

const OPTIONS = [[], [], ['NX'], ['XX'], ['GET'], ['KEEPTTL']];
const FLOATS = ['0.1', '-2.5', '3', '1e3', '0.001'];

export class RandomCommands {
  /** When the last entries were added to any stream. */
  private readonly addedAt = [0];

  /** @param now the time that relative and absolute deadlines are around */
  constructor(
    private readonly random: Random,
    private readonly now: () => number,
  ) {}

  next(): string[] {
    const key = this.key();
    const families = [
      this.strings,
      this.hashes,
      this.lists,
      this.sets,
      this.sortedSets,
      this.documents,
      this.filters,
      this.arrays,
      this.streams,
    ];
    // Most keys keep a type, so that most commands do something.
    const usual = families[key.charCodeAt(key.length - 1) % families.length] ?? this.strings;
    const family = this.pick([usual, usual, usual, this.pick(families), this.keys, this.keys]);
    return this.pick(family.call(this, key))();
  }

  key(): string {
    return this.pick(KEYS);
  }

  private strings(key: string): (() => string[])[] {
    return [
      () => ['SET', key, this.value(), ...this.pick(OPTIONS)],
      () => ['SET', key, this.value(), 'PX', this.soon()],
      () => ['SET', key, this.value(), 'PXAT', `${this.now() + Number(this.soon())}`],
      () => ['GETEX', key, this.pick(['PX', 'EX']), this.soon()],
      () => ['GETDEL', key],
      () => [
        'SET',
        key,
        this.value(),
        this.pick(['IFEQ', 'IFNE']),
        this.value(),
        ...this.pick([[], ['GET'], ['KEEPTTL'], ['PX', this.soon()]]),
      ],
      () => ['DELEX', key, this.pick(['IFEQ', 'IFNE']), this.value()],
      () => [
        'MSETEX',
        '2',
        key,
        this.value(),
        this.key(),
        this.value(),
        ...this.pick([[], ['NX'], ['XX'], ['PX', this.soon()], ['KEEPTTL']]),
      ],
      () => ['INCREX', key, ...this.pick([[], ['SATURATE']]), 'UBOUND', '50', ...this.pick([[], ['PX', this.soon(), 'ENX'], ['PERSIST']])],
      () => ['INCREX', key, 'BYFLOAT', this.pick(FLOATS), 'LBOUND', '-3', 'SATURATE'],
      () => ['MSET', key, this.value(), this.key(), this.value()],
      () => ['MGET', key, this.key(), this.key()],
      () => ['APPEND', key, this.value()],
      () => ['SETRANGE', key, `${this.below(40)}`, this.value()],
      () => ['INCRBY', key, `${this.below(100)}`],
      () => ['INCRBYFLOAT', key, this.pick(FLOATS)],
      () => ['GET', key],
    ];
  }

  private hashes(key: string): (() => string[])[] {
    const set = () => ['HSET', key, ...this.some(() => [this.member(), this.value()])];
    const setBriefly = () => ['HSETEX', key, 'PX', this.briefly(), ...this.fields(() => [this.member(), this.value()])];
    return [
      ...[set, set, set, set],
      ...[setBriefly, setBriefly, setBriefly, setBriefly],
      () => ['HDEL', key, ...this.some(() => [this.member()])],
      () => ['HINCRBY', key, this.member(), '3'],
      () => ['HINCRBYFLOAT', key, this.member(), this.pick(FLOATS)],
      () => ['HPEXPIRE', key, this.soon(), ...this.pick([[], ['NX'], ['GT'], ['LT']]), ...this.fields()],
      () => ['HPEXPIRE', key, this.briefly(), 'FIELDS', '6', ...Array.from({ length: 6 }, (_, i) => `m${i}`)],
      () => ['HPEXPIREAT', key, `${this.now() + this.below(2000) - 10}`, ...this.fields()],
      () => [this.pick(['HPERSIST', 'HPTTL', 'HGETDEL']), key, ...this.fields()],
      () => ['HGETEX', key, ...this.pick([['PX', this.briefly()], ['PERSIST']]), ...this.fields()],
      () => ['HSETEX', key, this.pick(['FNX', 'FXX', 'KEEPTTL']), ...this.fields(() => [this.member(), this.value()])],
      () => ['HMGET', key, ...this.some(() => [this.member()])],
      () => ['HSETNX', key, this.member(), this.value()],
      () => [this.pick(['HLEN', 'HGETALL']), key],
      () => ['HRANDFIELD', key, '-3'],
      () => ['HSCAN', key, '0', 'COUNT', '3'],
    ];
  }

  private lists(key: string): (() => string[])[] {
    return [
      () => ['RPUSH', key, ...this.some(() => [this.value()])],
      () => ['LPUSH', key, ...this.some(() => [this.value()])],
      () => [this.pick(['LPOP', 'RPOP']), key, `${this.below(4)}`],
      () => ['LINSERT', key, 'AFTER', this.value(), this.value()],
      () => ['LSET', key, `${this.below(4) - 2}`, this.value()],
      () => ['LREM', key, '0', this.value()],
      () => ['LTRIM', key, '0', '-2'],
      () => ['LMOVE', key, this.key(), 'LEFT', 'RIGHT'],
      () => ['LRANGE', key, '0', '-1'],
    ];
  }

  private sets(key: string): (() => string[])[] {
    return [
      () => ['SADD', key, ...this.some(() => [`${this.below(30)}`])],
      () => ['SADD', key, ...this.some(() => [this.member()])],
      () => ['SREM', key, ...this.some(() => [this.member()])],
      () => ['SPOP', key, `${this.below(3)}`],
      () => ['SRANDMEMBER', key, '-3'],
      () => ['SMOVE', key, this.key(), this.member()],
      () => ['SUNIONSTORE', this.key(), key, this.key()],
      () => ['SMEMBERS', key],
    ];
  }

  private sortedSets(key: string): (() => string[])[] {
    return [
      () => ['ZADD', key, ...this.some(() => [this.pick([...FLOATS, '-inf', '0', '-0']), this.member()])],
      () => ['ZADD', key, ...this.some(() => [`${this.below(9)}`, this.member()])],
      () => ['ZINCRBY', key, this.pick(FLOATS), this.member()],
      () => ['ZREM', key, ...this.some(() => [this.member()])],
      () => ['ZPOPMIN', key, `${this.below(3)}`],
      () => ['ZREMRANGEBYRANK', key, '-2', '-1'],
      () => ['ZUNIONSTORE', this.key(), '2', key, this.key()],
      () => ['ZRANDMEMBER', key, '-3'],
      () => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
    ];
  }

  private documents(key: string): (() => string[])[] {
    const create = () => ['JSON.SET', key, '$', JSON.stringify({ a: this.json(2), b: this.json(1), c: this.json(2) })];
    return [
      ...Array.from({ length: 8 }, () => create),
      () => ['JSON.SET', key, '$', JSON.stringify(this.json(3))],
      () => ['JSON.SET', key, this.path(), JSON.stringify(this.json(2)), ...this.pick([[], ['NX'], ['XX']])],
      () => ['JSON.SET', key, this.path(), JSON.stringify(this.json(2))],
      () => ['JSON.MSET', key, this.path(), JSON.stringify(this.json(1)), this.key(), '$', JSON.stringify(this.json(2))],
      () => ['JSON.MERGE', key, this.path(), JSON.stringify(this.json(2))],
      () => ['JSON.DEL', key, this.path()],
      () => ['JSON.CLEAR', key, this.path()],
      () => ['JSON.TOGGLE', key, this.path()],
      () => [this.pick(['JSON.NUMINCRBY', 'JSON.NUMMULTBY']), key, this.path(), this.pick(['1', '-2', '0.5'])],
      () => ['JSON.NUMPOWBY', key, this.path(), this.pick(['2', '0.5'])],
      () => ['JSON.NUMPOWBY', key, '$..*', '2'],
      () => ['JSON.STRAPPEND', key, this.path(), '"+"'],
      () => ['JSON.ARRAPPEND', key, this.path(), ...this.some(() => [JSON.stringify(this.json(1))])],
      () => ['JSON.ARRINSERT', key, this.path(), `${this.below(3) - 1}`, JSON.stringify(this.json(1))],
      () => ['JSON.ARRPOP', key, this.path(), `${this.below(4) - 2}`],
      () => ['JSON.ARRTRIM', key, this.path(), '1', '-1'],
      () => ['JSON.GET', key, this.path()],
      () => ['JSON.MGET', key, this.key(), this.path()],
    ];
  }

  private filters(key: string): (() => string[])[] {
    // Each key mostly holds the same one of them.
    const kinds = [this.blooms, this.sketches, this.topLists];
    return this.pick([kinds[key.charCodeAt(key.length - 2) % kinds.length] ?? this.blooms, this.pick(kinds)]).call(this, key);
  }

  private blooms(key: string): (() => string[])[] {
    return [
      () => ['BF.RESERVE', key, '0.01', `${1 + this.below(4)}`],
      () => ['BF.MADD', key, ...this.some(() => [this.member()])],
      () => ['BF.INSERT', key, 'CAPACITY', '5', 'NONSCALING', 'ITEMS', ...this.some(() => [this.member()])],
      () => ['BF.MEXISTS', key, this.member(), this.member()],
      () => ['CF.RESERVE', key, '8'],
      () => ['CF.INSERT', key, 'ITEMS', ...this.some(() => [this.member()])],
      () => ['CF.DEL', key, this.member()],
      () => ['CL.THROTTLE', key, '3', '5', '10', `${1 + this.below(2)}`],
    ];
  }

  private sketches(key: string): (() => string[])[] {
    return [
      () => ['CMS.INITBYDIM', key, '7', '3'],
      () => ['CMS.INITBYDIM', key, '7', '3'],
      () => ['CMS.INCRBY', key, ...this.some(() => [this.member(), `${this.below(9)}`])],
      () => ['CMS.MERGE', key, '2', key, key, 'WEIGHTS', '1', `${this.below(3)}`],
      () => ['CMS.QUERY', key, this.member(), this.member()],
    ];
  }

  private topLists(key: string): (() => string[])[] {
    return [
      () => ['TOPK.RESERVE', key, '3', '4', '2', '0.8'],
      () => ['TOPK.RESERVE', key, '3', '4', '2', '0.8'],
      () => ['TOPK.ADD', key, ...this.some(() => [this.member()])],
      () => ['TOPK.INCRBY', key, ...this.some(() => [this.member(), `${this.below(9)}`])],
      () => ['TOPK.LIST', key, 'WITHCOUNT'],
    ];
  }

  private path(): string {
    return this.pick(['$', '$', '$.a', '$..a', '$.*', '$..*', '$[0]', '$.a.b', '$.b[-1]', '$..[?(@>1)]', '.a', '.', '$["c"]']);
  }

  private json(depth: number): unknown {
    const scalars = [null, true, false, this.below(5), this.below(1000) / 8, 'text', '', '\u00e9"\n', 2 ** 60];
    if (depth === 0 || this.below(3) === 0) return this.pick(scalars);
    if (this.below(2) === 0) return Array.from({ length: this.below(4) }, () => this.json(depth - 1));
    return Object.fromEntries(Array.from({ length: this.below(4) }, () => [this.pick(['a', 'b', 'c', 'd']), this.json(depth - 1)]));
  }

  private arrays(key: string): (() => string[])[] {
    return [
      () => ['ARSET', key, `${this.below(300)}`, ...this.some(() => [this.value()])],
      () => ['ARMSET', key, ...this.some(() => [`${this.below(300)}`, this.value()])],
      () => ['ARINSERT', key, ...this.some(() => [this.value()])],
      () => ['ARRING', key, `${1 + this.below(40)}`, ...this.some(() => [this.value()])],
      () => ['ARDEL', key, `${this.below(300)}`],
      () => ['ARDELRANGE', key, `${this.below(300)}`, `${this.below(300)}`],
      () => ['ARSEEK', key, `${this.below(50)}`],
      () => ['ARLASTITEMS', key, '5'],
      () => ['ARSCAN', key, '0', '300'],
    ];
  }

  private streams(key: string): (() => string[])[] {
    const group = this.pick(['g1', 'g1', 'g2']);
    const consumer = this.pick(['a', 'b', 'c']);
    const id = (): string => `${this.pick(this.addedAt)}-${this.below(2)}`;
    const add = (...options: string[]): string[] => {
      this.addedAt.push(this.now());
      if (this.addedAt.length > 12) this.addedAt.shift();
      return ['XADD', key, ...options, '*', ...this.some(() => [this.member(), this.value()])];
    };
    const trim = (): string[] =>
      this.pick([
        [],
        [],
        ['MAXLEN', `${this.below(12)}`],
        ['MAXLEN', '~', '8'],
        ['MINID', '~', id()],
        ['DELREF', 'MAXLEN', '~', '6'],
        ['ACKED', 'MINID', id()],
      ]);
    const reader = ['XREADGROUP', 'GROUP', group, consumer];
    return [
      () => add(...trim()),
      () => add(...trim()),
      () => add('IDMP', consumer, `${this.below(9)}`),
      () => ['XGROUP', 'CREATE', key, group, this.pick(['0', '$']), 'MKSTREAM'],
      () => ['XGROUP', 'CREATE', key, group, '0', 'MKSTREAM'],
      () => ['XGROUP', this.pick(['DESTROY', 'SETID', 'SETID', 'DELCONSUMER']), key, group, ...this.pick([[], ['0'], [consumer]])],
      () => [...reader, 'COUNT', `${1 + this.below(6)}`, ...this.pick([[], [], ['NOACK'], ['CLAIM', this.soon()]]), 'STREAMS', key, '>'],
      () => [...reader, 'COUNT', '3', 'STREAMS', key, '0'],
      () => ['XCLAIM', key, group, consumer, '0', id(), id(), ...this.pick([[], ['FORCE'], ['JUSTID'], ['IDLE', this.soon()]])],
      () => ['XAUTOCLAIM', key, group, consumer, this.pick(['0', '500']), '-', 'COUNT', `${1 + this.below(4)}`],
      () => ['XACK', key, group, id(), id()],
      () => ['XACKDEL', key, group, 'IDS', '1', id()],
      () => ['XNACK', key, group, this.pick(['SILENT', 'FAIL', 'FATAL']), 'IDS', '2', id(), id(), ...this.pick([[], ['FORCE']])],
      () => ['XDEL', key, id(), id()],
      () => ['XDELEX', key, this.pick(['KEEPREF', 'DELREF', 'ACKED']), 'IDS', '1', id()],
      () => ['XTRIM', key, 'MAXLEN', ...this.pick([[], ['~']]), `${this.below(15)}`],
      () => [this.pick(['XRANGE', 'XREVRANGE']), key, '-', '+', 'COUNT', '5'],
      () => ['XPENDING', key, group, '-', '+', '20', ...this.pick([[], [consumer]])],
      () => ['XINFO', 'STREAM', key, 'FULL', 'COUNT', '0'],
      () => ['XREAD', 'COUNT', '3', 'STREAMS', key, this.pick(['0', '+', id()])],
    ];
  }

  private keys(key: string): (() => string[])[] {
    return [
      () => ['DEL', key, this.key()],
      () => ['EXISTS', key, this.key()],
      () => ['TYPE', key],
      () => ['OBJECT', 'ENCODING', key],
      () => ['RENAME', key, this.key()],
      () => ['COPY', key, this.key(), 'REPLACE'],
      () => ['PEXPIRE', key, this.soon(), ...this.pick([[], ['NX'], ['GT'], ['LT']])],
      () => ['PEXPIRE', key, this.soon()],
      () => ['PEXPIREAT', key, `${this.now() + this.below(100_000_000)}`],
      () => ['PERSIST', key],
      () => ['PTTL', key],
      () => ['TOUCH', key],
      () => ['DBSIZE'],
      () => ['KEYS', this.pick(['*', 'key:1*', '{same}*'])],
      () => ['SCAN', '0', 'COUNT', `${1 + this.below(20)}`, ...this.pick([[], ['TYPE', 'zset'], ['MATCH', '*1*']])],
      () => ['SCAN', `${Math.floor(this.random.float() * 2 ** 53)}`, 'COUNT', `${1 + this.below(5)}`],
      () => (this.below(40) === 0 ? ['FLUSHALL'] : ['EXISTS', key]),
    ];
  }

  private fields(make = () => [this.member()]): string[] {
    const items = Array.from({ length: 1 + this.below(5) }, make);
    return ['FIELDS', `${items.length}`, ...items.flat()];
  }
  private briefly(): string {
    return `${1 + this.below(this.pick([20, 3_000]))}`;
  }
  private soon(): string {
    return `${1 + this.below(this.pick([50, 5_000, 100_000]))}`;
  }
  private member(): string {
    return this.below(30) === 0 ? 'a long member that no listpack holds' : `m${this.below(this.pick([12, 12, 60]))}`;
  }
  private value(): string {
    return this.pick([`${this.below(6)}`, `v${this.below(6)}`, '', 'x'.repeat(this.below(60)), '\u00ff\u0000\r\n']);
  }
  private some(make: () => string[]): string[] {
    return Array.from({ length: 1 + this.below(5) }, make).flat();
  }
  private below(bound: number): number {
    return this.random.below(bound);
  }
  private pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}
