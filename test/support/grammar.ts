// Random command lines for all commands at once, made from the argument grammar of their declarations: a new command or
// option takes part as soon as it is declared. The keys of all types are one small space, so that commands meet values of
// other types, and RENAME, COPY and the STORE commands carry values from type to type.

import { ascii } from '../../src/bytes/bytes';
import type { CommandSpec, Group } from '../../src/spec/command';
import type { Random } from '../../src/spec/context';
import { type Argument, parseSyntax } from '../../src/spec/syntax';
import { HashValue } from '../../src/types/hash';
import { defaultEncodingLimits } from '../../src/types/limits';
import { ListValue } from '../../src/types/list';
import { dumpPayload } from '../../src/types/rdb/payload';
import { SetValue } from '../../src/types/set';
import { ZSetValue } from '../../src/types/zset';
import { StreamWords } from './stream-words';

export type Line = readonly string[];

/** By group: the letter of the keys that usually hold its type. */
const LETTERS: Partial<Record<Group, string>> = {
  string: 's',
  hash: 'h',
  list: 'l',
  set: 't',
  'sorted-set': 'z',
  bitmap: 'b',
  hyperloglog: 'p',
  stream: 'x',
  geo: 'g',
};
const KEYS_PER_LETTER = 3;
const KEYS: readonly string[] = Object.values(LETTERS).flatMap((letter) =>
  Array.from({ length: KEYS_PER_LETTER }, (_, i) => `${letter}${i}`),
);

/** Sorted sets whose scores are all 0 and that only some commands use: elsewhere a range of names means nothing. */
const NAME_KEYS = ['n0', 'n1'];

/** A key that is seldom there. */
const SELDOM = 'missing';

export const ALL_KEYS: readonly string[] = [...KEYS, ...NAME_KEYS, SELDOM];

const SCORES = ['0', '1', '1', '2', '3', '-5', '10', '0.5', '-1.25', '0.1', '1e3', '3.5e-7', 'inf', '-inf', '4611686018427387905'];
/** None that makes a score of -0, whose sign is not kept. */
const WEIGHTS = ['1', '2', '0.5', '3', '10'];
const FLOATS = ['0.5', '-1.25', '0.1', '3', '1e2', '-2.5e-1', '5.0e3', '0', '1e-20'];
/** How long a command may wait, where it may not. */
const TIMEOUTS = ['0', '0', '0.001', '1', '2.5', '1e2', '-1'];
const NOT_FLOATS = ['', 'x', 'nan', 'inf', ' 1', '1e5000'];
const INCREMENTS = ['1', '-1', '5', '-100', '0', '9223372036854775807', '-9223372036854775808', '4611686018427387904'];
/** No counts: servers draw as many as they are told. */
const INDEXES = ['0', '0', '1', '2', '3', '-1', '-1', '-2', '5', '-7', '30'];
const NOT_INTEGERS = ['', 'x', '1.5', ' 1', '+1', '01', '9223372036854775808'];
/** Cursors are read more leniently than integers. */
const NOT_CURSORS = ['', 'x', '1.5', ' 1', '-'];
const VALUES = ['', 'a', '10', '-3', '007', '1.5', 'text', 'two words', '\xff\x00\r\n', 'v'.repeat(50), '9223372036854775800'];
const BIT_OFFSETS = ['0', '1', '2', '7', '8', '9', '15', '30', '63', '100', '250', '-1'];
const FIELD_OFFSETS = [...BIT_OFFSETS, '#0', '#1', '#3', '#10', '#-1'];
const FIELD_TYPES = ['u1', 'u2', 'u7', 'u8', 'u32', 'u63', 'i1', 'i3', 'i8', 'i33', 'i63', 'i64', 'u64', 'i0'];
const LENGTHS = ['0', '1', '50', '1000', '20000', '100.5', '50000', '3e7', '-1'];
const PATTERNS = ['*', '*', '?1', '[a-h]*', 'm*', 'f?', 's0', '*[^0]', 'none', 'm\\1'];
/** Elements put in the place of the `*` make names of keys that there are. */
const SORT_PATTERNS = ['s*', 's*', 'h*->f1', 'h*->f3', 't*', '*', '#', 'none*', 's1', 'h*->', '*->f1'];
const SCORE_BOUNDS = ['-inf', '+inf', '0', '1', '(1', '2', '(3', '-5', '10', '(0.5'];
const NAME_BOUNDS = ['-', '+', '[m1', '(m1', '[m5', '(m8', '[', '[3', '(zzz'];
const TYPES = ['string', 'hash', 'list', 'set', 'zset', 'stream', 'nonsense'];
/** Any walk is taken in one step: no two hash tables have the same cursors. */
const WHOLE_WALK = ['COUNT', '100000'];

/** Deadlines are this far from now at least, and from each other: two clocks then agree on which is the later one. */
const LEAST_SECONDS = 100_000;
const STEP_SECONDS = 1_000;
const STEPS = 1_000_000;

/** What RESTORE can take: a value of each type, and what it refuses. */
const PAYLOADS = payloads();

function payloads(): string[] {
  const limits = defaultEncodingLimits();
  const list = new ListValue(limits);
  const set = new SetValue(limits);
  const integers = new SetValue(limits);
  const zset = new ZSetValue(limits);
  const hash = new HashValue(limits);
  for (let i = 0; i < 5; i++) {
    list.push('right', ascii(`m${i}`));
    set.add(ascii(`m${i}`));
    integers.add(ascii(`${i}`));
    zset.put(ascii(`m${i}`), i / 2);
    hash.set(ascii(`f${i}`), ascii(`${i}`));
  }
  const good = [ascii('10'), ascii('text'), list, set, integers, zset, hash].map((value) => dumpPayload(value));
  return [...good, ...good, 'no payload', (good[0] as string).slice(1), ''];
}

export interface GrammarOptions {
  readonly random: Random;
  /** The commands to use. */
  readonly commands: readonly CommandSpec[];
  /** Tokens that are not used, as `command TOKEN`. */
  readonly without: ReadonlySet<string>;
  /** Seconds since 1970, about. */
  readonly nowSeconds: number;
}

export class GrammarLines {
  private readonly byGroup = new Map<Group, CommandSpec[]>();
  private readonly usedSteps = new Set<number>();
  readonly streams: StreamWords;
  /** While a line is made: its command, and the count of keys that it has announced. */
  private spec: CommandSpec | undefined;
  private announced: number | undefined;

  constructor(private readonly options: GrammarOptions) {
    this.streams = new StreamWords(options.random);
    for (const spec of options.commands) this.byGroup.set(spec.group, [...(this.byGroup.get(spec.group) ?? []), spec]);
  }

  /** A random line of a random command: mostly right, sometimes with a mistake. */
  next(): Line {
    if (this.chance(4)) return this.creation();
    const line = this.lineOf(this.pick(this.options.commands));
    if (this.chance(60) && line.length > 1) line.pop();
    else if (this.chance(60) && !this.hasNewer) line.push(this.pick(['bogus', '1', '']));
    if (this.chance(4)) line[0] = (line[0] as string).toLowerCase();
    return line;
  }

  key(group?: Group): string {
    const letter = group === undefined || this.chance(8) ? undefined : LETTERS[group];
    if (letter !== undefined) return `${letter}${this.options.random.below(KEYS_PER_LETTER)}`;
    return this.chance(12) ? SELDOM : this.pick(KEYS);
  }

  /** Makes or enlarges a value of some type, so that the others find something. */
  private creation(): Line {
    const several = (make: () => string[]): string[] => Array.from({ length: 1 + this.options.random.below(4) }, make).flat();
    switch (this.options.random.below(13)) {
      case 0:
        return ['SET', this.key('string'), this.pick(VALUES)];
      case 1:
        return ['HSET', this.key('hash'), ...several(() => [this.field(), this.pick(VALUES)])];
      case 2:
        return ['RPUSH', this.key('list'), ...several(() => [this.member()])];
      case 3:
        return ['SADD', this.key('set'), ...several(() => [this.member()])];
      case 4:
        return ['ZADD', this.key('sorted-set'), ...several(() => [this.pick(SCORES), this.member()])];
      case 5:
        return ['ZADD', this.pick(NAME_KEYS), ...several(() => ['0', this.member()])];
      case 6:
        return ['SETBIT', this.key('bitmap'), `${this.options.random.below(300)}`, '1'];
      case 7:
        return ['PFADD', this.key('hyperloglog'), ...several(() => [this.member()])];
      case 8:
      case 9:
        return this.streams.addition(this.key('stream'));
      case 10:
        return this.streams.group(this.key('stream'));
      case 11:
        return ['GEOADD', this.key('geo'), ...several(() => [this.coordinate(180), this.coordinate(85), this.member()])];
      default:
        return ['DEL', this.key()];
    }
  }

  /** Whether the current command has an option that is not used. What follows its arguments is then no sure mistake. */
  private get hasNewer(): boolean {
    return [...this.options.without].some((option) => option.startsWith(`${this.spec?.name} `));
  }

  private lineOf(spec: CommandSpec): string[] {
    this.spec = spec;
    this.announced = undefined;
    const line = spec.name.toUpperCase().split('|');
    for (const argument of parseSyntax(spec.syntax)) this.argument(argument, line);
    return this.fitting(spec.name, line);
  }

  // ---- by the grammar

  private argument(argument: Argument, line: string[]): void {
    const { token, optional } = argument;
    if (token !== undefined && this.options.without.has(`${this.spec?.name} ${token}`)) return;
    if (optional && !this.chance(3)) return;
    const times = this.timesOf(argument);
    for (let i = 0; i < times; i++) {
      if (token !== undefined && (i === 0 || argument.multipleToken)) line.push(token.replaceAll('"', ''));
      this.content(argument, line);
    }
  }

  private timesOf({ multiple, type, name }: Argument): number {
    if (!multiple) return 1;
    if (this.announced !== undefined && (type === 'key' || name === 'weight')) return this.announced;
    return 1 + this.options.random.below(3);
  }

  private content({ type, name, arguments: inner }: Argument, line: string[]): void {
    if (type === 'pure-token') return;
    if (type === 'oneof') this.argument({ ...this.pick(inner), optional: false }, line);
    else if (type === 'block') for (const part of inner) this.argument(part, line);
    else line.push(this.value(type, name));
  }

  private value(type: Argument['type'], name: string): string {
    switch (type) {
      case 'key':
        return this.keyOf();
      case 'pattern':
        return this.pick(this.spec?.name.startsWith('sort') ? SORT_PATTERNS : PATTERNS);
      case 'unix-time':
        return this.chance(10) ? this.pick(['1', '0', '-5', 'x']) : this.time(name, this.options.nowSeconds);
      case 'double':
        return this.double(name);
      case 'integer':
        return this.integer(name);
      default:
        return this.text(name);
    }
  }

  private keyOf(): string {
    const group = this.spec?.group;
    if (group === 'geo' && this.chance(6)) return this.key('sorted-set');
    return this.key(group === 'sorted-set' && this.chance(6) ? 'set' : group);
  }

  private double(name: string): string {
    if (name === 'timeout') return this.chance(25) ? this.pick(['', 'x', 'nan', ' 1']) : this.pick(TIMEOUTS);
    if (this.chance(25)) return this.pick(NOT_FLOATS);
    if (name === 'weight') return this.pick(WEIGHTS);
    if (name === 'longitude' || name === 'latitude') return this.coordinate(name === 'longitude' ? 180 : 85);
    if (this.spec?.group === 'geo') return this.pick(LENGTHS);
    if (name === 'min' || name === 'max') return this.pick(SCORE_BOUNDS);
    return this.pick(name === 'score' ? SCORES : FLOATS);
  }

  /** Mostly somewhere around one place. No two points are equally far from a third. */
  private coordinate(most: number): string {
    const { random } = this.options;
    if (this.chance(30)) return `${most + 10}`;
    return this.chance(4) ? `${(random.float() * 2 - 1) * most}` : `${most / 10 + random.float()}`;
  }

  private integer(name: string): string {
    if (this.chance(30)) return this.pick(name === 'cursor' ? NOT_CURSORS : NOT_INTEGERS);
    const { random } = this.options;
    switch (name) {
      case 'numkeys':
        this.announced = 1 + random.below(3);
        return `${this.announced}`;
      case 'cursor':
      case 'destination-db':
        return '0';
      case 'increment':
      case 'decrement':
        return this.chance(3) ? this.pick(INCREMENTS) : `${random.below(200) - 100}`;
      case 'ttl':
        return this.chance(3) ? this.time('milliseconds', 0) : '0';
      case 'seconds':
      case 'milliseconds':
        return this.chance(12) ? this.pick(['0', '-5']) : this.time(name, 0);
      case 'offset':
        return this.offset();
      case 'bit':
        return this.pick(['0', '1', '1', '0', '2']);
      case 'value':
        return this.pick(this.spec?.name === 'setbit' ? ['0', '1', '1', '1', '2'] : INCREMENTS);
      default:
        return this.pick(INDEXES);
    }
  }

  private offset(): string {
    if (this.spec?.group !== 'bitmap') return this.pick(INDEXES);
    return this.pick(this.spec.name.startsWith('bitfield') ? FIELD_OFFSETS : BIT_OFFSETS);
  }

  /** A time that no other line has. */
  private time(name: string, fromSeconds: number): string {
    let step: number;
    do {
      step = this.options.random.below(STEPS);
    } while (this.usedSteps.has(step));
    this.usedSteps.add(step);
    const seconds = fromSeconds + LEAST_SECONDS + step * STEP_SECONDS;
    return name.includes('milliseconds') ? `${seconds * 1000}` : `${seconds}`;
  }

  private text(name: string): string {
    const ofStream = this.spec?.group === 'stream' ? this.streams.text(name) : undefined;
    if (ofStream !== undefined) return ofStream;
    if (name === 'field') return this.field();
    if (name === 'serialized-value') return this.pick(PAYLOADS);
    if (name === 'encoding') return this.pick(FIELD_TYPES);
    if (name.startsWith('member') || name === 'element' || name === 'pivot') return this.member();
    if (name === 'min' || name === 'max') return this.pick(NAME_BOUNDS);
    if (name === 'start' || name === 'stop') return this.pick(INDEXES);
    return name === 'type' ? this.pick(TYPES) : this.pick(VALUES);
  }

  private field(): string {
    return `f${this.options.random.below(14)}`;
  }

  private member(): string {
    if (this.chance(40)) return 'a long member that no listpack holds';
    return this.chance(3) ? `${this.options.random.below(8)}` : `m${this.options.random.below(14)}`;
  }

  // ---- what the grammar does not say

  private fitting(name: string, line: string[]): string[] {
    if (this.spec?.group === 'stream') return this.streams.fitting(name, line, () => this.keyOf());
    const byName = name.includes('lex') || line.includes('BYLEX');
    if (name === 'zrange' || name === 'zrangestore') {
      const bounds = line.includes('BYSCORE') ? SCORE_BOUNDS : byName ? NAME_BOUNDS : INDEXES;
      line.splice(name === 'zrange' ? 2 : 3, 2, this.pick(bounds), this.pick(bounds));
    } else if (name.endsWith('scan')) {
      const at = line.indexOf('COUNT');
      line.splice(at < 0 ? line.length : at, 2, ...WHOLE_WALK);
    }
    if (name === 'sort' || name === 'sort_ro') this.settleOrder(line);
    if (byName) {
      line[1] = this.pick(NAME_KEYS);
      if (name === 'zrangestore') line[2] = this.pick(NAME_KEYS);
    }
    return line;
  }

  /** Takes the BY away where the order of the result would be left to how a set lies in memory, or to the algorithm. */
  private settleOrder(line: string[]): void {
    line[1] = this.key(this.pick(['list', 'set', 'sorted-set']));
    const by = line.indexOf('BY');
    if (by < 0) return;
    const isVariable = line[by + 1]?.includes('*') ?? false;
    if (isVariable ? line.includes('ALPHA') : !line.includes('STORE')) line.splice(by, 2);
  }

  chance(oneIn: number): boolean {
    return this.options.random.below(oneIn) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.options.random.below(items.length)] as T;
  }
}
