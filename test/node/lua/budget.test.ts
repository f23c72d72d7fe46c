// What a script may use: steps, time and memory. What stops it is no error that it could catch, and leaves the machine usable.

import { describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { LuaError, ScriptStopped } from '../../../src/lua/error';
import { type Budget, LuaMachine } from '../../../src/lua/machine';
import type { LuaValue } from '../../../src/lua/value';

const MEGABYTE = 1024 * 1024;
const AMPLE: Budget = { steps: 1e7, deadline: Infinity, now: () => 0, memory: 8 * MEGABYTE };

/** What it returns, or the message of its error. */
function run(source: string, budget: Partial<Budget> = {}, machine = new LuaMachine()): LuaValue {
  try {
    return machine.run(machine.compile(ascii(source), '@user_script'), [], { ...AMPLE, ...budget })[0];
  } catch (error) {
    if (error instanceof LuaError) return error.value;
    throw error;
  }
}

describe('steps', () => {
  test.each([
    'while true do end',
    'repeat until false',
    'for i = 1, math.huge do end',
    'local function f() return f() end f()',
    'local function f() f() end while true do pcall(f) end',
    'while true do pcall(error) end',
    'while true do pcall(function() while true do end end) end',
    'while true do xpcall(function() while true do end end, function() end) end',
    'while true do coroutine.wrap(function() while true do end end)() end',
    'local c = coroutine.wrap(function() while true do coroutine.yield() end end) while true do c() end',
    'setmetatable(_G, {__index = function(t, k) return t[k .. "x"] end}) while true do pcall(function() return missing end) end',
    'local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] end while true do pcall(function() return t.x end) end',
    'for _ in function() return 1 end do end',
    'while true do ("x"):rep(1000) end',
    'local t = {} for i = 1, 3000 do t[i] = 3000 - i end while true do table.sort(t, function(a, b) return a > b end) end',
    'while true do string.gsub("hello world", "o", {}) end',
    'string.find(("a"):rep(10000), ("a*"):rep(50) .. "b")',
    'while true do loadstring("return 1")() end',
    'while true do tostring(setmetatable({}, {__tostring = function() return "x" end})) end',
  ])('end %s', (source) => {
    expect(() => run(source, { steps: 200_000 })).toThrow(ScriptStopped);
  });

  test('that suffice do not end a script', () => {
    expect(run('local n = 0 for i = 1, 50000 do n = n + i end return n', { steps: 200_000 })).toBe(1250025000);
  });
});

test('time ends a script, as soon as the clock says so', () => {
  let looked = 0;
  const now = () => looked++;
  expect(() => run('while true do end', { steps: Infinity, deadline: 10, now })).toThrow(ScriptStopped);
  expect(looked).toBe(11);
});

test('a machine is as good as new after a script was stopped in the midst of it', () => {
  const machine = new LuaMachine();
  const stopped = 'local c = coroutine.wrap(function() pcall(function() table.sort({1, 2}, function() while true do end end) end) end) c()';
  for (let i = 0; i < 300; i++) expect(() => run(stopped, { steps: 100 }, machine)).toThrow(ScriptStopped);
  expect(run('return coroutine.running()', {}, machine)).toBe(undefined);
  expect(run('local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(1000)', {}, machine)).toBe(1000);
});

describe('memory', () => {
  test.each([
    ['a string', 'local s = "x" while true do s = s .. s end'],
    ['many strings', 'local t = {} while true do t[#t + 1] = ("x"):rep(1000) .. #t end'],
    ['a table', 'local t = {} for i = 1, 1e9 do t[i] = i end'],
    ['keys', 'local t = {} for i = 1, 1e9 do t["key" .. i] = true end'],
    ['nested tables', 'local t = {} while true do t = {t} end'],
    ['closures', 'local t = {} while true do local x = {} t[#t + 1] = function() return x end end'],
    ['coroutines', 'local t = {} while true do t[#t + 1] = coroutine.create(function() end) end'],
    ['one call', 'return ("x"):rep(1e9)'],
    ['a library', 'local t = {} for i = 1, 1000 do t[i] = ("x"):rep(100000) .. i end return table.concat(t)'],
    ['a replacement', 'return (("x"):rep(5000):gsub("x", ("y"):rep(5000)))'],
    ['code', 'local t = {} for i = 1, 1e9 do t[i] = assert(loadstring(("x = 1 "):rep(1000))) end'],
  ])('bounds %s', (_what, source) => {
    expect(run(source)).toBe('not enough memory');
  });

  test('is an error that a script can catch, and go on with what it has given up', () => {
    const source = `local ok, e = pcall(function() local t = {} while true do t[#t + 1] = ("x"):rep(1000) .. #t end end)
      local s = ("x"):rep(1000000) return tostring(ok) .. ' ' .. e .. ' ' .. #s`;
    expect(run(source)).toBe('false not enough memory 1000000');
  });

  test('of garbage does not count', () => {
    expect(run('local n = 0 for i = 1, 2000 do n = n + #(("x"):rep(100000) .. i) end return n > 2e8')).toBe(true);
  });

  test('of a script does not count for the next one', () => {
    const machine = new LuaMachine();
    for (let i = 0; i < 10; i++) expect(run('local t = {("x"):rep(5000000)} return #t[1]', {}, machine)).toBe(5_000_000);
  });
});

describe('calls', () => {
  test.each([
    'local function f() return 1 + f() end',
    'local f f = function() local ok, e = pcall(f) error(e, 0) end',
    'local f f = function() return select(2, xpcall(f, function(e) return e end)) end',
    'local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] end local function f() return t.x end',
    'local f f = function() table.sort({1, 2, 3}, f) end',
    'local f f = function() return (("x"):gsub("x", f)) end',
    'local f f = function() return coroutine.wrap(f)() end',
    'local t = {} setmetatable(t, {__tostring = function() return tostring(t) end}) local function f() return tostring(t) end',
    'local t = {} setmetatable(t, {__eq = function(a, b) return a == b end}) local u = setmetatable({}, getmetatable(t)) local function f() return t == u end',
    'local function f() return f() + 1 end',
  ])('may be nested only so deep: %s', (source) => {
    const machine = new LuaMachine();
    expect(run(`${source} local ok, e = pcall(f) return tostring(e)`, {}, machine)).toMatch(
      /stack overflow|error in error handling|not enough memory/,
    );
    expect(run('return 1', {}, machine)).toBe(1);
  });

  test('in the place of the caller nest not at all', () => {
    expect(run('local function f(n) if n == 0 then return "done" end return f(n - 1) end return f(1000000)')).toBe('done');
  });
});
