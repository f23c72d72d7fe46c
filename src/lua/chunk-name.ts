// What messages call a chunk: `user_script` for `@user_script`, `[string "return…"]` for source text itself.

import { ascii, type Bytes } from '../bytes/bytes';

/** LUA_IDSIZE of luaconf.h: no name is longer, the NUL of C included. */
const NAME_LIMIT = 60;
/** A source that comes first in a syntax error may be longer (MAXSRC of llex.c). */
export const SYNTAX_NAME_LIMIT = 80;

export function shownChunk(name: string, limit = NAME_LIMIT): Bytes {
  if (name.startsWith('=')) return ascii(name.slice(1, limit));
  if (name.startsWith('@')) {
    const room = limit - " '...' ".length - 1;
    const path = name.slice(1);
    return ascii(path.length > room ? `...${path.slice(path.length - room)}` : path);
  }
  // A name of C ends at a NUL, and only the first line is shown.
  const [text = ''] = name.split('\0', 1);
  const line = /^[^\n\r]*/.exec(text)?.[0] ?? '';
  const shown = line.slice(0, limit - ' [string "..."] '.length - 1);
  return ascii(shown.length < text.length ? `[string "${shown}..."]` : `[string "${shown}"]`);
}
