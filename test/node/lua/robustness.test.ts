// Whatever is compiled and run: only what a script may throw leaves the machine, which is good for the next script; and
// what takes time takes steps.

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { LuaError, ScriptStopped } from '../../../src/lua/error';
import { type Budget, LuaMachine } from '../../../src/lua/machine';
import { NativeFunction } from '../../../src/lua/value';
import type { Random } from '../../../src/spec/context';
import { seededRandom } from '../../support/engine';
import { Programs } from '../../support/lua-programs';
import { pick } from '../../support/lua-values';

const BUDGET: Budget = { steps: 1e6, deadline: Infinity, now: () => 0, memory: 32 * 1024 * 1024 };

const TOKENS = [
  ...'and break do else elseif end false for function if in local nil not or repeat return then true until while'.split(' '),
  ...'.. ... == >= <= ~= + - * / % ^ # < > = ( ) { } [ ] ; : , .'.split(' '),
  ...'a b c x 1 0 2.5 "s" [[l]] 0x 1e 1.. -- --[[ ]] [==[ ]==] \' " \\ 255 a.b a:b() a[1] local\u0020a='.split(' '),
  ...'function(...) setmetatable string.rep coroutine.wrap coroutine.yield pcall error unpack table.sort select'.split(' '),
  ...'string.format string.gsub _G getmetatable cjson.encode cjson.decode cmsgpack.pack struct.pack loadstring'.split(' '),
];

function soup(random: Random): string {
  return Array.from({ length: 1 + random.below(40) }, () => pick(random, TOKENS)).join(' ');
}

/** The text with a few bytes or words changed. */
function mutated(random: Random, text: string): string {
  let changed = text;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(changed.length);
    const rest = changed.slice(at + random.below(20));
    const inserted = pick(random, ['', pick(random, TOKENS), String.fromCharCode(random.below(256)), changed.slice(at, at + 100)]);
    changed = changed.slice(0, at) + inserted + rest;
  }
  return changed;
}

/** The scripts of BullMQ, as it sends them. */
function bullScripts(): Bytes[] {
  const require = createRequire(import.meta.url);
  const directory = join(dirname(require.resolve('bullmq')), 'scripts');
  const names = readdirSync(directory).filter((name) => /-\d+\.js$/.test(name));
  return names.map((name) => (Object.values(require(join(directory, name)))[0] as { content: Bytes }).content);
}

const BULL_SCRIPTS = bullScripts();

test('the scripts of BullMQ compile', () => {
  expect(BULL_SCRIPTS.length).toBeGreaterThan(40);
  const machine = new LuaMachine();
  for (const script of BULL_SCRIPTS) expect(() => machine.compile(script, '@user_script')).not.toThrow();
});

const KINDS = [
  soup,
  (random: Random) => mutated(random, pick(random, BULL_SCRIPTS)),
  (random: Random, programs: Programs) => mutated(random, programs.program()),
  (_random: Random, programs: Programs) => programs.program(),
];

test.each([1, 2, 3, 4])('only errors of scripts leave the machine, seed %i', (seed) => {
  const random = seededRandom(seed);
  const programs = new Programs(random, true);
  const machine = new LuaMachine();
  const ends = { compiled: 0, returned: 0, failed: 0, stopped: 0 };
  for (let i = 0; i < 300; i++) {
    const source = pick(random, KINDS)(random, programs);
    const steps = pick(random, [30, 100_000]);
    try {
      const main = machine.compile(source as Bytes, '@user_script');
      ends.compiled++;
      machine.run(main, [], { ...BUDGET, steps, memory: pick(random, [200_000, 8_000_000]) });
      ends.returned++;
    } catch (error) {
      if (error instanceof LuaError) ends.failed++;
      else if (error instanceof ScriptStopped) ends.stopped++;
      else throw new Error(`${error} in ${source}`, { cause: error });
    }
  }
  expect(machine.run(machine.compile(ascii('return 1 + 1'), '@user_script'), [], BUDGET)).toEqual([2]);
  expect(Math.min(...Object.values(ends))).toBeGreaterThan(5);
});

describe('nesting of any depth', () => {
  const MANY = 20_000;
  test.each([
    ['parentheses', `return ${'('.repeat(MANY)}1${')'.repeat(MANY)}`],
    ['blocks', `${'do '.repeat(MANY)}${'end '.repeat(MANY)}`],
    ['functions', `${'return function() '.repeat(MANY)}${'end '.repeat(MANY)}`],
    ['tables', `return ${'{'.repeat(MANY)}${'}'.repeat(MANY)}`],
    ['signs', `return ${'- '.repeat(MANY)}1`],
    ['negations', `return ${'not '.repeat(MANY)}1`],
    ['powers', `return 1${' ^ 1'.repeat(MANY)}`],
    ['concatenations', `return 1${' .. 1'.repeat(MANY)}`],
    ['targets', `${'a, '.repeat(MANY)}a = 1`],
    ['conditions', `${'if a then '.repeat(MANY)}${'end '.repeat(MANY)}`],
    ['calls', `return ${'f('.repeat(MANY)}${')'.repeat(MANY)}`],
    ['indexes', `return ${'a['.repeat(MANY)}1${']'.repeat(MANY)}`],
  ])('of %s is an error', (_what, source) => {
    expect(() => new LuaMachine().compile(ascii(source), '@user_script')).toThrow(LuaError);
  });

  test.each([
    ['fields', `local a = {} a.a = a return a${'.a'.repeat(MANY)} ~= nil`],
    ['calls', `local function f() return f end return f${'()'.repeat(MANY)} ~= nil`],
    ['sums', `return 1${' + 1'.repeat(MANY)} == ${MANY + 1}`],
    ['alternatives', `local a = false if a then ${'elseif a then '.repeat(MANY)} else return true end`],
    ['and', `local a = true return a${' and a'.repeat(MANY)}`],
    ['or', `local a = true return false${' or a'.repeat(MANY)}`],
    ['ways out', `local a = true while true do ${'if not a then break end '.repeat(MANY)} break end return a`],
    ['comments', `${'--[==[ ]=] ]==] '.repeat(MANY)} return true`],
    ['digits', `return tonumber(("1"):rep(${10 * MANY}) .. "x") == nil`],
    ['spaces', `return tonumber("1" .. (" "):rep(${10 * MANY}) .. "x", 8) == nil`],
  ])('is no problem for %s', (_what, source) => {
    const machine = new LuaMachine();
    expect(machine.run(machine.compile(ascii(source), '@user_script'), [], BUDGET)).toEqual([true]);
  });
});

describe('what takes time takes steps', () => {
  const LONG = 'local s = ("1"):rep(4000000)';
  const HOLLOW = 'local t = {} for i = 1, 100000 do t[i] = i end for i = 1, 99999 do t[i] = nil end';
  const KEYS = 'local t = {} for i = 1, 50000 do t["k" .. i] = i end for i = 1, 49999 do t["k" .. i] = nil end';
  const VALUES = 'local t = {} for i = 1, 7000 do t[i] = i end';
  test.each(
    [
      [LONG, 'tonumber(s)'],
      [LONG, 'tonumber(s, 8)'],
      [LONG, 'local x = s + 1'],
      [LONG, 'local x = s .. 1'],
      [LONG, 'local x = s:sub(2, 1000000)'],
      [LONG, 'pcall(error, s)'],
      [LONG, 'string.format("%q", s)'],
      [`${LONG} local u = s .. 1 s = s .. 2`, 'local x = u < s'],
      [`${LONG} local u = s .. 1 s = s .. 2`, 'local x = u == s'],
      [HOLLOW, 'next(t)'],
      [HOLLOW, 'for k in pairs(t) do end'],
      [HOLLOW, 'table.foreach(t, type)'],
      [KEYS, 'next(t)'],
      ['local t = {} for i = 1, 10000 do t[i] = {} end', 'collectgarbage()'],
      [`${VALUES} local function f() end`, 'f(unpack(t))'],
      [`${VALUES} local c = coroutine.wrap(function() while true do coroutine.yield() end end)`, 'c(unpack(t))'],
      ['local s = ("x = 1 "):rep(10000)', 'loadstring(s)'],
      [`local function f(a, b) ${'a = b '.repeat(20000)} end`, 'f()'],
      ['local a, b', 'a = b '.repeat(20000)],
      ['local b for i = 1, 1e9 do', `round() ${'i = b '.repeat(20000)} end`],
    ].map((parts) => [parts.join(' … ').slice(0, 100), ...parts] as const),
  )('%s', (_what, before, repeated) => {
    let rounds = 0;
    const machine = new LuaMachine();
    machine.globals.set(ascii('round'), new NativeFunction('round', () => [rounds++]));
    const source = `${before} while true do round() ${repeated} end`;
    const budget = { ...BUDGET, steps: 1e6 };
    expect(() => machine.run(machine.compile(ascii(source), '@user_script'), [], budget)).toThrow(ScriptStopped);
    expect(rounds).toBeLessThan(7000);
  });
});
