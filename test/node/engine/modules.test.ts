// Lines of nonsense for the commands of modules, which no real server here can answer: whatever comes, nothing throws,
// sizes stay right, what is an error changes nothing, and the journal makes the same data again.

import { expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import { registry } from '../../../src/commands/registry';
import { decodeFrame } from '../../../src/engine/journal';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { type CommandSpec, isContainer } from '../../../src/spec/command';
import { type Argument, parseSyntax } from '../../../src/spec/syntax';
import { decodeValue, encodeValue, encodingVersionOf, typeCodeOf } from '../../../src/types/codec';
import { isModuleValue } from '../../../src/types/value';
import { replayInto } from '../../support/comparable';
import { seededRandom, TestEngine } from '../../support/engine';
import { MODULE_GROUPS } from '../../support/modules';

const commands = registry.filter((spec): spec is CommandSpec => !isContainer(spec) && MODULE_GROUPS.has(spec.group));

const PATHS = [
  '$',
  '.',
  '$.a',
  '.a',
  'a',
  '$..a',
  '$..*',
  '$.*',
  '$[0]',
  '$[-1]',
  '$.a[1:]',
  '$["a","b"]',
  '$[?(@.a)]',
  '$[?(@>1)]',
  '.b.c',
  '$.b.c',
];
const BAD_PATHS = ['', '$.', '$[', '$..', '$.a\0', '\xff', '$[?(@ =~ "(")]', `$${'.a'.repeat(300)}`, '$[99999999999999999999]'];
const VALUES = [
  '1',
  '0',
  '-2',
  '2.5',
  '"x"',
  '""',
  'true',
  'null',
  '[]',
  '{}',
  '[1,[2,{"a":3}]]',
  '{"a":{"b":1},"b":[true]}',
  '18446744073709551615',
];
const BAD_VALUES = ['', '{', '[1,', 'x', '"\xff"', '\0', '1e999', `${'['.repeat(200)}`, '"\\ud800"'];
const NUMBERS = ['0', '1', '2', '3', '-1', '5', '10', '0.1', '0.5'];
const BAD_NUMBERS = ['', 'x', '9223372036854775807', '-9223372036854775808', '1e9', '4294967296', 'nan', 'inf', '1.5'];
const ITEMS = ['a', 'b', 'c', '', 'x'.repeat(40), '\xff\0'];

class Lines {
  constructor(private readonly random: { below(bound: number): number }) {}

  next(): string[] {
    const spec = this.pick(commands);
    // Two keys for each group, and one that all of them share.
    const key = () => (this.one(12) ? '{k}all' : `{k}${spec.group}${this.random.below(2)}`);
    const line = spec.name.split('|');
    const add = (argument: Argument) => {
      if (argument.optional && !this.one(3)) return;
      const times = argument.multiple ? 1 + this.random.below(3) : 1;
      for (let i = 0; i < times; i++) {
        if (argument.token !== undefined && (i === 0 || argument.multipleToken)) line.push(argument.token);
        if (argument.type === 'oneof') add({ ...this.pick(argument.arguments), optional: false });
        else if (argument.type === 'block') argument.arguments.forEach(add);
        else if (argument.type === 'key') line.push(key());
        else if (argument.type !== 'pure-token') line.push(this.value(argument));
      }
    };
    parseSyntax(spec.syntax).forEach(add);
    if (this.one(50) && line.length > 1) line.pop();
    return line;
  }

  private value({ type, name }: Argument): string {
    const bad = this.one(15);
    if (name === 'path') return this.pick(bad ? BAD_PATHS : PATHS);
    if (name === 'numkeys') return this.pick(['1', '2']);
    if (name === 'value') return this.pick(bad ? BAD_VALUES : VALUES);
    if (type === 'integer' || type === 'double') return this.pick(bad ? BAD_NUMBERS : NUMBERS);
    return this.pick(ITEMS);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }
  private one(of: number): boolean {
    return this.random.below(of) === 0;
  }
}

test.each([1, 2, 3])('lines of nonsense (seed %i)', (seed) => {
  const random = seededRandom(seed);
  const engine = new TestEngine(seed);
  const lines = new Lines(random);
  const succeeded = new Map<string, number>();
  let failed = 0;
  for (let i = 0; i < 40_000; i++) {
    const line = lines.next();
    engine.client.protocol = random.below(2) === 0 ? 2 : 3;
    engine.now += random.below(300);
    if (random.below(20) === 0) engine.run('DEL', lines.pick(['{k}json0', '{k}bloom0', '{k}cuckoo0', '{k}cms0', '{k}topk0', '{k}all']));
    const before = engine.journal.length;
    const reply = encodeReply(engine.engine.execute(engine.client, line.map(fromText)), engine.client.protocol);
    if (engine.faults.length > 0) throw new Error(`${JSON.stringify(line)}: ${engine.faults[0]}`);
    engine.flush();
    if (reply.startsWith('-')) {
      failed++;
      // A rate limit whose time is over may be found under any line.
      const recorded = engine.journal.slice(before).flatMap((frame) => decodeFrame(frame).effects.map((effect) => effect.join(' ')));
      if (recorded.some((effect) => !effect.startsWith('DEL ')))
        expect.fail(`${JSON.stringify(line)} failed: ${reply}, and was ${recorded}`);
    } else succeeded.set(line[0] as string, (succeeded.get(line[0] as string) ?? 0) + 1);
    if (i % 250 === 0) check(engine);
  }
  expect(failed).toBeGreaterThan(1000);
  expect(commands.map(({ name }) => name).filter((name) => !succeeded.has(name))).toEqual([]);
  engine.client.protocol = 2;
  const digest = engine.run('DEBUG', 'DIGEST');
  expect(replayInto(new TestEngine(seed + 1), engine.journal).run('DEBUG', 'DIGEST')).toEqual(digest);
});

/** Every value is what it would be if it had been made at once, its size included. */
function check({ engine }: TestEngine): void {
  engine.keys.forEach((key) => {
    const value = engine.keys.peek(key);
    if (value === undefined || !isModuleValue(value)) return;
    const fresh = decodeValue(typeCodeOf(value), encodingVersionOf(value), encodeValue(value), engine.limits);
    expect([key, typeof fresh === 'string' ? 0 : fresh.memory, encodeValue(fresh)]).toEqual([key, value.memory, encodeValue(value)]);
  });
}
