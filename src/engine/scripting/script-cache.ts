// The scripts that EVALSHA can call. SCRIPT LOAD keeps a script until SCRIPT FLUSH; of those that only EVAL has seen the
// ones used last stay, as in Redis 7.4. What they were compiled to is made when it is needed and kept while there is room.

import { type Bytes, own } from '../../bytes/bytes';
import type { LuaFunction } from '../../lua/value';
import { redisError } from '../../protocol/errors';
import { ErrorReply } from '../../protocol/reply';
import { readShebang } from './flags';
import { sourceDigest } from './redis-table';
import type { Flags } from './run';
import type { Sources } from './sources';

/** Most scripts that only EVAL has seen (eval.c LRU_LIST_LENGTH), and bytes of them: an isolate has 128 MB. */
const EVICTABLE_MAX = 500;
const EVICTABLE_BYTES_MAX = 8 * 1024 * 1024;
/** Most bytes of scripts that SCRIPT LOAD keeps. */
const LOADED_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes of source of the scripts that are kept compiled, which takes about ten times as much. */
const COMPILED_BYTES_MAX = 2 * 1024 * 1024;

const TOO_MANY = redisError('ERR too many scripts are loaded: SCRIPT FLUSH removes them');

/** A script that can be run. */
export class Script {
  compiled: LuaFunction | undefined;

  constructor(
    readonly digest: Bytes,
    readonly source: Bytes,
    readonly flags: Flags,
    readonly code: Bytes,
  ) {}
}

/** Compiles the code of a script; throws the error reply of what does not compile. */
export type Compile = (code: Bytes) => LuaFunction;

export class ScriptCache {
  evicted = 0;
  /** Scripts that have been used, by digest and by source. All of them are among the sources. */
  private readonly byDigest = new Map<Bytes, Script>();
  private readonly bySource = new Map<Bytes, Script>();
  private readonly compiled = new Set<Script>();
  private compiledBytes = 0;
  private last: Script | undefined;

  constructor(
    private readonly sources: Sources,
    private readonly compile: Compile,
  ) {}

  /** @param digest in any case of letters */
  find(digest: Bytes): Script | undefined {
    const known = this.byDigest.get(digest);
    if (known) return known;
    const lower = digest.toLowerCase() as Bytes;
    const source = this.sources.all('script').get(lower);
    return this.byDigest.get(lower) ?? (source && this.admit(make(lower, source.source)));
  }

  /** The script with this source, if it is kept. */
  withSource(source: Bytes): Script | undefined {
    return this.bySource.get(source) ?? this.find(sourceDigest(source));
  }

  /** What the first line of a script says, whether it is kept or not. */
  flagsOf(source: Bytes): Flags {
    const shebang = readShebang(source);
    return shebang instanceof ErrorReply ? undefined : shebang.flags;
  }

  /** A script that is not kept, ready to run. Throws the error of a wrong first line, or of what does not compile. */
  prepare(source: Bytes): Script {
    const script = make(sourceDigest(source), own(source));
    this.ready(script);
    return script;
  }

  /** Keeps a script. False when it was kept like that already. */
  keep(script: Script, evictable: boolean): boolean {
    const { digest: name, source } = script;
    const sources = this.sources.all('script');
    const known = sources.get(name);
    if (known && (evictable || !known.evictable)) return false;
    if (evictable) this.makeRoom(source.length);
    else if (this.loadedBytes + source.length > LOADED_BYTES_MAX) throw TOO_MANY;
    this.sources.put({ kind: 'script', name, source, evictable });
    this.admit(script);
    return true;
  }

  /** The journal has a script that was kept: nothing makes room for it, since what did is not known. */
  recall(source: Bytes): void {
    const name = sourceDigest(source);
    if (!this.sources.all('script').has(name)) this.sources.put({ kind: 'script', name, source: own(source), evictable: true });
  }

  private get loadedBytes(): number {
    return this.sources.bytesOf('script') - this.sources.bytesOf('evictable');
  }

  private makeRoom(bytes: number): void {
    const { sources } = this;
    while (sources.evictableCount >= EVICTABLE_MAX || sources.bytesOf('evictable') + bytes > EVICTABLE_BYTES_MAX) {
      const oldest = sources.firstEvictable;
      if (!oldest) return;
      sources.remove('script', oldest.name);
      this.forget(oldest.name);
      this.evicted++;
    }
  }

  /** The compiled code of a script that is about to run. */
  ready(script: Script): LuaFunction {
    if (script.compiled) return script.compiled;
    script.compiled = this.compile(script.code);
    this.compiled.add(script);
    this.compiledBytes += script.source.length;
    for (const oldest of this.compiled) {
      if (this.compiledBytes <= COMPILED_BYTES_MAX || oldest === script) break;
      this.drop(oldest);
    }
    return script.compiled;
  }

  /** A script is run: it makes room last. */
  used(script: Script): void {
    if (script === this.last) return;
    this.last = script;
    this.sources.use(script.digest);
  }

  /** Forgets what was derived from the sources, which have been reloaded or removed. */
  clear(): void {
    this.byDigest.clear();
    this.bySource.clear();
    this.compiled.clear();
    this.compiledBytes = 0;
    this.last = undefined;
  }

  private admit(script: Script): Script {
    this.byDigest.set(script.digest, script);
    this.bySource.set(script.source, script);
    return script;
  }

  private forget(digest: Bytes): void {
    const script = this.byDigest.get(digest);
    if (!script) return;
    this.byDigest.delete(digest);
    this.bySource.delete(script.source);
    this.drop(script);
  }

  private drop(script: Script): void {
    script.compiled = undefined;
    if (this.compiled.delete(script)) this.compiledBytes -= script.source.length;
  }
}

function make(digest: Bytes, source: Bytes): Script {
  const shebang = readShebang(source);
  if (shebang instanceof ErrorReply) throw shebang;
  return new Script(digest, source, shebang.flags, shebang.code);
}
