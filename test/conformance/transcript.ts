// Transcripts: the commands of a family, line by line, and what a real redis-server answered to each.
//
// transcripts/NAME.txt holds the commands, recorded/NAME.json the answers in both protocols (`npm run record` asks a
// redis-server 7.0 again). Every way into Kedge runs the same transcripts: the engine, RESP2, RESP3, REST, and REST
// pipelines. A line is a command as redis-cli takes it, after an optional mark:
//
//   ~   the elements of the answer may come in any order
//   ?   only the kind of the answer counts, and its length when it is an array (random or changing answers)
//   ??  only the kind of the answer counts (texts of our own)
//   @   an integer that time moves: a twentieth more or less is the same
//   !   newer than the recorded server: the next line is `=> ` and the answer in RESP2, as a JSON string, and
//       optionally one more, `=3> `, for RESP3
//   #   a comment; the first of a scene is its title
//
// `--` begins a new scene: the database is emptied. `-- resp` is one that needs a connection (MULTI, CLIENT…), and
// `-- one-shard` one whose answers depend on all keys being together; a scene can be both. Scenes share one server, so
// one that changes a setting sets it back. Keys of one command have a hash tag in common wherever the command does not
// work across shards, because what fits is run on several shards too.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bytes } from '../../src/bytes/bytes';
import { splitInline } from '../../src/protocol/inline';

/** Tests and scripts run in the top folder. */
const here = join(process.cwd(), 'test/conformance');

export type Mark = 'exact' | 'unordered' | 'kind' | 'type' | 'near';

export interface Line {
  readonly text: string;
  readonly argv: readonly Bytes[];
  readonly mark: Mark;
  /** Raw answers; undefined while they have not been recorded. */
  readonly resp2: Bytes | undefined;
  readonly resp3: Bytes | undefined;
  /** Not to be asked from the recorded server. */
  readonly newer: boolean;
}

export interface Scene {
  /** Its first comment. */
  readonly title: string;
  readonly needsConnection: boolean;
  /** It is about one shard: with its keys spread it would be another. */
  readonly oneShard: boolean;
  readonly lines: readonly Line[];
}

export interface Recorded {
  readonly text: string;
  readonly resp2: string;
  readonly resp3: string;
}

export function transcriptNames(): string[] {
  return readdirSync(join(here, 'transcripts'))
    .filter((name) => name.endsWith('.txt'))
    .map((name) => name.slice(0, -4))
    .sort();
}

export function recordedPath(name: string): string {
  return join(here, 'recorded', `${name}.json`);
}

function readRecorded(name: string): Recorded[] {
  try {
    return JSON.parse(readFileSync(recordedPath(name), 'utf8')) as Recorded[];
  } catch {
    return [];
  }
}

/** What a line must be answered, as it was recorded. */
export function expectedAnswer({ text, resp2, resp3 }: Line, version: 2 | 3): Bytes {
  const expected = version === 2 ? resp2 : resp3;
  if (expected === undefined) throw new Error(`'${text}' has not been recorded (npm run record)`);
  return expected;
}

const MARKS: Record<string, Mark> = { '~': 'unordered', '?': 'kind', '??': 'type', '@': 'near' };

/**
 * Reads a transcript with its answers. Throws for a line that has changed since it was recorded.
 * @param recorded its answers; none while they are being recorded
 */
export function readTranscript(name: string, recorded = readRecorded(name)): Scene[] {
  const rows = readFileSync(join(here, 'transcripts', `${name}.txt`), 'utf8').split('\n');
  const scenes: (Omit<Scene, 'lines'> & { title: string; lines: Line[] })[] = [];
  let scene = newScene('--');
  let answer = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = (rows[i] as string).trim();
    if (row === '') continue;
    if (i === 0 || row.startsWith('--')) {
      scene = newScene(row);
      scenes.push(scene);
    }
    if (row.startsWith('--')) continue;
    if (row.startsWith('#')) {
      scene.title ||= row.slice(1).trim();
      continue;
    }
    if (row.startsWith('!')) {
      const resp2 = literal(rows[++i], '=> ', row);
      const resp3 = rows[i + 1]?.trim().startsWith('=3> ') ? literal(rows[++i], '=3> ', row) : resp2;
      scene.lines.push(line(row.slice(1).trim(), { resp2, resp3 }, true));
    } else {
      const known = recorded[answer++];
      if (known && known.text !== row) throw new Error(`${name}: '${row}' has not been recorded (npm run record)`);
      scene.lines.push(line(row, known, false));
    }
  }
  return scenes;
}

function newScene(row: string) {
  const flags = row.startsWith('--') ? row.split(' ').slice(1) : [];
  return { title: '', needsConnection: flags.includes('resp'), oneShard: flags.includes('one-shard'), lines: [] as Line[] };
}

function literal(row: string | undefined, prefix: string, of: string): string {
  if (!row?.trim().startsWith(prefix)) throw new Error(`'${of}' is not followed by its answer`);
  return JSON.parse(row.trim().slice(prefix.length)) as string;
}

function line(row: string, known: { resp2: string; resp3: string } | undefined, newer: boolean): Line {
  const [sign] = row.split(' ', 1) as [string];
  const mark = MARKS[sign];
  const argv = splitInline(mark ? row.slice(sign.length) : row);
  if (!argv || argv.length === 0) throw new Error(`'${row}' is not a command`);
  return { text: row, argv, mark: mark ?? 'exact', resp2: known?.resp2 as Bytes, resp3: known?.resp3 as Bytes, newer };
}
