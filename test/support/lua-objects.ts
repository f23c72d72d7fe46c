// More of what random programs do (lua-programs.ts): coroutines, metatables, objects, functions of the libraries, errors
// of all kinds, closures over the variables of loops.

/** What the pieces are made of. */
export interface Writer {
  pick<T>(choices: readonly T[]): T;
  name(): string;
  /** A short expression. */
  value(): string;
  /** Up to three of them. */
  list(): string;
  block(size: number): string;
  body(): string;
  /** A name that nothing else has. */
  fresh(): string;
  /** White space, end of line included. */
  gap(): string;
}

type Piece = (writer: Writer) => string;

const EVENTS = ['__add', '__sub', '__mul', '__div', '__mod', '__pow', '__unm', '__concat', '__eq', '__lt', '__le', '__len'];
const OPERANDS = [
  "'a,b'",
  "'hello world'",
  '1',
  '2',
  '-1',
  '0',
  '3',
  "'%a+'",
  "'(.)(.)'",
  "'l'",
  "','",
  "'%d'",
  "'[%s%w]*'",
  "''",
  '{}',
  'nil',
];
const STRING_CALLS = ['sub', 'find', 'match', 'gsub', 'rep', 'byte', 'upper', 'reverse', 'len', 'format', 'lower', 'char', 'gmatch'];
const TABLE_CALLS = ['insert', 'remove', 'concat', 'getn', 'maxn', 'sort', 'foreachi'];
const MATH_CALLS = ['floor', 'ceil', 'max', 'min', 'fmod', 'abs', 'modf', 'frexp', 'ldexp', 'sqrt', 'pow'];
const NUMERALS = [
  "'0x10'",
  "' 12 '",
  "'1e1'",
  "'1e'",
  "'0x'",
  "'.5'",
  "'5.'",
  "'- 1'",
  "'-1'",
  "'+1'",
  "'1 2'",
  "'inf'",
  "'nan'",
  "'0x1p4'",
  "'1_0'",
  "'z'",
];
const BASES = ['', ', 10', ', 16', ', 2', ', 36', ", '8'", ', 37', ', nil'];
const CHUNKS = [
  'return 1, ...',
  'x x',
  'return',
  'local a = nil + 1',
  '\\nerror("in chunk")',
  'return function() return y.z end',
  'for',
  'x = "',
];

function handler(w: Writer): string {
  const last = w.pick([`return ${w.list()}`, 'return x', 'return y', '', 'error(x)', "error('handler', 2)", 'return coroutine.yield(x)']);
  return `function(x, y${w.pick(['', ', z', ', ...'])}) ${w.pick(['', w.block(1)])} ${last} end`;
}

function metatable(w: Writer): string {
  const fields = Array.from({ length: 3 }, () => `${w.pick(EVENTS)} =${w.gap()}${w.pick(['h', 'h', handler(w), w.value()])}`);
  const lookup = w.pick([handler(w), w.name(), `{x = ${w.value()}}`, "function(t, k) return tostring(k) .. '!' end"]);
  const put = w.pick([handler(w), '{}', 'function(t, k, v) rawset(t, k, v) end', 'rawset', w.name()]);
  const parts = [
    w.pick([`__index = ${lookup}`, '']),
    w.pick([`__newindex = ${put}`, '']),
    w.pick([`__call = ${handler(w)}`, '', '__call = pcall']),
    w.pick([`__tostring = ${handler(w)}`, '', "__tostring = function() return 'T' end"]),
    w.pick(['__metatable = false', '', '', '']),
    ...fields,
  ];
  return `{${parts.filter((part) => part !== '').join(', ')}}`;
}

/** Statements, by what they are about. */
export const PIECES: Readonly<Record<string, Piece>> = {
  metatable: (w) => {
    const made = w.pick(['{}', '{}', `{x = ${w.value()}}`, w.name()]);
    return `local h = ${handler(w)} ${w.name()} = setmetatable(${made}, ${w.pick([metatable(w), metatable(w), `getmetatable(${w.name()})`])})`;
  },
  operate: (w) => {
    const operator = w.pick(['+', '-', '*', '/', '%', '^', '..', '==', '~=', '<', '<=', '>', '>=']);
    return `${w.name()} =${w.gap()}${w.name()}${w.gap()}${operator}${w.gap()}${w.pick([w.name(), w.value()])}`;
  },
  object: (w) =>
    `${w.name()} = {n = 1} function ${w.name()}:m(${w.pick(['x', '...', 'x, y'])}) self.n = ${w.value()} ${w.block(1)} return self end`,
  send: (w) => `${w.name()}${w.gap()}=${w.gap()}${w.name()}:m(${w.list()})${w.pick(['', '.n', ':m()', ':m(1).n'])}`,
  coroutine: (w) => {
    const made = w.pick(['wrap', 'wrap', 'create']);
    return `${w.name()} = coroutine.${made}(function(${w.pick(['', 'a', '...'])}) ${w.block(2)} ${yielding(w)} ${w.block(2)} ${w.pick(['', `return ${w.list()}`, yielding(w)])} end)`;
  },
  yield: yielding,
  resume: (w) => {
    const coroutine = w.name();
    const call = w.pick([`pcall(${coroutine}, ${w.list()})`, `coroutine.resume(${coroutine}, ${w.list()})`, `${coroutine}(${w.list()})`]);
    return `${w.name()} = {${call}}`;
  },
  drain: (w) => {
    const counter = w.fresh();
    return `local ${counter} = 0 for ${w.name()}, v in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i, ${w.value()}) end end) do ${counter} = ${counter} + 1 if ${counter} > 5 then break end ${w.body()} end`;
  },
  status: (w) => `${w.name()} = {pcall(coroutine.status, ${w.name()})} ${w.name()} = type(coroutine.running())`,
  protected: (w) => {
    const inner = `function(...) ${w.block(2)} ${w.pick([`return ${w.list()}`, `error(${w.value()})`, 'return ...'])} end`;
    const call = w.pick([
      `pcall(${inner}, ${w.list()})`,
      `pcall(pcall, ${inner})`,
      `xpcall(${inner}, ${handler(w)})`,
      `xpcall(${w.name()}, ${w.name()})`,
      `pcall(xpcall, ${inner}, ${handler(w)})`,
      `pcall(${w.name()}, ${w.list()})`,
    ]);
    return `${w.name()} = {${w.gap()}${call}${w.gap()}}`;
  },
  raise: (w) =>
    `if ${w.value()} then ${w.gap()}error(${w.pick(["'raised'", w.value()])}${w.pick(['', ', 0', ', 1', ', 2', ', 3', ', 4', ", '2'"])}) end`,
  tail: (w) => {
    const f = w.fresh();
    return `local function ${f}(n, ...)${w.gap()}if n > 0 then return ${f}(n - 1, ${w.list()}) end ${w.pick([`error('deep', ${w.pick(['1', '2', '3'])})`, 'return ...', `return ${w.name()}(n)`, `return ${w.name()}.x.y`, 'return arg', 'return error(n)'])} end ${w.name()} = {${w.pick([`pcall(${f}, 2)`, `${f}(1)`, `pcall(pcall, ${f}, 1, ${w.value()})`])}}`;
  },
  chunk: (w) => `${w.name()}, ${w.name()} = loadstring('${w.pick(CHUNKS)}'${w.pick(['', ", '@x'", ", '=y'", `, ${w.value()}`])})`,
  string: (w) => {
    const args = Array.from({ length: 1 + w.pick([0, 1, 1, 2]) }, () => w.pick([w.pick(OPERANDS), w.value()])).join(', ');
    return `${w.name()} = {${w.pick(['', "'x', "])}string.${w.pick(STRING_CALLS)}(${w.pick([w.name(), "'hello world'"])}, ${args})}`;
  },
  library: (w) =>
    `${w.name()} = {${w.pick([`table.${w.pick(TABLE_CALLS)}(${w.name()}, ${w.list()})`, `math.${w.pick(MATH_CALLS)}(${w.list()})`])}}`,
  sorting: (w) => {
    const t = w.fresh();
    return `local ${t} = {5, 2, 8, 1, 9, 3} table.sort(${t}, function(x, y) ${w.pick(['', w.block(1)])} return ${w.pick(['x < y', 'x > y', 'x % 3 < y % 3', 'true', w.value()])} end) ${w.name()} = ${t}`;
  },
  captured: (w) => {
    const t = w.fresh();
    const loop = w.pick(['for i = 1, 4 do', 'for i, j in ipairs({7, 8, 9}) do', "for i in ('abc'):gmatch('.') do", 'for i = 3, 1, -1 do']);
    const leaves = w.pick(['', `if #${t} > 2 then break end`, `if #${t} > 1 then return ${t}[1]() end`, `if ${w.value()} then break end`]);
    return `local ${t} = {} ${loop} local x = i ${t}[#${t} + 1] = function(n) x = n or x${w.pick([' ', ' i = x '])}return x, i end ${leaves} ${w.pick(['', w.body()])} end ${w.name()} = {${t}[1](${w.value()}), ${t}[2] and ${t}[2](), ${t}[1]()}`;
  },
  assigned: (w) => {
    const [t, i] = [w.fresh(), w.fresh()];
    const target = () => w.pick([t, i, `${t}[${i}]`, `${t}.x`, `${t}[#${t} + 1]`, w.name(), `${w.name()}.x`]);
    return `local ${t}, ${i} = {1, 2}, 1 ${target()}, ${target()}, ${target()} = ${w.pick([w.list(), '(function() return 5, 6, 7 end)()'])} ${w.name()} = {${t}, ${i}}`;
  },
  counting: (w) => {
    const bounds = w.pick([
      '0/0, 3',
      '1, 0/0',
      '1, 3, 0/0',
      '-0, 0',
      '0.1, 1, 0.3',
      '1e15, 1e15 + 3',
      '2^53, 2^53 + 2, 1',
      '3, 1, -0.7',
      "'1', '0x3'",
      '1, 3, nil',
      "1, 'x'",
      '{}, 1',
    ]);
    const counter = w.fresh();
    return `local ${counter} = {} for i = ${bounds} do ${counter}[#${counter} + 1] = i if #${counter} > 5 then break end end ${w.name()} = ${counter}`;
  },
  keys: (w) => {
    const key = () => w.pick(['-0', '0', '2^53', '2^53 + 1', '1.0', "'1'", '0/0', 'nil', '1e308 * 10', '-1', '3', '0.1 + 0.2', w.name()]);
    return `local t = {[1] = 'one', [0] = 'zero'} t[${key()}] = ${w.value()} t[${key()}] = ${w.value()} ${w.name()} = {t[${key()}], t[${key()}], #t, next(t) ~= nil}`;
  },
  traversal: (w) => {
    const action = w.pick(['t[k] = nil', 't[k] = k', 't[k] = nil t[1] = nil', 'if v == 2 then t[k] = nil end', w.block(1)]);
    return `local t, n = {1, 2, 3, x = 4, y = 5}, 0 for k, v in ${w.pick(['pairs(t)', 'next, t', 'pairs(t)'])} do n = n + 1 ${action} if n > 9 then break end end ${w.name()} = {n, t}`;
  },
  length: (w) => {
    const change = () =>
      w.pick(['t[#t] = nil', 't[#t + 1] = 1', 't.x = 1', 't[-1] = 7', 'table.remove(t)', 'table.insert(t, 1, 0)', 't[#t + 2] = nil']);
    return `local t = {${w.pick(['1, 2, 3', '', '1, 2, 3, nil', 'n = 1, 5', '[1] = 1, [2] = 2'])}} ${change()} ${change()} ${change()} ${w.name()} = {#t, t}`;
  },
  convert: (w) =>
    `${w.name()} = {pcall(tonumber, ${w.pick([w.pick(NUMERALS), w.value()])}${w.pick(BASES)})} ${w.name()} = ${w.pick(NUMERALS)} ${w.pick(['+', '..', '*', '<'])} ${w.pick(['1', "'1'"])}`,
  variadic: (w) => {
    const f = w.fresh();
    const inside = w.pick([
      'return select(2, ...)',
      "return select('#', ...), ...",
      'return (...)',
      'return {...}, ...',
      'local a, b = ... return b, a',
      'return select(-1, ...)',
      'return unpack({...}, 2)',
      'return arg',
    ]);
    return `local function ${f}(${w.pick(['...', 'x, ...', 'x, y, ...'])}) ${inside} end ${w.name()} = {${f}(${w.pick([w.list(), '', `${w.list()}, unpack({1, 2, 3})`])}), ${f}(${w.list()})}`;
  },
};

function yielding(w: Writer): string {
  return w.pick([
    `${w.name()}, ${w.name()} = coroutine.yield(${w.list()})`,
    `local r = {coroutine.yield(${w.list()})} ${w.name()} = r`,
    `coroutine.yield()`,
    `${w.name()} = {coroutine.yield(), coroutine.yield(${w.value()})}`,
    `for i = 1, 2 do coroutine.yield(i) ${w.body()} end`,
    `local o = setmetatable({}, {__index = function(t, k) return coroutine.yield(k) end}) ${w.name()} = o.x`,
    `${w.name()} = pcall(coroutine.yield, 1)`,
  ]);
}
