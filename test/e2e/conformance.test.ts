// Every transcript through every way into a real server: RESP2 and RESP3 over TCP, RESP2 over a WebSocket with frames that
// are cut anywhere, REST with one command per request, in pipelines and in base64; then over four shards what fits there.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ascii, type Bytes, fromText, toText } from '../../src/bytes/bytes';
import { refusalOverRest } from '../../src/edge/rest-commands';
import { decodeReply } from '../../src/protocol/reply-reader';
import { encodeUpstash } from '../../src/protocol/upstash-json';
import { plannerFor } from '../../src/router/layout';
import { expectSameAnswer } from '../conformance/compare';
import { type Envelope, expectSameEnvelope, readEnvelopes } from '../conformance/envelope';
import { expectedAnswer, type Line, readTranscript, type Scene, transcriptNames } from '../conformance/transcript';
import { seededRandom } from '../support/engine';
import { Stream } from '../support/stream';
import { type Server, startServer } from './server';

const SHARDS = 4;

const transcripts = transcriptNames().map((name) => ({ name, scenes: readTranscript(name) }));
const linesOf = (scenes: readonly Scene[]): number => scenes.reduce((sum, { lines }) => sum + lines.length, 0);
const all = linesOf(transcripts.flatMap(({ scenes }) => scenes));

/** Whether arguments survive JSON, which is Unicode. */
function isText(argv: readonly Bytes[]): boolean {
  return argv.every((arg) => fromText(toText(arg)) === arg);
}

/** Whether a scene means the same when its keys are spread: none of its lines needs keys of several shards at once. */
function fitsShards({ oneShard, lines }: Scene): boolean {
  return !oneShard && lines.every(({ argv }) => plannerFor(SHARDS).plan(argv).kind !== 'error');
}

/** Plays scenes over connections of their own. Answers how many lines were compared. */
async function playStreams(scenes: readonly Scene[], open: () => Promise<Stream>, token: string, version: 2 | 3): Promise<number> {
  const auth = [ascii('AUTH'), fromText(token)];
  const prologue = [auth, [ascii('HELLO'), ascii(`${version}`)], [ascii('FLUSHALL')]];
  let compared = 0;
  for (const { lines } of scenes) {
    const stream = await open();
    try {
      // Here is a password, and where the answers were recorded there was none: after RESET it must be given again.
      const asked = lines.flatMap((line) => (line.argv[0] === 'RESET' ? [line, undefined] : [line]));
      const replies = await stream.ask([...prologue, ...asked.map((line) => line?.argv ?? auth)]);
      asked.forEach((line, i) => {
        if (!line) return;
        expectSameAnswer(line.mark, line.text, replies[prologue.length + i] as Bytes, expectedAnswer(line, version));
        compared++;
      });
    } finally {
      stream.close();
    }
  }
  return compared;
}

/** What is sent in one request, or over RESP because JSON cannot carry it. */
interface Share {
  readonly way: 'rest' | 'resp';
  readonly lines: Line[];
}

/** Cuts lines into requests of at most `most`, in their order. What REST refuses is left out. */
function sharesOf(lines: readonly Line[], most: number): Share[] {
  const shares: Share[] = [];
  for (const line of lines) {
    if (refusalOverRest(line.argv)) continue;
    const way = isText(line.argv) ? 'rest' : 'resp';
    const last = shares.at(-1);
    if (last?.way === way && last.lines.length < most) last.lines.push(line);
    else shares.push({ way, lines: [line] });
  }
  return shares;
}

class Rest {
  compared = 0;

  constructor(
    private readonly server: Server,
    private readonly aside: Stream,
    private readonly base64: boolean,
  ) {}

  async play(scenes: readonly Scene[], mode: 'single' | 'pipeline'): Promise<void> {
    for (const { lines, needsConnection } of scenes) {
      if (needsConnection) continue;
      await this.aside.ask([[ascii('FLUSHALL')]]);
      for (const share of sharesOf(lines, mode === 'single' ? 1 : Number.POSITIVE_INFINITY)) {
        if (share.way === 'resp') await this.aside.ask(share.lines.map(({ argv }) => argv));
        else if (mode === 'single') await this.single(share.lines[0] as Line);
        else await this.pipeline(share.lines);
        if (share.way === 'rest') this.compared += share.lines.length;
      }
    }
  }

  private async single(line: Line): Promise<void> {
    const { status, text } = await this.post('/', line.argv.map(toText));
    const expected = this.expected(line);
    if (line.mark === 'exact') expect(`${line.text} => ${text}`).toBe(`${line.text} => ${expected}`);
    else expectSameEnvelope(line.mark, line.text, readEnvelopes(text) as Envelope, readEnvelopes(expected) as Envelope);
    expect(`${line.text} => ${status}`).toBe(`${line.text} => ${expected.startsWith('{"error"') ? 400 : 200}`);
  }

  private async pipeline(lines: readonly Line[]): Promise<void> {
    const { status, text } = await this.post(
      '/pipeline',
      lines.map(({ argv }) => argv.map(toText)),
    );
    expect(status).toBe(200);
    const answers = readEnvelopes(text) as Envelope[];
    expect(answers.length).toBe(lines.length);
    lines.forEach((line, i) => {
      expectSameEnvelope(line.mark, line.text, answers[i] as Envelope, readEnvelopes(this.expected(line)) as Envelope);
    });
  }

  private expected(line: Line): string {
    return encodeUpstash(decodeReply(expectedAnswer(line, 2)), this.base64);
  }

  private async post(path: string, body: unknown): Promise<{ status: number; text: string }> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.server.token}` };
    if (this.base64) headers['upstash-encoding'] = 'base64';
    const response = await fetch(`${this.server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, text: await response.text() };
  }
}

async function withRest(server: Server, base64: boolean, run: (rest: Rest) => Promise<void>): Promise<number> {
  const aside = await Stream.tcp(server.respPort);
  try {
    await aside.ask([[ascii('AUTH'), fromText(server.token)]]);
    const rest = new Rest(server, aside, base64);
    await run(rest);
    return rest.compared;
  } finally {
    aside.close();
  }
}

describe('one shard', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  test.each(transcripts)('$name: RESP2 over TCP', async ({ scenes }) => {
    expect(await playStreams(scenes, () => Stream.tcp(server.respPort), server.token, 2)).toBe(linesOf(scenes));
  });

  test.each(transcripts)('$name: RESP3 over TCP', async ({ scenes }) => {
    expect(await playStreams(scenes, () => Stream.tcp(server.respPort), server.token, 3)).toBe(linesOf(scenes));
  });

  test.each(transcripts)('$name: RESP2 over a WebSocket', async ({ scenes }) => {
    const random = seededRandom(7);
    const open = () => Stream.webSocket(`${server.url.replace('http', 'ws')}/ws`, random);
    expect(await playStreams(scenes, open, server.token, 2)).toBe(linesOf(scenes));
  });

  describe.each([
    ['REST, a command per request', 'single', false],
    ['REST pipelines in base64', 'pipeline', true],
    ['REST pipelines', 'pipeline', false],
  ] as const)('%s', (_title, mode, base64) => {
    let compared = 0;
    test.each(transcripts)('$name', async ({ scenes }) => {
      compared += await withRest(server, base64, (rest) => rest.play(scenes, mode));
    });
    test('most lines were compared', () => {
      expect(compared).toBeGreaterThan(all * 0.8);
    });
  });
});

describe('four shards', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(SHARDS)] });
  });
  afterAll(() => server.stop());
  const fitting = transcripts.map(({ name, scenes }) => ({ name, scenes: scenes.filter(fitsShards) }));

  test('most scenes fit', () => {
    expect(linesOf(fitting.flatMap(({ scenes }) => scenes))).toBeGreaterThan(all * 0.8);
  });

  test.each(fitting)('$name: RESP2 over TCP', async ({ scenes }) => {
    expect(await playStreams(scenes, () => Stream.tcp(server.respPort), server.token, 2)).toBe(linesOf(scenes));
  });

  test.each(fitting)('$name: RESP3 over a WebSocket', async ({ scenes }) => {
    const random = seededRandom(8);
    const open = () => Stream.webSocket(`${server.url.replace('http', 'ws')}/ws`, random);
    expect(await playStreams(scenes, open, server.token, 3)).toBe(linesOf(scenes));
  });

  test.each(fitting)('$name: REST pipelines', async ({ scenes }) => {
    const { length } = scenes.filter(({ needsConnection }) => !needsConnection);
    expect(await withRest(server, false, (rest) => rest.play(scenes, 'pipeline'))).toBeGreaterThan(length === 0 ? -1 : 0);
  });
});
