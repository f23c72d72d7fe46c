// What the declarations say about the commands, against what redis-server says about its own.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registry } from '../../../src/commands/registry';
import type { Reply } from '../../../src/protocol/reply';
import { decodeReply } from '../../../src/protocol/reply-reader';
import { type AnyCommandSpec, isContainer } from '../../../src/spec/command';
import { TestEngine } from '../../support/engine';
import { MODULE_GROUPS } from '../../support/modules';
import { type Plain, plain } from '../../support/plain-reply';
import { RealRedis, redisInstalled } from '../../support/real-redis';

type Fields = Record<string, unknown>;

/** Where a declaration differs on purpose from that of 7.0: why, and the commands with the field. */
const EXCEPTIONS: readonly (readonly [reason: string, fields: readonly string[]])[] = [
  ['Redis 7.2 added an option.', ['zrank arity', 'zrevrank arity']],
  ['Redis 7.2 documents what is optional here.', ['pfmerge arguments', 'geohash arguments', 'geopos arguments']],
  ['Upstash has an option of its own.', ['scan arguments']],
  [
    'Redis 7.2 calls it deprecated.',
    ['quit', 'setex', 'psetex', 'setnx'].flatMap((name) =>
      ['doc_flags', 'deprecated_since', 'replaced_by'].map((field) => `${name} ${field}`),
    ),
  ],
  ['It takes a float, which 7.0 documents as an integer.', ['zincrby arguments']],
  [
    'Weights are floats, which 7.0 documents as integers.',
    ['zinter', 'zunion', 'zinterstore', 'zunionstore'].map((name) => `${name} arguments`),
  ],
  ['7.0 wraps a repeated argument in a block of its own.', ['config|get arguments', 'client|list arguments']],
  ['7.0 documents the filters as alternatives; several can be given at once.', ['client|kill arguments']],
  ['7.0 documents no arguments.', ['command|getkeys arguments', 'command|getkeysandflags arguments']],
  ['It is about the connection and not about keys.', ['wait group']],
  ['7.0 puts a unit beside the option that it belongs to.', ['geosearch arguments', 'geosearchstore arguments']],
  ['7.0 names two arguments alike.', ['lcs arguments']],
  ['A block of one argument is that argument.', ['psubscribe arguments']],
];
const declared: readonly AnyCommandSpec[] = registry.flatMap((spec) => (isContainer(spec) ? [spec, ...spec.subcommands] : [spec]));
const EXCEPTED = new Set(EXCEPTIONS.flatMap(([, fields]) => fields));

/** Whether a version of Redis is later than the one that is asked. */
const isNewer = (version: string): boolean => /^(7\.[1-9]|[89]|\d\d)/.test(version);
/** By what the declarations say, commands that came after 7.0 or are in modules, and those that have changed since. */
const NEWER = new Set(declared.filter(({ since, group }) => isNewer(since) || MODULE_GROUPS.has(group)).map(({ name }) => name));
const CHANGED = new Set(declared.filter(({ history = [] }) => history.some(([version]) => isNewer(version))).map(({ name }) => name));

const asArray = (value: Plain | undefined): Plain[] => value as Plain[];
const sorted = (value: Plain | undefined): string[] => (value as string[]).slice().sort();

/** Alternating names and values as an object. */
function record(value: Plain | undefined): Record<string, Plain> {
  const items = asArray(value);
  const fields: Record<string, Plain> = {};
  for (let i = 0; i < items.length; i += 2) fields[items[i] as string] = items[i + 1] as Plain;
  return fields;
}

function keySpecFields(value: Plain): Fields {
  const spec = record(value);
  const begin = record(spec.begin_search);
  const find = record(spec.find_keys);
  return {
    flags: sorted(spec.flags),
    begin: [begin.type, record(begin.spec)],
    find: [find.type, record(find.spec)],
  };
}

/** COMMAND INFO of one command, and of its subcommands, by name. */
function infoFields(value: Plain, into: Map<string, Fields>): void {
  const [name, arity, flags, first, last, step, categories, tips, keySpecs, subcommands] = asArray(value);
  into.set(name as string, {
    arity,
    flags: sorted(flags),
    range: [first, last, step],
    categories: asArray(categories),
    tips: sorted(tips),
    'key specs': asArray(keySpecs).map(keySpecFields),
  });
  for (const subcommand of asArray(subcommands)) infoFields(subcommand, into);
}

/** An argument without the names that nobody but readers of the documentation sees. */
function argumentShape(value: Plain): Fields {
  const argument = record(value);
  return {
    type: argument.type,
    ...(['oneof', 'block', 'pure-token'].includes(argument.type as string) ? {} : { name: argument.name }),
    ...(argument.token === undefined ? {} : { token: argument.token }),
    ...(argument.key_spec_index === undefined ? {} : { key: argument.key_spec_index }),
    ...(argument.flags === undefined ? {} : { flags: sorted(argument.flags) }),
    ...(argument.arguments === undefined ? {} : { arguments: asArray(argument.arguments).map(argumentShape) }),
  };
}

/** COMMAND DOCS of all commands, and of their subcommands, by name. */
function docsFields(value: Plain, into: Map<string, Fields>): void {
  for (const [name, docs] of Object.entries(record(value))) {
    const { since, group, doc_flags, deprecated_since, replaced_by, subcommands, ...rest } = record(docs);
    into.set(name, {
      since,
      group,
      doc_flags,
      deprecated_since,
      // The commands that it names; the words around them are ours.
      replaced_by: typeof replaced_by === 'string' ? replaced_by.replaceAll('!', '').match(/`[^`]*`/g) : [],
      history:
        rest.history === undefined
          ? []
          : asArray(rest.history)
              .map((change) => asArray(change)[0])
              .filter((version) => !isNewer(version as string)),
      arguments: rest.arguments === undefined ? [] : asArray(rest.arguments).map(argumentShape),
    });
    if (subcommands !== undefined) docsFields(subcommands, into);
  }
}

/** Every field of every command that both have and that is not the same in both. */
function differences(ours: Map<string, Fields>, theirs: Map<string, Fields>): string[] {
  const found: string[] = [];
  for (const [name, fields] of ours) {
    const expected = theirs.get(name);
    if (!expected) continue;
    for (const field of Object.keys(fields)) {
      const [a, b] = [JSON.stringify(fields[field]), JSON.stringify(expected[field])];
      if (field === 'arguments' && CHANGED.has(name)) continue;
      if (a !== b && !EXCEPTED.has(`${name} ${field}`)) found.push(`${name} ${field}: ${a}, in Redis ${b}`);
    }
  }
  return found;
}

describe.skipIf(!redisInstalled)('declarations against redis-server', () => {
  let redis: RealRedis;
  const engine = new TestEngine();

  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  async function theirs(...argv: string[]): Promise<Plain> {
    const [raw] = await redis.send([argv]);
    return plain(decodeReply(raw as Parameters<typeof decodeReply>[0]));
  }
  const ours = (...argv: string[]): Plain => plain(engine.run(...argv) as Reply);

  test('COMMAND INFO', async () => {
    const real = new Map<string, Fields>();
    for (const one of asArray(await theirs('COMMAND'))) infoFields(one, real);
    const own = new Map<string, Fields>();
    for (const one of asArray(ours('COMMAND'))) infoFields(one, own);
    expect(own.size).toBeGreaterThan(100);
    expect(differences(own, real)).toEqual([]);
    const debugging = (name: string): boolean => name.startsWith('debug|');
    expect([...own.keys()].filter((name) => !real.has(name) && !NEWER.has(name) && !debugging(name))).toEqual([]);
  });

  test('COMMAND DOCS', async () => {
    const real = new Map<string, Fields>();
    docsFields(await theirs('COMMAND', 'DOCS'), real);
    const own = new Map<string, Fields>();
    docsFields(ours('COMMAND', 'DOCS'), own);
    expect(own.size).toBeGreaterThan(100);
    expect(differences(own, real)).toEqual([]);
  });

  test('every exception is about a command that exists', () => {
    const names = new Set(declared.map(({ name }) => name));
    for (const exception of EXCEPTED) expect(names).toContain(exception.split(' ')[0]);
  });
});
