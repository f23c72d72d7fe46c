// npm run record [-- NAME…]: asks a redis-server 7.0 for the answers to every transcript, or to those that are named, in
// both protocols, and stores them.

import { writeFileSync } from 'node:fs';
import { RawClient } from '../support/raw-client';
import { RealRedis } from '../support/real-redis';
import { type Line, type Recorded, readTranscript, recordedPath, transcriptNames } from './transcript';

/** By the type byte of an answer, the least answer of that type. */
const BLANKS: Readonly<Record<string, string>> = {
  '+': '+\r\n',
  '-': '-ERR\r\n',
  ':': ':0\r\n',
  $: '$0\r\n\r\n',
  '=': '=4\r\ntxt:\r\n',
  '*': '*0\r\n',
  '~': '~0\r\n',
  '%': '%0\r\n',
};

/** What is kept of an answer: where only its kind counts, nothing else (INFO tells about the machine that it ran on). */
function kept({ mark }: Line, raw: string): string {
  if (mark !== 'type') return raw;
  const blank = BLANKS[raw[0] as string];
  if (blank === undefined) throw new Error(`no blank for ${JSON.stringify(raw)}`);
  return blank;
}

const redis = await RealRedis.start();
const wanted = process.argv.slice(2);
for (const name of transcriptNames().filter((one) => wanted.length === 0 || wanted.includes(one))) {
  const answers = new Map<number, string[]>();
  for (const version of [2, 3]) {
    const raw: string[] = [];
    for (const scene of readTranscript(name, [])) {
      const client = await RawClient.open(redis.port);
      await client.send('HELLO', version);
      await client.send('FLUSHALL');
      for (const line of scene.lines) if (!line.newer) raw.push(kept(line, await client.send(...line.argv)));
      client.close();
    }
    answers.set(version, raw);
  }
  const texts = readTranscript(name, []).flatMap((scene) => scene.lines.filter((line) => !line.newer).map((line) => line.text));
  const recorded: Recorded[] = texts.map((text, i) => ({
    text,
    resp2: answers.get(2)?.[i] as string,
    resp3: answers.get(3)?.[i] as string,
  }));
  writeFileSync(recordedPath(name), `${JSON.stringify(recorded, null, 1)}\n`);
  console.log(`${name}: ${recorded.length} commands`);
}
await redis.stop();
