// The language itself, as the Lua of a real redis-server runs it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { LuaError } from '../../../src/lua/error';
import { LuaMachine } from '../../../src/lua/machine';
import { LuaTable } from '../../../src/lua/table';
import { NativeFunction } from '../../../src/lua/value';
import { seededRandom } from '../../support/engine';
import { Programs } from '../../support/lua-programs';
import { SHOW_SOURCE } from '../../support/lua-values';
import { RealRedis, redisInstalled } from '../../support/real-redis';
import { LANGUAGE } from './language';

const BUDGET = { steps: 1e7, deadline: Infinity, now: () => 0, memory: 32 * 1024 * 1024 };

/** Runs the snippet in its first argument, and shows what it returns or throws. */
const HARNESS = ascii(`${SHOW_SOURCE}
local f, e = loadstring(ARGV[1], '@user_script')
if not f then return 'syntax: ' .. e end
local function note(ok, ...)
  local parts = { ok and 'ok' or 'error' }
  for i = 1, select('#', ...) do parts[i + 1] = show((select(i, ...))) end
  return table.concat(parts, ' ')
end
return (note(pcall(f)):gsub('0x%x+', 'ADDRESS'))`);

function ours(snippet: string): string {
  const machine = new LuaMachine();
  // As Redis guards them.
  const guard = new NativeFunction('', (args, host) => host.fail(`Script attempted to access nonexistent global variable '${args[1]}'`));
  machine.globals.metatable = new LuaTable();
  machine.globals.metatable.set(ascii('__index'), guard);
  machine.globals.set(ascii('ARGV'), LuaTable.of([ascii(snippet)]));
  machine.globals.readonly = true;
  try {
    return String(machine.run(machine.compile(HARNESS, '@user_script'), [], BUDGET)[0]);
  } catch (error) {
    if (error instanceof LuaError) return `thrown: ${error.value}`.replaceAll(/0x[0-9a-f]+/g, 'ADDRESS');
    throw error;
  }
}

describe.skipIf(!redisInstalled)('against redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  async function theirs(snippets: readonly string[]): Promise<string[]> {
    const replies = await redis.sendBytes(snippets.map((snippet) => ['EVAL', HARNESS, '0', snippet] as Bytes[]));
    return replies.map((reply) => {
      if (reply.startsWith('$')) return reply.slice(reply.indexOf('\r\n') + 2, -2);
      const thrown = /^-ERR (.*) script: [0-9a-f]{40}, on @user_script:\d+\.\r\n$/.exec(reply);
      return thrown ? `thrown: ${thrown[1]?.replaceAll(/0x[0-9a-f]+/g, 'ADDRESS')}` : reply;
    });
  }

  test.each(Object.entries(LANGUAGE))('%s', async (_name, snippets) => {
    const expected = await theirs(snippets);
    const answers = snippets.map((snippet, i) => `${snippet}\n=> ${ours(snippet)}${expected[i] === '' ? '?' : ''}`);
    expect(answers).toEqual(snippets.map((snippet, i) => `${snippet}\n=> ${expected[i]}`));
  });

  test.each(Array.from({ length: 12 }, (_, seed) => seed + 1))('random programs, seed %i', async (seed) => {
    const programs = new Programs(seededRandom(seed), seed % 2 === 0);
    const snippets = Array.from({ length: seed % 2 === 0 ? 100 : 200 }, () => programs.program());
    const expected = await theirs(snippets);
    for (const [i, snippet] of snippets.entries()) expect(`${snippet}\n=> ${ours(snippet)}`).toBe(`${snippet}\n=> ${expected[i]}`);
    expect(programs.written.size).toBeGreaterThan(20);
    const parts = expected.join('\n');
    expect(parts.match(/=true/g)?.length).toBeGreaterThan(200);
    expect(parts.match(/="user_script:\d+: /g)?.length).toBeGreaterThan(200);
    expect(expected.filter((answer) => answer.startsWith('ok')).length).toBeGreaterThan(80);
  });
});
