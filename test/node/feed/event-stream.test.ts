import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { BEAT_MS, EventStream } from '../../../src/edge/event-stream';
import { changesQuery, eventText } from '../../../src/edge/resources/changes-form';
import { within } from '../../../src/edge/resources/prefixes';
import { decodeCursor, encodeCursor } from '../../../src/router/feed-cursor';

const MIB = 1024 * 1024;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open() {
  const abort = new AbortController();
  const met = { over: 0 };
  const stream = new EventStream(abort.signal, () => {
    met.over++;
  });
  const reader = stream.body.getReader();
  const decoder = new TextDecoder();
  return { stream, abort, met, reader, next: async () => decoder.decode((await reader.read()).value) };
}

describe('a stream of events', () => {
  test('passes text on in order, and then ends', async () => {
    const { stream, met, next, reader } = open();
    void stream.send('data: a\n\n');
    void stream.send('data: b\n\n');
    expect(await next()).toBe('data: a\n\n');
    expect(await next()).toBe('data: b\n\n');
    stream.end('data: last\n\n');
    void stream.send('data: too late\n\n');
    expect(await next()).toBe('data: last\n\n');
    expect((await reader.read()).done).toBe(true);
    expect(met.over).toBe(1);
  });

  test('says now and then that it is alive, to a client that reads', async () => {
    const { next } = open();
    vi.advanceTimersByTime(BEAT_MS);
    expect(await next()).toBe(':\n\n');
  });

  test('cuts a client off that leaves too much unread', async () => {
    const { stream, met } = open();
    for (let i = 0; i < 9; i++) void stream.send('x'.repeat(MIB));
    expect(met.over).toBe(1);
    await expect(stream.send('more')).resolves.toBeUndefined();
  });

  test('cuts a client off that has not read for long', () => {
    const { stream, met } = open();
    void stream.send('data: a\n\n');
    vi.advanceTimersByTime(BEAT_MS * 3);
    expect(met.over).toBe(0);
    vi.advanceTimersByTime(BEAT_MS);
    expect(met.over).toBe(1);
  });

  test('notices a client that hangs up or stops reading', async () => {
    const hungUp = open();
    hungUp.abort.abort();
    expect(hungUp.met.over).toBe(1);
    const cancelled = open();
    await cancelled.reader.cancel();
    await vi.waitFor(() => expect(cancelled.met.over).toBe(1));
  });
});

describe('the events of the change feed', () => {
  const cursor = '1.epoch0-1a';

  test.each([
    [{ kind: 'ready', cursor }, `id: ${cursor}\nevent: ready\ndata: {}\n\n`],
    [{ kind: 'at', cursor }, `id: ${cursor}\n\n`],
    [{ kind: 'reset', cursor, reason: 'trimmed' }, `id: ${cursor}\nevent: reset\ndata: {"reason":"trimmed"}\n\n`],
    [{ kind: 'change', cursor, event: 'flushall', key: undefined }, `id: ${cursor}\nevent: change\ndata: {"event":"flushall"}\n\n`],
    [
      { kind: 'change', cursor, event: 'set', key: ascii('\xc3\xa9\n') },
      `id: ${cursor}\nevent: change\ndata: {"event":"set","key":"é\\n"}\n\n`,
    ],
    [
      { kind: 'change', cursor, event: 'set', key: ascii('\xff') },
      `id: ${cursor}\nevent: change\ndata: {"event":"set","keyBase64":"/w=="}\n\n`,
    ],
  ] as const)('%j', (message, text) => {
    expect(eventText(message)).toBe(text);
  });
});

describe('a cursor', () => {
  test('is read as it was written', () => {
    const positions = [
      { epoch: 'a1b2c3', position: 0 },
      { epoch: '000000', position: Number.MAX_SAFE_INTEGER },
    ];
    expect(decodeCursor(encodeCursor(positions))).toEqual(positions);
  });

  test.each(['', '1', '1.', '1.a', '1.a-', '1.a-1.', '2.a-1', '1.a-1 ', '1.A-1', '1.a-1.b', `1.a-${'z'.repeat(12)}`])(
    '%j is none',
    (text) => {
      expect(decodeCursor(text)).toBeUndefined();
    },
  );
});

describe('the query', () => {
  test('has prefixes as text and in base64, and a cursor', () => {
    expect(changesQuery.parse({ prefix: ['é', 'b'], prefixBase64: ['/w=='], cursor: ['1.a-1'] })).toEqual({
      prefixes: ['\xc3\xa9', 'b', '\xff'],
      cursor: '1.a-1',
    });
    expect(changesQuery.parse({})).toEqual({ prefixes: [], cursor: undefined });
  });

  test.each([
    { prefx: ['a'] },
    { prefixBase64: ['*'] },
    { cursor: ['1.a-1', '1.a-2'] },
    { prefix: new Array<string>(17).fill('a') },
    { prefix: ['a'.repeat(1025)] },
  ])('%j is refused', (query) => {
    expect(changesQuery.safeParse(query).success).toBe(false);
  });
});

test.each([
  [[''], ['a', 'b'], ['a', 'b']],
  [['a'], [''], ['a']],
  [
    ['a:', 'b:'],
    ['a:1', 'c', 'b'],
    ['a:1', 'b:'],
  ],
  [['a'], ['b'], []],
  [[], ['a'], []],
])('of what is allowed, %j, and asked for, %j, there is %j', (allowed, asked, common) => {
  expect(within(allowed.map(ascii), asked.map(ascii))).toEqual(common);
});
