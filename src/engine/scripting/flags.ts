// The first line of a script, `#!lua flags=no-writes,…`, and what it says (eval.c evalExtractShebangFlags).

import type { Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import { splitInline } from '../../protocol/inline';
import type { ErrorReply } from '../../protocol/reply';

/** Redis' flags of scripts and functions, in the order in which FUNCTION LIST shows them, and Upstash's one. */
export const SCRIPT_FLAGS = ['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys', 'allow-key-locking'] as const;
export type ScriptFlag = (typeof SCRIPT_FLAGS)[number];

export interface Shebang {
  /** Undefined without a shebang: what is called is judged as it comes. */
  readonly flags: ReadonlySet<ScriptFlag> | undefined;
  /** What is compiled: the line break of the shebang stays, so that lines keep their numbers. */
  readonly code: Bytes;
}

const MARK = '#!';
const ENGINE = '#!lua';
const FLAGS = 'flags=';

const INVALID = redisError('ERR Invalid script shebang');
const INVALID_ENGINE = redisError('ERR Invalid engine in script shebang');

export function lookupFlag(name: string): ScriptFlag | undefined {
  return SCRIPT_FLAGS.find((flag) => flag === name);
}

/** What the first line of a script says, or the error that it makes. */
export function readShebang(source: Bytes): Shebang | ErrorReply {
  if (!source.startsWith(MARK)) return { flags: undefined, code: source };
  const end = source.indexOf('\n');
  if (end < 0) return INVALID;
  const [engine, ...options] = splitInline(source.slice(0, end)) ?? [];
  if (engine === undefined) return INVALID_ENGINE;
  if (engine !== ENGINE) return redisError(`ERR Unexpected engine in script shebang: ${engine}`);
  const flags = new Set<ScriptFlag>();
  for (const option of options) {
    if (!option.startsWith(FLAGS)) return redisError(`ERR Unknown lua shebang option: ${option}`);
    const names = option.slice(FLAGS.length);
    // Nothing at all is no flag; an empty one among others is unknown.
    for (const name of names === '' ? [] : names.split(',')) {
      const flag = lookupFlag(name);
      if (!flag) return redisError(`ERR Unexpected flag in script shebang: ${name}`);
      flags.add(flag);
    }
  }
  return { flags, code: source.slice(end) as Bytes };
}
