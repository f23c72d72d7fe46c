// All commands and types mixed, in seeded random sequences: the engine and a redis-server get the same lines, answer the
// same, hold the same data in the end, and so does an engine that replays the journal.
//
// KEDGE_DIFFERENTIAL_SEEDS=100 runs that many other seeds instead of the few that are always run.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bytes, fromText } from '../../../src/bytes/bytes';
import { arrayCommands } from '../../../src/commands/array';
import { registry } from '../../../src/commands/registry';
import { Table } from '../../../src/engine/table';
import { decodeReply } from '../../../src/protocol/reply-reader';
import { encodeReply, type RespVersion } from '../../../src/protocol/resp-writer';
import { type CommandSpec, isContainer } from '../../../src/spec/command';
import type { Random } from '../../../src/spec/context';
import { replayInto, sorted, sortedCouples, Tally } from '../../support/comparable';
import { seededRandom, TestEngine } from '../../support/engine';
import { ALL_KEYS, GrammarLines, type Line } from '../../support/grammar';
import { Listener, Messages, Told } from '../../support/messages';
import { MODULE_GROUPS } from '../../support/modules';
import { type Plain, plain } from '../../support/plain-reply';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const LINES = 20_000;
/** Digests of all data are compared after so many blocks, so that a difference is found near its cause. */
const BLOCKS_PER_DIGEST = 100;
const SMALL: Readonly<Record<string, string>> = {
  'hash-max-listpack-entries': '6',
  'hash-max-listpack-value': '32',
  'zset-max-listpack-entries': '6',
  'zset-max-listpack-value': '32',
  'set-max-intset-entries': '5',
  'stream-node-max-entries': '5',
  'stream-node-max-bytes': '200',
  // All that Redis 7.0 has.
  'notify-keyspace-events': 'AKEnm',
};
const DIGEST: Line = ['DEBUG', 'DIGEST'];
/** Runs a line inside a script. */
const SCRIPT: Line = ['EVAL', 'return redis.pcall(unpack(ARGV))', '0'];

/** Commands that take no part: why, and which. Names of containers stand for all of their subcommands. */
const NEWER_HASH_COMMANDS = [
  ...['hexpire', 'hpexpire', 'hexpireat', 'hpexpireat', 'httl', 'hpttl', 'hexpiretime', 'hpexpiretime', 'hpersist'],
  ...['hgetdel', 'hgetex', 'hsetex', 'himport'],
];
const LEFT_OUT: readonly (readonly [reason: string, names: readonly string[]])[] = [
  ['It is about the connection.', ['auth', 'client', 'hello', 'quit', 'reset', 'select']],
  ['It is about subscribers, of whom the test itself is one.', registry.filter(({ group }) => group === 'pubsub').map(({ name }) => name)],
  [
    'It is about the server, not about data.',
    [
      'acl',
      'bgrewriteaof',
      'bgsave',
      'cluster',
      'command',
      'config',
      'debug',
      'function',
      'info',
      'lastsave',
      'latency',
      'lolwut',
      'monitor',
      'module',
      'role',
      'save',
      'slowlog',
    ],
  ],
  ['There is one database, no replica to wait for, and no cluster.', ['asking', 'move', 'readonly', 'readwrite', 'swapdb', 'wait']],
  [
    'Its text is our own.',
    [
      ...['doctor', 'help', 'malloc-stats', 'stats'].map((name) => `memory|${name}`),
      'object|help',
      'pubsub|help',
      'xgroup|help',
      'xinfo|help',
    ],
  ],
  [
    'It is newer than the server that is compared with.',
    [
      'blmovem',
      'delex',
      'digest',
      'increx',
      'lmovem',
      'msetex',
      'sdiffcard',
      'sunioncard',
      'waitaof',
      'xackdel',
      'xcfgset',
      'xdelex',
      'xidmprecord',
      'xnack',
      ...arrayCommands.map(({ name }) => name),
    ],
  ],
  ['It is about hashes, and newer than the server that is compared with.', NEWER_HASH_COMMANDS],
  ['redis-server has it in a module only.', registry.filter(({ group }) => MODULE_GROUPS.has(group)).map(({ name }) => name)],
  ['What it shows or tests is compared in test/node/hyperloglog.', ['pfdebug', 'pfselftest']],
  [
    'What scripts and functions do is compared in test/node/scripting.',
    ['eval', 'eval_ro', 'evalsha', 'evalsha_ro', 'fcall', 'fcall_ro', 'script'],
  ],
  ['It comes in blocks of its own.', ['multi', 'exec', 'discard', 'watch']],
  ['It would empty the database all the time: it is in a block of its own.', ['flushall', 'flushdb']],
];
/** Options that redis-server 7.0 does not have. */
const NEWER = new Set([
  ...['DIFF', 'DIFF1', 'ANDOR', 'ONE'].map((token) => `bitop ${token}`),
  'hscan NOVALUES',
  'scan WITHTYPE',
  ...['IFEQ', 'IFNE', 'IFDEQ', 'IFDNE'].map((token) => `set ${token}`),
  ...['zunion', 'zunionstore', 'zinter', 'zinterstore'].map((name) => `${name} COUNT`),
  ...['xadd', 'xtrim'].flatMap((name) => ['KEEPREF', 'DELREF', 'ACKED'].map((token) => `${name} ${token}`)),
  ...['IDMP', 'IDMPAUTO'].map((token) => `xadd ${token}`),
  ...['xread', 'xreadgroup'].flatMap((name) => ['MAXCOUNT', 'MAXSIZE'].map((token) => `${name} ${token}`)),
  'xreadgroup CLAIM',
  'zrank WITHSCORE',
  'zrevrank WITHSCORE',
]);
/** Options that the tests of geo commands compare: the last digits of distances, and which of equally far places are taken, are free. */
const GEO_TIES = ['geosearch COUNT', 'geosearchstore COUNT', 'geosearchstore STOREDIST'].concat(
  ['georadius', 'georadiusbymember'].flatMap((name) => [`${name} COUNT`, `${name} STOREDIST`, `${name}_ro COUNT`]),
);
const UNUSED = new Set([...NEWER, ...GEO_TIES]);

/** Seconds, or milliseconds, that the two clocks may be apart. */
const CLOCKS_APART: Readonly<Record<string, number>> = { ttl: 100, expiretime: 100, pttl: 100_000, pexpiretime: 100_000 };
/** Since Redis 7.2 they judge their arguments before they look at the key. */
const ARGUMENTS_FIRST = new Set(['bitcount', 'bitpos']);
/** Unix milliseconds are greater. */
const A_TIME = 1e12;
const RANDOM_WRITES = new Set(['spop']);

const table = new Table(registry);
const leftOut = new Set(LEFT_OUT.flatMap(([, names]) => names));
const commands = registry
  .filter(({ name }) => !leftOut.has(name))
  .flatMap((spec): CommandSpec[] => (isContainer(spec) ? [...spec.subcommands] : [spec]))
  .filter(({ name }) => !leftOut.has(name));

/** The command that a line is about: the one that it runs in a script, if it does that. */
function resolve(line: Line): CommandSpec | undefined {
  const argv = line.map((word) => word as Bytes);
  return table.resolve(line[0] === SCRIPT[0] ? argv.slice(SCRIPT.length) : argv);
}

function mayWait(spec: CommandSpec | undefined): boolean {
  return spec?.flags.includes('blocking') ?? false;
}

// ---- lines

class Blocks {
  private readonly lines: GrammarLines;

  constructor(private readonly random: Random) {
    this.lines = new GrammarLines({ random, commands, without: UNUSED, nowSeconds: Math.floor(Date.now() / 1000) });
  }

  /** Lines that belong together. */
  next(): Line[] {
    if (this.lines.chance(15)) return this.transaction();
    if (this.lines.chance(400)) return [[this.lines.pick(['FLUSHALL', 'FLUSHDB'])]];
    if (this.lines.chance(100)) return [[this.lines.pick(['EXEC', 'DISCARD', 'UNWATCH'])]];
    return this.alone();
  }

  private transaction(): Line[] {
    const block: Line[] = [];
    if (this.lines.chance(2)) block.push(['WATCH', this.lines.key(), this.lines.key()]);
    if (this.lines.chance(3)) block.push(...this.alone());
    block.push(['MULTI']);
    for (let left = this.random.below(6); left > 0; left--) block.push(...this.settled());
    block.push([this.lines.chance(6) ? 'DISCARD' : 'EXEC']);
    return block;
  }

  /** Outside of a transaction. A command that might wait there is put into one of its own. */
  private alone(): Line[] {
    const lines = this.settled();
    return lines.some((line) => mayWait(resolve(line))) ? [['MULTI'], ...lines, ['EXEC']] : lines;
  }

  /** Lines as {@link plainly} has them, and some of them in scripts: in 7.0 none that might wait. */
  private settled(): Line[] {
    return this.plainly().map((line) => (this.lines.chance(8) && !mayWait(resolve(line)) ? [...SCRIPT, ...line] : line));
  }

  /** A line, and where chance decides what it leaves behind, one that removes the rest. */
  private plainly(): Line[] {
    const line = this.lines.next();
    return RANDOM_WRITES.has((line[0] as string).toLowerCase()) && line.length > 1
      ? [line, ['DEL', line[1] as string]]
      : this.lines.streams.withConsumer(line);
  }
}

// ---- replies

/** What of a reply is the same everywhere, by the command that it answers. */
function comparable(spec: CommandSpec | undefined, reply: Plain): Plain {
  if (!spec) return reply;
  const { name, tips = [] } = spec;
  if (name.endsWith('scan') && Array.isArray(reply)) {
    const [cursor, found] = reply as [string, Plain];
    return [cursor, name === 'hscan' || name === 'zscan' ? sortedCouples(found) : sorted(found)];
  }
  if (name === 'hgetall' && Array.isArray(reply)) return sortedCouples(reply);
  // Redis keeps the result of INCRBYFLOAT as a text, whatever it is.
  if (name === 'object|encoding' && (reply === 'int' || reply === 'embstr' || reply === 'raw')) return 'of a string';
  // SORT makes Redis convert a sorted set.
  if (name === 'object|encoding') return reply === 'skiplist' ? 'listpack' : reply;
  if (spec.group === 'stream') return streamReply(name, reply);
  if (tips.includes('nondeterministic_output_order') && Array.isArray(reply)) return sorted(reply);
  if (name in CLOCKS_APART || !(tips.includes('nondeterministic_output') || name === 'memory|usage')) return reply;
  return Array.isArray(reply)
    ? reply.map((item) => (Array.isArray(item) ? item.length : typeof item))
    : reply === null
      ? null
      : typeof reply;
}

/** The reply to a stream command without times, and without what Redis 7.2 has added. */
function streamReply(name: string, reply: Plain): Plain {
  if (!Array.isArray(reply)) return typeof reply === 'string' && reply.startsWith('ERR Unbalanced') ? 'unbalanced' : reply;
  if (name === 'xpending' && reply.length === 4 && typeof reply[2] === 'number')
    return [reply[0] as Plain, reply[1] as Plain, reply[3] as Plain];
  if (!name.startsWith('xinfo') && name !== 'xpending') return reply;
  const items: Plain[] = [];
  for (let i = 0; i < reply.length; i++) {
    const item = reply[i] as Plain;
    if (item === 'active-time' || item === 'inactive') i++;
    else if (item === 'idle') items.push(item, typeof reply[++i]);
    else items.push(Number(item) > A_TIME ? 'a time' : streamReply(name, item));
  }
  return items;
}

/** Floats and times are compared as numbers, everything else as it is. */
function same(ours: Plain, theirs: Plain, spec: CommandSpec | undefined): boolean {
  if (ours === theirs) return true;
  if (Array.isArray(ours)) {
    return Array.isArray(theirs) && ours.length === theirs.length && ours.every((item, i) => same(item, theirs[i] as Plain, spec));
  }
  const apart = CLOCKS_APART[spec?.name ?? ''] ?? 0;
  if (apart > 0) return Number(ours) >= 0 && Number(theirs) >= 0 && Math.abs(Number(ours) - Number(theirs)) <= apart;
  if (spec?.group !== 'sorted-set' || typeof ours !== typeof theirs || ours === '') return false;
  return Number(ours) === Number(theirs);
}

/** A complaint about arguments, where Redis 7.0 may have looked at the key instead. */
function isJudgedFirst(spec: CommandSpec | undefined, ours: Plain): boolean {
  return ARGUMENTS_FIRST.has(spec?.name ?? '') && typeof ours === 'string' && ours.startsWith('ERR ');
}

/** The commands of a session, for comparing what they are answered: an EXEC answers those before it. */
class Session {
  private queue: (CommandSpec | undefined)[] | undefined;

  constructor(
    private readonly version: RespVersion,
    private readonly tally: Tally,
  ) {}

  /** Undefined when the answers agree, else how they differ. */
  compare(line: Line, ours: Bytes, theirs: Bytes): string | undefined {
    const spec = resolve(line);
    const [our, their] = [plain(decodeReply(ours), this.version), plain(decodeReply(theirs), this.version)];
    const agree =
      (ours[0] === theirs[0] || isJudgedFirst(spec, our)) &&
      (spec?.name === 'exec' && this.queue && Array.isArray(our)
        ? this.sameAll(our, their as Plain[])
        : this.sameOne(our, their, spec, ours));
    if (spec?.name === 'multi' && ours.startsWith('+')) this.queue = [];
    else if (spec?.name === 'exec' || spec?.name === 'discard') this.queue = undefined;
    else if (ours === '+QUEUED\r\n') this.queue?.push(spec);
    return agree ? undefined : `${JSON.stringify(line)}: ${JSON.stringify(ours)}, in Redis ${JSON.stringify(theirs)}`;
  }

  private sameAll(ours: Plain[], theirs: Plain[]): boolean {
    // What might wait is only ever queued: it has succeeded when it has found something.
    this.queue?.forEach((spec, i) => {
      if (spec && mayWait(spec) && ours[i] !== null) this.tally.count(spec.name, true);
    });
    return ours.length === theirs.length && ours.every((our, i) => this.sameOne(our, theirs[i] as Plain, this.queue?.[i]));
  }

  private sameOne(ours: Plain, theirs: Plain, spec: CommandSpec | undefined, raw = ''): boolean {
    if (isJudgedFirst(spec, ours)) return true;
    if (raw.startsWith('-ERR Unbalanced')) return typeof theirs === 'string' && theirs.startsWith('ERR Unbalanced');
    if (raw.startsWith('-') || raw === '+QUEUED\r\n') return ours === theirs;
    return same(comparable(spec, ours), comparable(spec, theirs), spec);
  }
}

// ---- runs

/** With these many values are kept in segments, which must not show. */
const SMALL_SEGMENTS = { wholeBytes: 60, segmentBytes: 30 };

function newEngine(): TestEngine {
  const engine = new TestEngine();
  engine.now = Date.now();
  engine.run('CONFIG', 'SET', ...Object.entries(SMALL).flat());
  Object.assign(engine.engine.limits, SMALL_SEGMENTS);
  return engine;
}

async function run(redis: RealRedis, messages: Messages, seed: number, version: RespVersion): Promise<Tally> {
  await redis.send([['FLUSHALL'], ['HELLO', version]]);
  const random = seededRandom(seed);
  const blocks = new Blocks(random);
  const engine = newEngine();
  engine.client.protocol = version;
  const heard = new Listener(engine, '__key*');
  const tally = new Tally();
  const session = new Session(version, tally);
  const digests = new Set<string>();
  const told = new Told();
  let sent = 0;
  let rounds = 0;
  while (sent < LINES) {
    const round = Array.from({ length: BLOCKS_PER_DIGEST }, () => blocks.next());
    // EXISTS makes Redis remove what has expired, which DEBUG would still show.
    round.push([['EXISTS', ...ALL_KEYS], ...ALL_KEYS.map((key) => ['DEBUG', 'DIGEST-VALUE', key]), DIGEST]);
    const lines = round.flat();
    // Chars up to 255 are bytes already.
    const bytes = lines.map((line) => line.map((word) => word as Bytes));
    const { replies: theirs, told: theirTold } = await messages.during(redis, round);
    let i = 0;
    for (const [at, block] of round.entries()) {
      for (const line of block) {
        const ours = encodeReply(engine.engine.execute(engine.client, bytes[i] as Bytes[]), version) as Bytes;
        if (engine.faults.length > 0) throw engine.faults[0];
        const difference = session.compare(line, ours, theirs[i] as Bytes);
        if (difference !== undefined) expect.fail(`seed ${seed}, line ${sent + i}: ${difference}\n${recent(lines, i)}`);
        tally.count(
          (line[0] === SCRIPT[0] ? 'a script' : resolve(line)?.name) ?? 'unknown',
          !ours.startsWith('-') && ours !== '+QUEUED\r\n',
        );
        i++;
      }
      told.compare(heard.take(), theirTold[at] as string[], block);
    }
    told.end();
    digests.add(theirs.at(-1) as string);
    engine.flush();
    sent += lines.length;
    rounds++;
  }
  // Nearly every round leaves other data behind.
  expect(digests.size).toBeGreaterThan(rounds * 0.9);
  const digest = engine.run(...DIGEST);
  expect(replayInto(newEngine(), engine.journal).run(...DIGEST)).toEqual(digest);
  return tally;
}

/** The lines before a difference that have a key in common with it. */
function recent(lines: readonly Line[], at: number): string {
  const keys = (lines[at] as Line).slice(1);
  const related = lines.slice(0, at).filter((line) => line.slice(1).some((word) => keys.includes(word)));
  return related
    .slice(-12)
    .map((line) => JSON.stringify(line))
    .join('\n');
}

const extra = Number(process.env.KEDGE_DIFFERENTIAL_SEEDS ?? 0);
const seeds = extra > 0 ? Array.from({ length: extra }, (_, i) => 1000 + i) : [1, 2, 3];

describe.runIf(redisInstalled)('all commands mixed, as redis-server answers', () => {
  let redis: RealRedis;
  let messages: Messages;
  beforeAll(async () => {
    redis = await RealRedis.start();
    messages = await Messages.open(redis.port, '__key*');
    await redis.sendBytes([['CONFIG', 'SET', ...Object.entries(SMALL).flat()].map(fromText)]);
  });
  afterAll(() => {
    messages.close();
    return redis.stop();
  });

  test.each(seeds)('seed %i', { timeout: 60_000 }, async (seed) => {
    const tally = await run(redis, messages, seed, seed % 2 === 0 ? 3 : 2);
    const [sent, succeeded] = [Tally.total(tally.sent), Tally.total(tally.succeeded)];
    expect(sent).toBeGreaterThanOrEqual(LINES);
    expect(succeeded).toBeGreaterThan(sent * 0.5);
    expect(sent - succeeded).toBeGreaterThan(sent * 0.05);
    expect(commands.length).toBeGreaterThan(110);
    const names = [...commands.map(({ name }) => name), 'multi', 'exec', 'discard', 'watch', 'flushall', 'flushdb', 'a script'];
    expect(names.filter((name) => !tally.succeeded.get(name))).toEqual([]);
  });
});

test('what is left out of the mixture exists', () => {
  for (const name of leftOut) expect(table.byName(name)?.name).toBe(name);
  for (const option of UNUSED) {
    const [name, token] = option.split(' ') as [string, string];
    expect(table.byName(name)?.syntax).toContain(token);
  }
});
