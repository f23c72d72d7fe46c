import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Random } from '../../../src/spec/context';
import { seededRandom, TestEngine } from '../../support/engine';
import { EnginePeers, idOf, RealPeers } from '../../support/peers';
import { RealRedis, redisInstalled } from '../../support/real-redis';

type Line = readonly (string | number)[];

const NAMES = ['a', 'b', 'c', 'sub'];

/** Redis writes the null for all keys in the protocol of the client whose keys they are, not of the one that is told. */
function nullOf(sent: string): string {
  return sent
    .replaceAll('>2\r\n$10\r\ninvalidate\r\n$-1', '>2\r\n$10\r\ninvalidate\r\n_')
    .replaceAll('\r\n__redis__:invalidate\r\n_', '\r\n__redis__:invalidate\r\n$-1');
}

/** Both servers get the same lines, and each client of both is sent the same. */
class Both {
  private readonly recent: string[] = [];

  private constructor(
    private readonly ours: EnginePeers,
    private readonly theirs: RealPeers,
  ) {}

  static async open(port: number): Promise<Both> {
    const engine = new TestEngine();
    engine.now = Date.now();
    const theirs = await RealPeers.open(port, NAMES);
    const both = new Both(new EnginePeers(engine, theirs.ids), theirs);
    await both.theirs.send('a', ['FLUSHALL']);
    await both.send('a', ['HELLO', 3], ['CLIENT', 'SETNAME', 'a']);
    return both;
  }

  async send(from: string, ...lines: readonly Line[]): Promise<Record<string, string>> {
    const [ours, theirs] = [this.ours.send(from, ...lines), await this.theirs.send(from, ...lines)];
    for (const name in theirs) theirs[name] = nullOf(theirs[name] as string);
    if (lines.some(([name]) => name === 'HELLO')) return ours;
    this.recent.push(`${from}: ${JSON.stringify(lines)}`);
    expect(ours, this.recent.slice(-12).join('\n')).toEqual(theirs);
    return ours;
  }

  close(): void {
    this.theirs.close();
  }
}

const KEYS = ['k1', 'k2', 'k3', 'p:1', 'p:2', 'q:1'];

/** Lines about tracking, and of keys that are tracked. */
class Lines {
  constructor(private readonly random: Random) {}

  pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }

  private key(): string {
    return this.pick(KEYS);
  }

  private option(): Line {
    const [redirect, prefix] = [this.pick([idOf('c'), idOf('sub'), 0, 99999, 'x']), this.pick(['p:', 'q', '', 'k', 'p:1'])];
    return this.pick<Line>([
      ['NOLOOP'],
      ['NOLOOP'],
      ['OPTIN'],
      ['optout'],
      ['BCAST'],
      ['BCAST'],
      ['BCAST', 'PREFIX', prefix],
      ['PREFIX', prefix],
      ['REDIRECT', redirect],
      ['REDIRECT', idOf('sub')],
      ['REDIRECT', idOf('c')],
      this.random.below(8) === 0 ? ['WRONG'] : [],
    ]);
  }

  private tracking(): Line {
    const options = Array.from({ length: this.random.below(4) }, () => this.option());
    // Of prefixes that overlap Redis answers twice, unless the first is among them.
    if (options.filter((option) => option.includes('PREFIX')).length > 2) return this.tracking();
    return [
      'CLIENT',
      'TRACKING',
      this.pick(['ON', 'on', 'ON', 'OFF', 'OFF', this.random.below(9) === 0 ? 'MAYBE' : 'ON']),
      ...options.flat(),
    ];
  }

  private read(): Line {
    return this.pick<Line>([
      ['GET', this.key()],
      ['MGET', this.key(), this.key()],
      ['EXISTS', this.key()],
      ['STRLEN', this.key()],
      ['LLEN', this.key()],
      ['OBJECT', 'ENCODING', this.key()],
      ['SINTER', this.key(), this.key()],
    ]);
  }

  private write(): Line {
    return this.pick<Line>([
      ['SET', this.key(), 'v'],
      ['SET', this.key(), 'v'],
      ['MSET', this.key(), '1', this.key(), '2'],
      ['DEL', this.key(), this.key()],
      ['EXPIRE', this.key(), 100],
      ['EXPIRE', this.key(), -1],
      ['PERSIST', this.key()],
      ['RENAME', this.key(), this.key()],
      ['APPEND', this.key(), 'x'],
      ['LPUSH', this.key(), 'x'],
      ['GETDEL', this.key()],
      ['SETRANGE', this.key(), 0, ''],
    ]);
  }

  private alone(): Line {
    return this.pick<() => Line>([
      () => this.tracking(),
      () => this.tracking(),
      () => ['CLIENT', 'CACHING', this.pick(['YES', 'no', 'x'])],
      () => ['CLIENT', 'TRACKINGINFO'],
      () => ['CLIENT', 'GETREDIR'],
      () => this.pick<Line>([['FLUSHALL'], ['FLUSHDB'], ['PING'], ['ECHO', 'x'], ['NONSENSE']]),
      ...Array.from({ length: 6 }, () => () => this.read()),
      ...Array.from({ length: 6 }, () => () => this.write()),
    ])();
  }

  /** What one client sends in one piece. */
  next(): Line[] {
    if (this.random.below(8) === 0) return [['MULTI'], ...Array.from({ length: this.random.below(5) }, () => this.alone()), ['EXEC']];
    return Array.from({ length: 1 + this.random.below(3) }, () => this.alone());
  }
}

describe.runIf(redisInstalled)('as redis-server answers and tells', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test.each([1, 2, 3])('random lines of several clients, seed %i', { timeout: 60_000 }, async (seed) => {
    const random = seededRandom(seed);
    const lines = new Lines(random);
    let told = 0;
    for (let round = 0; round < 12; round++) {
      const both = await Both.open(redis.port);
      await both.send('b', ['HELLO', 3]);
      await both.send('c', ['HELLO', 3]);
      if (round % 3 > 0) await both.send('sub', ['SUBSCRIBE', '__redis__:invalidate']);
      if (round % 3 > 1) await both.send('a', ['HELLO', 2]);
      for (let i = 0; i < 100; i++) {
        const sent = await both.send(lines.pick(['a', 'b']), ...lines.next());
        if (Object.values(sent).some((text) => text.includes('invalidate'))) told++;
      }
      both.close();
    }
    expect(told).toBeGreaterThan(100);
  });
});

describe('the table of keys', () => {
  const READS = Array.from({ length: 3000 }, (_, i) => ['GET', `key:${i}`]);

  function opened(): { engine: TestEngine; peers: EnginePeers } {
    const engine = new TestEngine();
    const peers = new EnginePeers(
      engine,
      new Map([
        ['a', 10],
        ['b', 11],
      ]),
    );
    for (const name of ['a', 'b']) peers.send(name, ['HELLO', 3], ['CLIENT', 'TRACKING', 'ON']);
    return { engine, peers };
  }

  test('lets go of those that have been there for longest when there are too many, and says so', () => {
    const { engine, peers } = opened();
    peers.send('a', ...READS);
    peers.send('b', ['GET', 'key:0'], ['GET', 'key:1']);
    expect(engine.engine.tracking.totals).toEqual({ clients: 2, keys: 3000, items: 3002, prefixes: 0 });
    const sent = peers.send('b', ['CONFIG', 'SET', 'tracking-table-max-keys', 2999]);
    expect(sent.a).toBe('>2\r\n$10\r\ninvalidate\r\n*1\r\n$5\r\nkey:0\r\n');
    expect(sent.b).toBe('+OK\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$5\r\nkey:0\r\n');
    const dropped = peers.send('b', ['CONFIG', 'SET', 'tracking-table-max-keys', 10]);
    expect(dropped.a?.split('invalidate')).toHaveLength(2990);
    expect(dropped.a).not.toContain('key:2990');
    expect(engine.engine.tracking.totals).toEqual({ clients: 2, keys: 10, items: 10, prefixes: 0 });
    expect(peers.send('a', ['GET', 'more']).a).toBe('_\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$8\r\nkey:2990\r\n');
    peers.send('b', ['CONFIG', 'SET', 'tracking-table-max-keys', 0]);
    expect(peers.send('a', ...READS).a).not.toContain('invalidate');
  });

  test('forgets a client that has gone, and costs nothing when nobody is left', () => {
    const { engine, peers } = opened();
    peers.send('a', ...READS.slice(0, 10));
    peers.send('b', ['MGET', 'key:0', 'key:1'], ['CLIENT', 'TRACKING', 'OFF']);
    expect(engine.engine.tracking.totals).toEqual({ clients: 1, keys: 10, items: 12, prefixes: 0 });
    peers.end('a');
    expect(engine.engine.tracking.totals).toEqual({ clients: 0, keys: 2, items: 2, prefixes: 0 });
    peers.end('b');
    expect(engine.engine.tracking.totals).toEqual({ clients: 0, keys: 0, items: 0, prefixes: 0 });
    expect(engine.engine.tracking.isOn).toBe(false);
  });

  test('CLIENT LIST and INFO show who tracks, and how', () => {
    const { peers } = opened();
    peers.send('a', ['CLIENT', 'TRACKING', 'OFF'], ['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'k', 'REDIRECT', idOf('b')]);
    expect(peers.send('a', ['CLIENT', 'INFO']).a).toMatch(/ flags=tB .* redir=11 /);
    expect(peers.send('b', ['CLIENT', 'INFO']).b).toMatch(/ flags=t .* redir=0 /);
    const info = peers.send('b', ['INFO']).b;
    for (const field of ['tracking_clients:2', 'tracking_total_keys:0', 'tracking_total_items:0', 'tracking_total_prefixes:1']) {
      expect(info).toContain(`\r\n${field}\r\n`);
    }
    peers.end('b');
    expect(peers.send('a', ['SET', 'k', 'v']).a).toBe('+OK\r\n>2\r\n$21\r\ntracking-redir-broken\r\n:11\r\n');
    expect(peers.send('a', ['CLIENT', 'INFO']).a).toMatch(/ flags=tRB .* redir=11 /);
  });
});
