// The functions of the library `string` that look for patterns: find, match, gmatch, gsub.

import { ascii, type Bytes } from '../../bytes/bytes';
import { LuaError } from '../error';
import { LuaTable } from '../table';
import { LuaFunction, type LuaHost, type LuaValue, type NativeCall, NativeFunction, typeName } from '../value';
import { asBoolean, asString, checkInt, checkString, optionalInteger } from './arguments';
import { cut } from './library';
import { Matcher } from './pattern-matcher';
import { compilePattern, type Instruction } from './pattern-program';

/** A pattern with any of these before its first NUL is not a plain text. */
const SPECIAL = /^[^\0]*[\^$*+?.([%-]/;
/** Characters that a plain search passes in one step. */
const SEARCHED_A_STEP = 64;
/** Text that gsub builds is accounted for whenever so much of it has been added. */
const ACCOUNTED_AT_ONCE = 16 * 1024;

/** Compiled patterns: scripts use the same few over and over. */
const COMPILED = new Map<Bytes, readonly Instruction[]>();
const MAX_COMPILED = 200;
const MAX_COMPILED_LENGTH = 100;

function compiled(pattern: Bytes, host: LuaHost): readonly Instruction[] {
  const known = COMPILED.get(pattern);
  if (known) return known;
  host.spend(pattern.length);
  const program = compilePattern(pattern);
  if (pattern.length > MAX_COMPILED_LENGTH) return program;
  if (COMPILED.size >= MAX_COMPILED) COMPILED.clear();
  COMPILED.set(pattern, program);
  return program;
}

/** A pattern that starts with `^` matches at the start only. */
function anchored(pattern: Bytes): readonly [anchor: boolean, rest: Bytes] {
  return pattern.startsWith('^') ? [true, pattern.slice(1) as Bytes] : [false, pattern];
}

export const find: NativeCall = (args, host) => search(args, true, host);

export const match: NativeCall = (args, host) => search(args, false, host);

function search(args: readonly LuaValue[], find: boolean, host: LuaHost): readonly LuaValue[] {
  const text = checkString(args, 1, host);
  const pattern = checkString(args, 2, host);
  const given = optionalInteger(args, 3, 1, host);
  const first = Math.min(Math.max(given < 0 ? given + text.length : given - 1, 0), text.length);
  if (find && (asBoolean(args[3]) || !SPECIAL.test(pattern))) {
    const at = text.indexOf(pattern, first);
    host.spend(Math.ceil(((at < 0 ? text.length : at) - first) / SEARCHED_A_STEP));
    return at < 0 ? [undefined] : [at + 1, at + pattern.length];
  }
  const [anchor, rest] = anchored(pattern);
  const matcher = new Matcher(compiled(rest, host), text, host);
  const start = startOf(matcher, first, anchor);
  matcher.pay();
  if (start < 0) return [undefined];
  return find ? [start + 1, matcher.end, ...matcher.explicitCaptures()] : matcher.captures(start);
}

function startOf(matcher: Matcher, first: number, anchor: boolean): number {
  if (!anchor) return matcher.search(first);
  return matcher.match(first) ? first : -1;
}

export const gmatch: NativeCall = (args, host) => {
  const text = checkString(args, 1, host);
  const pattern = checkString(args, 2, host);
  let next = 0;
  const iterator: NativeCall = (_, host) => {
    const matcher = new Matcher(compiled(pattern, host), text, host);
    const start = matcher.search(next);
    matcher.pay();
    if (start < 0) return [];
    // After an empty match it goes on one further.
    next = matcher.end === start ? start + 1 : matcher.end;
    return matcher.captures(start);
  };
  return [new NativeFunction('?', iterator)];
};

export const gsub: NativeCall = (args, host) => {
  const text = checkString(args, 1, host);
  const [anchor, pattern] = anchored(checkString(args, 2, host));
  const limit = args[3] === undefined ? text.length + 1 : checkInt(args, 4, host);
  const replacement = replacementOf(args[2], host);
  const matcher = new Matcher(compiled(pattern, host), text, host);
  const result = new Result(text, host);
  let count = 0;
  let at = 0;
  while (count < limit) {
    const start = startOf(matcher, at, anchor);
    if (start < 0) break;
    count++;
    result.replace(start, matcher.end, replacement(matcher, start));
    at = matcher.end === start ? start + 1 : matcher.end;
    if (at > text.length || anchor) break;
  }
  matcher.pay();
  return [result.finish(), count];
};

/** What a match is replaced by; undefined when it stays. */
type Replacement = (matcher: Matcher, start: number) => Bytes | undefined;

/** The third argument of gsub. */
function replacementOf(value: LuaValue, host: LuaHost): Replacement {
  const text = asString(value);
  if (text !== undefined) return text.includes('%') ? (matcher, start) => expand(text, matcher, start, host) : () => text;
  if (value instanceof LuaFunction) {
    return (matcher, start) => replacing(host.call(value, matcher.captures(start))[0], host);
  }
  if (value instanceof LuaTable) {
    return (matcher, start) => replacing(index(value, matcher.capture(0, start), host), host);
  }
  return host.failArgument(3, 'string/function/table expected');
}

function replacing(value: LuaValue, host: LuaHost): Bytes | undefined {
  if (!asBoolean(value)) return undefined;
  return asString(value) ?? host.fail(`invalid replacement value (a ${typeName(value)})`);
}

/** A replacement with its captures: %0 to %9, and % before what stands for itself. A % at the end makes a NUL. */
function expand(replacement: Bytes, matcher: Matcher, start: number, host: LuaHost): Bytes {
  const result = new Result(replacement, host);
  for (let at = replacement.indexOf('%'); at >= 0; at = replacement.indexOf('%', at + 2)) {
    const char = replacement.charAt(at + 1) || '\0';
    let value: LuaValue = char as Bytes;
    if (char === '0') value = matcher.whole(start);
    else if (char > '0' && char <= '9') value = matcher.capture(Number(char) - 1, start);
    result.replace(at, at + 2, asString(value));
    host.spend(1);
  }
  return result.finish();
}

/** More tables than that ask each other for a value only when they do so for ever (MAXTAGLOOP). */
const MAX_INDEX_CHAIN = 100;
const INDEX = ascii('__index');

/** `table[key]` with metamethods. Errors of the language have no position here: no code of Lua's runs. */
function index(table: LuaTable, key: LuaValue, host: LuaHost): LuaValue {
  let asked: LuaValue = table;
  for (let i = 0; i < MAX_INDEX_CHAIN; i++) {
    if (!(asked instanceof LuaTable)) throw new LuaError(ascii(`attempt to index a ${typeName(asked)} value`));
    const value = asked.get(key);
    if (value !== undefined) return value;
    const handler: LuaValue = asked.metatable?.get(INDEX);
    if (handler === undefined) return undefined;
    if (handler instanceof LuaFunction) return host.call(handler, [asked, key])[0];
    asked = handler;
  }
  throw new LuaError(ascii('loop in gettable'));
}

/** A text with some parts replaced. */
class Result {
  private result = '';
  /** Where what has not been copied starts. */
  private copied = 0;
  private pending = 0;

  constructor(
    private readonly text: Bytes,
    private readonly host: LuaHost,
  ) {}

  replace(start: number, end: number, replacement: Bytes | undefined): void {
    if (replacement === undefined) return;
    this.account(start - this.copied + replacement.length);
    this.result += this.text.slice(this.copied, start);
    this.result += replacement;
    this.copied = end;
  }

  finish(): Bytes {
    if (this.copied === 0 && this.result === '') return this.text;
    this.account(this.text.length - this.copied);
    this.host.allocate(this.pending);
    return (this.result + cut(this.text, this.copied, this.text.length)) as Bytes;
  }

  private account(bytes: number): void {
    this.pending += bytes;
    if (this.pending < ACCOUNTED_AT_ONCE) return;
    this.host.allocate(this.pending);
    this.pending = 0;
  }
}
