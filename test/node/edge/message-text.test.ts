// How Upstash's event streams write messages: one line of data each.

import { describe, expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import { DurableChannels } from '../../../src/edge/durable-channels';
import { messageEvent } from '../../../src/edge/message-text';
import { OK, Status } from '../../../src/protocol/reply';

const bytes = (...words: string[]) => words.map(fromText);

describe('an event', () => {
  test.each([
    ['a confirmation', [...bytes('subscribe', 'chat'), 1], 'subscribe,chat,1'],
    ['a message', bytes('message', 'chat', 'hello, you'), 'message,chat,hello, you'],
    ['a message of a pattern', bytes('pmessage', 'u:*', 'u:1', '{"a":1}'), 'pmessage,u:*,u:1,{"a":1}'],
    ['text beyond ASCII', bytes('message', 'é', '✓'), 'message,é,✓'],
    ['text with breaks, as a JSON string', bytes('message', 'c', 'a\r\nb'), 'message,c,"a\\r\\nb"'],
    ['JSON with breaks, on one line', bytes('message', 'c', '{\n"a": "b"\r\n}'), 'message,c,{ "a": "b"  }'],
    ['a name with breaks, as in an address', bytes('message', 'a\nb', 'x'), 'message,a%0Ab,x'],
  ])('of %s', (_what, reply, data) => {
    expect(messageEvent(reply)).toBe(`data: ${data}\n\n`);
  });

  test('of MONITOR is the line that it shows, after OK', () => {
    expect(messageEvent(OK)).toBe('data: "OK"\n\n');
    expect(messageEvent(new Status('1.5 [0 a:1] "get" "k"'))).toBe('data: 1.5 [0 a:1] "get" "k"\n\n');
  });

  test('of anything else is none', () => {
    expect(messageEvent(5)).toBe('');
    expect(messageEvent(null)).toBe('');
  });
});

describe('channels of what happens to keys', () => {
  const channels = (...names: string[]) => DurableChannels.of(bytes(...names));

  test('are those of the one database, and no others among them', () => {
    expect(channels('__keyspace@0__:k', 'chat')).toBeUndefined();
    expect(channels('__keyspace@1__:k')).toBeUndefined();
    expect(channels()).toBeUndefined();
    expect(channels('__keyspace@0__:k', '__keyspace@0__:l')?.prefixes).toEqual(['k', 'l']);
    expect(channels('__keyspace@0__:k', '__keyevent@0__:del')?.prefixes).toEqual(['']);
  });

  test('tell of exactly the key and the event that they name', () => {
    const one = channels('__keyspace@0__:k', '__keyevent@0__:del');
    const change = (event: string, key: string | undefined) =>
      one?.text({ kind: 'change', cursor: '7', event, key: key === undefined ? undefined : fromText(key) });
    expect(change('set', 'k')).toBe('id: 7\ndata: message,__keyspace@0__:k,set\n\n');
    expect(change('set', 'kk')).toBe('id: 7\n\n');
    expect(change('del', 'x')).toBe('id: 7\ndata: message,__keyevent@0__:del,x\n\n');
    expect(change('del', 'k')).toBe('id: 7\ndata: message,__keyspace@0__:k,del\n\nid: 7\ndata: message,__keyevent@0__:del,k\n\n');
    expect(change('flushall', undefined)).toBe('id: 7\ndata: message,__keyspace@0__:k,flushall\n\n');
  });

  test('confirm, and say what was missed', () => {
    const one = channels('__keyspace@0__:k');
    expect(one?.text({ kind: 'ready', cursor: '1' })).toBe('id: 1\ndata: subscribe,__keyspace@0__:k,1\n\n');
    expect(one?.text({ kind: 'reset', cursor: '1', reason: 'trimmed' })).toBe(
      'id: 1\ndata: subscribe,__keyspace@0__:k,1\n\nevent: reset\ndata: trimmed\n\n',
    );
    expect(one?.text({ kind: 'at', cursor: '2' })).toBe('id: 2\n\n');
  });
});
