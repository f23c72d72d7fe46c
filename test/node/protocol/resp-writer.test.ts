import { expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import {
  BigNumberReply,
  BooleanReply,
  bulk,
  DoubleReply,
  ErrorReply,
  MapReply,
  NO_REPLY,
  NULL_ARRAY,
  PairsReply,
  PushReply,
  type Reply,
  SetReply,
  Status,
  VerbatimReply,
} from '../../../src/protocol/reply';
import { encodeReply } from '../../../src/protocol/resp-writer';

test.each<[name: string, reply: Reply, resp2: string, resp3?: string]>([
  ['a bulk string', ascii('a\r\n\xff'), '$4\r\na\r\n\xff\r\n'],
  ['an empty bulk string', ascii(''), '$0\r\n\r\n'],
  ['an integer', -7, ':-7\r\n'],
  ['a 64-bit integer', 9223372036854775807n, ':9223372036854775807\r\n'],
  ['null', null, '$-1\r\n', '_\r\n'],
  ['the null array', NULL_ARRAY, '*-1\r\n', '_\r\n'],
  ['a status', new Status('OK'), '+OK\r\n'],
  ['an error', new ErrorReply('ERR no'), '-ERR no\r\n'],
  ['an array', [bulk('a'), 1, [null]], '*3\r\n$1\r\na\r\n:1\r\n*1\r\n$-1\r\n', '*3\r\n$1\r\na\r\n:1\r\n*1\r\n_\r\n'],
  ['an empty array', [], '*0\r\n'],
  ['a double', new DoubleReply(1.5), '$3\r\n1.5\r\n', ',1.5\r\n'],
  ['a whole double', new DoubleReply(3), '$1\r\n3\r\n', ',3\r\n'],
  ['infinity', new DoubleReply(-Infinity), '$4\r\n-inf\r\n', ',-inf\r\n'],
  ['true', new BooleanReply(true), ':1\r\n', '#t\r\n'],
  ['false', new BooleanReply(false), ':0\r\n', '#f\r\n'],
  ['a map', new MapReply([bulk('a'), 1]), '*2\r\n$1\r\na\r\n:1\r\n', '%1\r\n$1\r\na\r\n:1\r\n'],
  ['a set', new SetReply([bulk('a')]), '*1\r\n$1\r\na\r\n', '~1\r\n$1\r\na\r\n'],
  [
    'pairs',
    new PairsReply([bulk('a'), new DoubleReply(1), bulk('b'), new DoubleReply(2.5)]),
    '*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$3\r\n2.5\r\n',
    '*2\r\n*2\r\n$1\r\na\r\n,1\r\n*2\r\n$1\r\nb\r\n,2.5\r\n',
  ],
  ['a push', new PushReply([bulk('a')]), '*1\r\n$1\r\na\r\n', '>1\r\n$1\r\na\r\n'],
  ['verbatim text', new VerbatimReply('txt', ascii('hi')), '$2\r\nhi\r\n', '=6\r\ntxt:hi\r\n'],
  [
    'a big number',
    new BigNumberReply(ascii('12345678901234567890123')),
    '$23\r\n12345678901234567890123\r\n',
    '(12345678901234567890123\r\n',
  ],
  ['no reply', NO_REPLY, ''],
  [
    'a map of arrays of nulls',
    new MapReply([bulk('k'), [NULL_ARRAY, new BooleanReply(true)]]),
    '*2\r\n$1\r\nk\r\n*2\r\n*-1\r\n:1\r\n',
    '%1\r\n$1\r\nk\r\n*2\r\n_\r\n#t\r\n',
  ],
])('%s', (_name, reply, resp2, resp3 = resp2) => {
  expect(encodeReply(reply, 2)).toBe(resp2);
  expect(encodeReply(reply, 3)).toBe(resp3);
});
