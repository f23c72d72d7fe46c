// Libraries of functions (functions.c). They are kept as their sources; the code of one is run, to let it register its
// functions, when it is loaded, and after a restart when the first function is asked for.

import { type Bytes, own } from '../../bytes/bytes';
import type { LuaFunction } from '../../lua/value';
import { redisError, shown } from '../../protocol/errors';
import { splitInline } from '../../protocol/inline';
import { ErrorReply } from '../../protocol/reply';
import type { LibraryInfo, RestorePolicy } from '../../spec/scripting';
import { SCRIPT_FLAGS, type ScriptFlag } from './flags';
import { BAD_NAME, isName, type RegisteredFunction } from './register';
import type { Sources } from './sources';

export interface Library {
  readonly name: Bytes;
  readonly source: Bytes;
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
}

/** Functions that can be called, of all libraries. */
interface Loaded {
  readonly libraries: Map<Bytes, Library>;
  /** By name in lower case: FCALL takes it in any case. */
  readonly functions: Map<string, RegisteredFunction>;
}

/** Most bytes of libraries: what they were compiled to takes about ten times as much, and an isolate has 128 MB. */
const LIBRARY_BYTES_MAX = 8 * 1024 * 1024;

const MARK = '#!';
const NAME_OPTION = 'name=';
const ENGINE = 'lua';
const TOO_MANY = redisError('ERR too many libraries are loaded');

export class Libraries {
  private loaded: Loaded | undefined;

  constructor(
    private readonly sources: Sources,
    /** Runs the code of a library. Throws an error reply. */
    private readonly run: (code: Bytes) => ReadonlyMap<string, RegisteredFunction>,
    /** A library that was loaded once does not load any more. */
    private readonly onBroken: (name: Bytes, error: ErrorReply) => void,
  ) {}

  find(name: Bytes): { readonly name: Bytes; readonly callback: LuaFunction; readonly flags: ReadonlySet<ScriptFlag> } | undefined {
    return this.current.functions.get(name.toLowerCase());
  }

  get functionCount(): number {
    return this.current.functions.size;
  }

  list(): LibraryInfo[] {
    return [...this.current.libraries.values()].map(({ name, source, functions }) => ({
      name,
      source,
      functions: [...functions.values()].map(({ name, description, flags }) => ({
        name,
        description,
        flags: SCRIPT_FLAGS.filter((flag) => flags.has(flag)),
      })),
    }));
  }

  /** Loads a library. Throws the error for what keeps it out, and then nothing has changed. */
  load(source: Bytes, replace: boolean): Library {
    const library = this.prepare(this.current, source, replace);
    this.requireRoom(library.source.length);
    unlink(this.current, library.name);
    link(this.current, library);
    this.put(library);
    return library;
  }

  /** The journal has a library that was loaded: it is run when it is needed. */
  recall(source: Bytes): void {
    const { name } = readMetadata(source);
    this.sources.put({ kind: 'library', name, source: own(source), evictable: false });
    this.loaded = undefined;
  }

  remove(name: Bytes): boolean {
    if (!this.sources.all('library').has(name)) return false;
    this.sources.remove('library', name);
    if (this.loaded) unlink(this.loaded, name);
    return true;
  }

  flush(): void {
    this.sources.clear('library');
    this.loaded = undefined;
  }

  /** Loads libraries together, or none. Gives those that were loaded. */
  restore(sources: readonly Bytes[], policy: RestorePolicy): readonly Library[] {
    const added: Loaded = { libraries: new Map(), functions: new Map() };
    for (const source of sources) link(added, this.prepare(added, source, false));
    const { libraries, functions }: Loaded = policy === 'flush' ? { libraries: new Map(), functions: new Map() } : copy(this.current);
    const joined: Loaded = { libraries, functions };
    for (const { name } of added.libraries.values()) {
      if (libraries.has(name) && policy === 'append') throw redisError(`ERR Library ${name} already exists`);
      unlink(joined, name);
    }
    for (const library of added.libraries.values()) requireNoCollision(joined, library);
    const restored = [...added.libraries.values()];
    this.requireRoom(restored.reduce((sum, { source }) => sum + source.length, 0));
    if (policy === 'flush') this.flush();
    for (const library of restored) {
      link(joined, library);
      this.put(library);
    }
    this.loaded = joined;
    return restored;
  }

  /** Storage has been reloaded. */
  reset(): void {
    this.loaded = undefined;
  }

  private get current(): Loaded {
    if (this.loaded) return this.loaded;
    const loaded: Loaded = { libraries: new Map(), functions: new Map() };
    for (const { name, source } of this.sources.all('library').values()) {
      try {
        link(loaded, this.prepare(loaded, source, false));
      } catch (error) {
        if (!(error instanceof ErrorReply)) throw error;
        this.onBroken(name, error);
      }
    }
    this.loaded = loaded;
    return loaded;
  }

  /** A library that fits to those that are there, but that `replace` lets it take the place of one. */
  private prepare(loaded: Loaded, source: Bytes, replace: boolean): Library {
    const { name, engine, code } = readMetadata(source);
    if (!isName(name)) throw redisError(`ERR ${BAD_NAME}`);
    if (engine.toLowerCase() !== ENGINE) throw redisError(`ERR Engine '${engine}' not found`);
    if (!replace && loaded.libraries.has(name)) throw redisError(`ERR Library '${name}' already exists`);
    const functions = this.run(code);
    if (functions.size === 0) throw redisError('ERR No functions registered');
    const library = { name, source: own(source), functions };
    requireNoCollision(loaded, library);
    return library;
  }

  private requireRoom(bytes: number): void {
    if (this.sources.bytesOf('library') + bytes > LIBRARY_BYTES_MAX) throw TOO_MANY;
  }

  private put({ name, source }: Library): void {
    this.sources.put({ kind: 'library', name, source, evictable: false });
  }
}

function copy({ libraries, functions }: Loaded): Loaded {
  return { libraries: new Map(libraries), functions: new Map(functions) };
}

function link({ libraries, functions }: Loaded, library: Library): void {
  libraries.set(library.name, library);
  for (const registered of library.functions.values()) {
    const key = registered.name.toLowerCase();
    if (!functions.has(key)) functions.set(key, registered);
  }
}

function unlink({ libraries, functions }: Loaded, name: Bytes): void {
  const library = libraries.get(name);
  if (!library) return;
  libraries.delete(name);
  for (const registered of library.functions.values()) functions.delete(registered.name.toLowerCase());
}

/** A function may not be called like one of another library. */
function requireNoCollision({ libraries, functions }: Loaded, { name, functions: added }: Library): void {
  const own = libraries.get(name);
  for (const registered of added.values()) {
    const known = functions.get(registered.name.toLowerCase());
    if (known && own?.functions.get(known.name) !== known) throw redisError(`ERR Function ${registered.name} already exists`);
  }
}

interface Metadata {
  readonly name: Bytes;
  readonly engine: string;
  /** What is run: the line break of the first line stays, so that lines keep their numbers. */
  readonly code: Bytes;
}

const INVALID = redisError('ERR Invalid library metadata');

/** The first line of a library, `#!lua name=…`. */
function readMetadata(source: Bytes): Metadata {
  if (!source.startsWith(MARK)) throw redisError('ERR Missing library metadata');
  const end = source.indexOf('\n');
  if (end < 0) throw INVALID;
  const [mark, ...options] = splitInline(source.slice(0, end)) ?? [];
  if (mark === undefined) throw INVALID;
  let name: Bytes | undefined;
  for (const option of options) {
    if (option.slice(0, NAME_OPTION.length).toLowerCase() !== NAME_OPTION) {
      throw redisError(`ERR Invalid metadata value given: ${shown(option)}`);
    }
    if (name !== undefined) throw redisError('ERR Invalid metadata value, name argument was given multiple times');
    name = option.slice(NAME_OPTION.length) as Bytes;
  }
  if (name === undefined) throw redisError('ERR Library name was not given');
  return { name, engine: mark.slice(MARK.length), code: source.slice(end) as Bytes };
}
