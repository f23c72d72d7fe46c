// The same calls of functions of Lua's libraries here and on a real server, in scripts of many calls each. What they answer,
// or the error, is compared.

import { expect } from 'vitest';
import { ascii, type Bytes } from '../../src/bytes/bytes';
import type { LuaTable } from '../../src/lua/table';
import type { LuaValue } from '../../src/lua/value';
import { FakeLuaHost } from './lua-host';
import { luaSource, SHOW_SOURCE, show } from './lua-values';
import type { RealRedis } from './real-redis';

export interface LibraryCall {
  /** A global table. */
  readonly library: string;
  readonly name: string;
  readonly args: readonly LuaValue[];
}

const BATCH = 100;

/** @param libraries made anew for each script, by their names */
function ours(calls: readonly LibraryCall[], libraries: Readonly<Record<string, LuaTable>>): string[] {
  return calls.map(({ library, name, args }) => {
    // A function that pcall calls has no name in messages.
    const outcome = new FakeLuaHost().attempt(libraries[library] as LuaTable, name, args, '?');
    return 'error' in outcome ? `error ${show(outcome.error)}` : ['ok', ...outcome.results.map((value) => show(value))].join(' ');
  });
}

interface Around {
  /** Source that runs before the calls of each script, and after them. */
  readonly before?: string;
  readonly after?: string;
}

function script(calls: readonly LibraryCall[], { before = '', after = '' }: Around): string {
  const lines = calls.map(({ library, name, args }) => `try(${[`${library}.${name}`, ...args.map(luaSource)].join(', ')})`);
  return `${SHOW_SOURCE}
local out = {}
local function note(ok, ...)
  local parts = { ok and 'ok' or 'error' }
  for i = 1, select('#', ...) do parts[i + 1] = show((select(i, ...))) end
  out[#out + 1] = table.concat(parts, ' ')
end
local function try(...) note(pcall(...)) end
${before}
${lines.join('\n')}
${after}
return out`;
}

function bulks(reply: string): string[] {
  if (!reply.startsWith('*')) throw new Error(reply);
  const found: string[] = [];
  for (let at = reply.indexOf('\r\n') + 2; at < reply.length; ) {
    const line = reply.indexOf('\r\n', at);
    const length = Number(reply.slice(at + 1, line));
    found.push(reply.slice(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
  return found;
}

/** Fails where an outcome is different. Answers with how many calls have given values, and how many errors. */
export async function compareCalls(
  redis: RealRedis,
  calls: readonly LibraryCall[],
  libraries: () => Readonly<Record<string, LuaTable>>,
  around: Around = {},
): Promise<{ readonly values: number; readonly errors: number }> {
  const expected: string[] = [];
  const made: string[] = [];
  for (let i = 0; i < calls.length; i += BATCH) {
    const batch = calls.slice(i, i + BATCH);
    const [reply = ''] = await redis.sendBytes([[ascii('EVAL'), script(batch, around) as Bytes, ascii('0')]]);
    expected.push(...bulks(reply));
    made.push(...ours(batch, libraries()));
  }
  // One by one: a difference is shown with what it is about.
  calls.forEach(({ library, name, args }, i) => {
    const about = `${library}.${name}(${args.map(luaSource).join(', ')})`;
    expect(`${about}: ${made[i]}`).toBe(`${about}: ${expected[i]}`);
  });
  const errors = made.filter((outcome) => outcome.startsWith('error')).length;
  return { values: made.length - errors, errors };
}
