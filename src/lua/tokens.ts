// The tokens of Lua. Those of one character are their character code; the others are numbered from 257 on.

export const AND = 257;
export const BREAK = 258;
export const DO = 259;
export const ELSE = 260;
export const ELSEIF = 261;
export const END = 262;
export const FALSE = 263;
export const FOR = 264;
export const FUNCTION = 265;
export const IF = 266;
export const IN = 267;
export const LOCAL = 268;
export const NIL = 269;
export const NOT = 270;
export const OR = 271;
export const REPEAT = 272;
export const RETURN = 273;
export const THEN = 274;
export const TRUE = 275;
export const UNTIL = 276;
export const WHILE = 277;
export const CONCAT = 278;
export const DOTS = 279;
export const EQ = 280;
export const GE = 281;
export const LE = 282;
export const NE = 283;
export const NUMBER = 284;
export const NAME = 285;
export const STRING = 286;
export const EOS = 287;

const FIRST = AND;

const TEXTS = [
  ...['and', 'break', 'do', 'else', 'elseif', 'end', 'false', 'for', 'function', 'if', 'in', 'local', 'nil', 'not', 'or'],
  ...['repeat', 'return', 'then', 'true', 'until', 'while', '..', '...', '==', '>=', '<=', '~='],
  ...['<number>', '<name>', '<string>', '<eof>'],
];

/** Reserved words to their tokens. */
export const RESERVED: ReadonlyMap<string, number> = new Map(TEXTS.slice(0, CONCAT - FIRST).map((word, at) => [word, FIRST + at]));

/** As messages show a token. */
export function tokenText(token: number): string {
  if (token >= FIRST) return TEXTS[token - FIRST] as string;
  return token < 32 || token === 127 ? `char(${token})` : String.fromCharCode(token);
}
