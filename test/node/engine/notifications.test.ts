import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { registry } from '../../../src/commands/registry';
import { decodeFrame } from '../../../src/engine/journal';
import { classOf, parseClasses } from '../../../src/engine/notification-classes';
import { readTranscript, transcriptNames } from '../../conformance/transcript';
import { TestEngine } from '../../support/engine';
import { Listener } from '../../support/messages';

const ALL = 'AKEnocm';

function listening(classes: string, pattern = '__key*'): { engine: TestEngine; heard: Listener } {
  const engine = new TestEngine();
  engine.run('CONFIG', 'SET', 'notify-keyspace-events', classes);
  return { engine, heard: new Listener(engine, pattern) };
}

describe('classes', () => {
  test('are told each, to the channels that are chosen', () => {
    for (const [classes, told] of [
      ['', []],
      ['K', []],
      ['g$', []],
      ['K$', ['__keyspace@0__:k set']],
      ['E$', ['__keyevent@0__:set k']],
      ['KE$', ['__keyspace@0__:k set', '__keyevent@0__:set k']],
      ['Kg', ['__keyspace@0__:k expire']],
      ['Kn', ['__keyspace@0__:k new']],
      ['KA', ['__keyspace@0__:k set', '__keyspace@0__:k expire']],
    ] as const) {
      const { engine, heard } = listening(classes);
      engine.run('SET', 'k', 'v', 'EX', 10);
      expect(heard.take(), classes).toEqual(told);
    }
  });

  test('A stands for most of them and n is kept beside it, though CONFIG GET does not show it', () => {
    const { engine, heard } = listening('AKn');
    expect(engine.run('CONFIG', 'GET', 'notify-keyspace-events')).toEqual(
      expect.objectContaining({ items: ['notify-keyspace-events', 'AK'] }),
    );
    engine.run('SET', 'k', 'v');
    expect(heard.take()).toEqual(['__keyspace@0__:k new', '__keyspace@0__:k set']);
  });

  test('of Redis 8.2: a value that is overwritten, and one of another type', () => {
    const { engine, heard } = listening('Kocg$zln');
    const told = (...line: string[]): string[] => {
      engine.run(...line);
      return heard.take().map((text) => text.replace('__keyspace@0__:', ''));
    };
    told('SET', 'k', 'v');
    expect(told('SET', 'k', 'w')).toEqual(['k overwritten', 'k set']);
    expect(told('SET', 'k', 'w', 'KEEPTTL')).toEqual(['k overwritten', 'k set']);
    expect(told('APPEND', 'k', 'w')).toEqual(['k append']);
    told('RPUSH', 'l', 'a');
    expect(told('SET', 'l', 'w')).toEqual(['l overwritten', 'l type_changed', 'l set']);
    told('ZADD', 'z', '1', 'm');
    expect(told('ZRANGESTORE', 'l', 'z', '0', '-1')).toEqual(['l overwritten', 'l type_changed', 'l zrangestore']);
    // Those that remove what was there first say so last.
    expect(told('COPY', 'k', 'z', 'REPLACE')).toEqual(['z new', 'z copy_to', 'z overwritten', 'z type_changed']);
    expect(told('RENAME', 'k', 'z')).toEqual(['z new', 'k rename_from', 'z rename_to', 'z overwritten']);
  });

  test('every event of every command has one', () => {
    const seen = new Set<string>();
    const names = new Set<string>();
    for (const name of transcriptNames()) {
      for (const { lines } of readTranscript(name)) {
        const { engine, heard } = listening(ALL, '__keyevent*');
        for (const { argv } of lines) {
          names.add(engine.engine.table.resolve(argv)?.name ?? '');
          engine.engine.execute(engine.client, argv);
          engine.engine.server.settings.set([['notify-keyspace-events' as Bytes, ALL as Bytes]]);
          expect(engine.faults, `${name}: ${argv.join(' ')}`).toEqual([]);
        }
        engine.now += 1e12;
        engine.engine.expireDue(1000);
        for (const text of heard.take()) seen.add((text.split(':')[1] as string).split(' ')[0] as string);
      }
    }
    expect(registry.filter(({ name, flags }) => flags.includes('write') && !names.has(name)).map(({ name }) => name)).toEqual([]);
    // But for evictions, which there are none of.
    expect(new Set([...seen].map(classOf)).size).toBe('g$lshzxtdnocm'.length);
  });

  test('that do not exist are refused', () => {
    expect(parseClasses('KEq')).toBeUndefined();
    expect(parseClasses('EAK')).toBe('g$lshzxetdKE');
  });
});

describe('when', () => {
  test('a transaction tells in order, with what it publishes', () => {
    const { engine, heard } = listening('K$');
    const client = engine.newClient();
    const other = new Listener(engine, '*');
    for (const line of [
      ['MULTI'],
      ['SET', 'a', '1'],
      ['PUBLISH', 'news', 'x'],
      ['CONFIG', 'SET', 'notify-keyspace-events', ''],
      ['SET', 'b', '1'],
      ['CONFIG', 'SET', 'notify-keyspace-events', 'E$'],
      ['SET', 'c', '1'],
    ]) {
      engine.runAs(client, ...line);
    }
    expect(heard.take()).toEqual([]);
    engine.runAs(client, 'EXEC');
    expect(other.take()).toEqual(['__keyspace@0__:a set', 'news x', '__keyevent@0__:set c']);
  });

  test('a key that has expired is told of when it is found, or by itself', () => {
    const { engine, heard } = listening('Exm');
    engine.run('SET', 'a', '1', 'PX', 10);
    engine.run('SET', 'b', '1', 'PX', 10);
    engine.now += 10;
    engine.run('GET', 'a');
    expect(heard.take()).toEqual(['__keyevent@0__:expired a', '__keyevent@0__:keymiss a']);
    engine.engine.expireDue(10);
    expect(heard.take()).toEqual(['__keyevent@0__:expired b']);
  });

  test('nothing is told while the journal is replayed', () => {
    const { engine } = listening('KEA');
    engine.run('SET', 'a', '1');
    engine.run('DEL', 'a');
    const { engine: copy, heard } = listening('KEA');
    for (const frame of engine.journal) copy.engine.replay(decodeFrame(frame));
    copy.run('GET', 'a');
    expect(copy.engine.sequence).toBe(2);
    expect(heard.take()).toEqual([]);
  });
});
