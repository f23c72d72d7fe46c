// Inline commands: a line split into arguments with shell-like quotes, as Redis' sdssplitargs does.

import { ascii, type Bytes } from '../bytes/bytes';

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };
const HEX_BYTE = /^x([0-9a-fA-F]{2})/;

const isBlank = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);
/** A vertical tab or a form feed is blank between arguments and after a quote, but does not end a bare word. */
const endsWord = (code: number): boolean => isBlank(code) && code !== 11 && code !== 12;

/** The arguments of a line, or undefined when its quotes are unbalanced. */
export function splitInline(line: string): Bytes[] | undefined {
  const argv: Bytes[] = [];
  let i = 0;
  for (;;) {
    while (i < line.length && isBlank(line.charCodeAt(i))) i++;
    if (i >= line.length) return argv;
    const start = i;
    while (i < line.length && !endsWord(line.charCodeAt(i)) && line[i] !== '"' && line[i] !== "'") i++;
    let arg = line.slice(start, i);
    if (i < line.length && !endsWord(line.charCodeAt(i))) {
      const quoted = line[i] === '"' ? doubleQuoted(line, i + 1) : singleQuoted(line, i + 1);
      if (!quoted) return undefined;
      arg += quoted.text;
      i = quoted.end;
      // The closing quote must be followed by a blank or by nothing at all.
      if (i < line.length && !isBlank(line.charCodeAt(i))) return undefined;
    }
    argv.push(ascii(arg));
  }
}

function doubleQuoted(line: string, start: number): { text: string; end: number } | undefined {
  let text = '';
  for (let i = start; i < line.length; i++) {
    const char = line[i] as string;
    if (char === '"') return { text, end: i + 1 };
    if (char !== '\\' || i + 1 >= line.length) {
      text += char;
      continue;
    }
    const hex = HEX_BYTE.exec(line.slice(i + 1, i + 4));
    if (hex) {
      text += String.fromCharCode(Number.parseInt(hex[1] as string, 16));
      i += 3;
    } else {
      const escaped = line[++i] as string;
      text += ESCAPES[escaped] ?? escaped;
    }
  }
  return undefined;
}

function singleQuoted(line: string, start: number): { text: string; end: number } | undefined {
  let text = '';
  for (let i = start; i < line.length; i++) {
    if (line[i] === "'") return { text, end: i + 1 };
    if (line[i] === '\\' && line[i + 1] === "'") i++;
    text += line[i];
  }
  return undefined;
}
