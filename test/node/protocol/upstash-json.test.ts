// Replies as the bodies of Upstash's REST. The last part decodes them as strictly as the clients do.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes, fromText } from '../../../src/bytes/bytes';
import {
  AttributeReply,
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  ErrorReply,
  MapReply,
  NO_REPLY,
  NULL_ARRAY,
  OK,
  PairsReply,
  PONG,
  PrefacedReply,
  PushReply,
  type Reply,
  SetReply,
  Status,
  VerbatimReply,
} from '../../../src/protocol/reply';
import { encodeUpstash, encodeUpstashTransaction } from '../../../src/protocol/upstash-json';
import { seededRandom } from '../../support/engine';

const a = ascii('a');
const notUtf8 = '\xff\xfeA\x80' as Bytes;

const cases: readonly [name: string, reply: Reply, plain: string, base64: string][] = [
  ['a string', ascii('bar'), '{"result":"bar"}', '{"result":"YmFy"}'],
  ['an empty string', ascii(''), '{"result":""}', '{"result":""}'],
  ['one byte, padded', a, '{"result":"a"}', '{"result":"YQ=="}'],
  ['a string that says OK', ascii('OK'), '{"result":"OK"}', '{"result":"T0s="}'],
  ['characters that JSON escapes', ascii('"\\\n\u0001'), '{"result":"\\"\\\\\\n\\u0001"}', '{"result":"IlwKAQ=="}'],
  ['text beyond ASCII', fromText('é😀'), '{"result":"é😀"}', '{"result":"w6nwn5iA"}'],
  ['bytes that are not UTF-8', notUtf8, '{"result":"\ufffd\ufffdA\ufffd"}', '{"result":"//5BgA=="}'],
  ['the status OK', OK, '{"result":"OK"}', '{"result":"OK"}'],
  ['another status', PONG, '{"result":"PONG"}', '{"result":"UE9ORw=="}'],
  ['OK inside an array', [OK], '{"result":["OK"]}', '{"result":["T0s="]}'],
  ['OK deeper inside', [[OK, [OK]]], '{"result":[["OK",["OK"]]]}', '{"result":[["T0s=",["T0s="]]]}'],
  ['an integer', -42, '{"result":-42}', '{"result":-42}'],
  ['an integer beyond 2^53', 9223372036854775807n, '{"result":9223372036854775807}', '{"result":9223372036854775807}'],
  ['null', null, '{"result":null}', '{"result":null}'],
  ['the null array', NULL_ARRAY, '{"result":null}', '{"result":null}'],
  ['nulls in an array', [null, NULL_ARRAY], '{"result":[null,null]}', '{"result":[null,null]}'],
  ['an empty array', [], '{"result":[]}', '{"result":[]}'],
  ['an array', [a, 1, [null, a]], '{"result":["a",1,[null,"a"]]}', '{"result":["YQ==",1,[null,"YQ=="]]}'],
  ['a double', new DoubleReply(1.5), '{"result":"1.5"}', '{"result":"MS41"}'],
  ['infinity', new DoubleReply(Number.POSITIVE_INFINITY), '{"result":"inf"}', '{"result":"aW5m"}'],
  ['true', new BooleanReply(true), '{"result":1}', '{"result":1}'],
  ['false', [new BooleanReply(false)], '{"result":[0]}', '{"result":[0]}'],
  ['a map', new MapReply([a, 1]), '{"result":["a",1]}', '{"result":["YQ==",1]}'],
  ['an empty map', new MapReply([]), '{"result":[]}', '{"result":[]}'],
  ['a set', new SetReply([a]), '{"result":["a"]}', '{"result":["YQ=="]}'],
  ['pairs', new PairsReply([a, new DoubleReply(2)]), '{"result":["a","2"]}', '{"result":["YQ==","Mg=="]}'],
  ['a push', new PushReply([a]), '{"result":["a"]}', '{"result":["YQ=="]}'],
  ['verbatim text', new VerbatimReply('txt', a), '{"result":"a"}', '{"result":"YQ=="}'],
  ['a big number', new BigNumberReply(ascii('123')), '{"result":"123"}', '{"result":"MTIz"}'],
  ['an error', new ErrorReply('ERR no'), '{"error":"ERR no"}', '{"error":"ERR no"}'],
  ['an error that quotes bytes', new ErrorReply(`ERR '${fromText('é')}'`), '{"error":"ERR \'é\'"}', '{"error":"ERR \'é\'"}'],
  ['an error inside an array', [new ErrorReply('ERR no')], '{"result":["ERR no"]}', '{"result":["ERR no"]}'],
  ['no reply', NO_REPLY, '{"result":null}', '{"result":null}'],
  ['a prefaced OK', new PrefacedReply(new AttributeReply([a, a]), OK), '{"result":"OK"}', '{"result":"OK"}'],
  ['a prefaced string inside', [new PrefacedReply(new PushReply([a]), a)], '{"result":["a"]}', '{"result":["YQ=="]}'],
];

test.each(cases)('%s', (_name, reply, plain, base64) => {
  expect(encodeUpstash(reply, false)).toBe(plain);
  expect(encodeUpstash(reply, true)).toBe(base64);
});

test('a transaction is an array of bodies, with errors among them', () => {
  expect(encodeUpstashTransaction([OK, 1, new ErrorReply('ERR no'), a], true)).toBe(
    '[{"result":"OK"},{"result":1},{"error":"ERR no"},{"result":"YQ=="}]',
  );
  expect(encodeUpstashTransaction([], false)).toBe('[]');
});

describe('random replies', () => {
  const random = seededRandom(7);
  const randomBytes = (): Bytes => Array.from({ length: random.below(40) }, () => String.fromCharCode(random.below(256))).join('') as Bytes;

  /** A reply, and the shape that a client must find: strings as Buffers. */
  function generate(depth: number): [Reply, unknown] {
    switch (random.below(depth > 0 ? 8 : 5)) {
      case 0: {
        const number = random.below(2 ** 31) - 2 ** 30;
        return [number, number];
      }
      case 1:
        return [null, null];
      case 2:
        return [new Status('QUEUED'), Buffer.from('QUEUED')];
      case 3:
      case 4: {
        const bytes = randomBytes();
        return [bytes, Buffer.from(bytes, 'latin1')];
      }
      case 5: {
        const items = Array.from({ length: 2 * random.below(3) }, () => generate(depth - 1));
        return [new MapReply(items.map(([reply]) => reply)), items.map(([, shape]) => shape)];
      }
      default: {
        const items = Array.from({ length: random.below(5) }, () => generate(depth - 1));
        return [items.map(([reply]) => reply), items.map(([, shape]) => shape)];
      }
    }
  }

  /** What a client makes of a result: every string is strict, padded base64. */
  function decode(result: unknown): unknown {
    if (Array.isArray(result)) return result.map(decode);
    if (typeof result !== 'string') return result;
    const bytes = Buffer.from(result, 'base64');
    expect(bytes.toString('base64')).toBe(result);
    return bytes;
  }

  test('come back unchanged through base64', () => {
    let strings = 0;
    for (let i = 0; i < 2000; i++) {
      const [reply, shape] = generate(3);
      const body = JSON.parse(encodeUpstash(reply, true)) as { result: unknown };
      expect(Object.keys(body)).toEqual(['result']);
      expect(decode(body.result)).toEqual(shape);
      strings += JSON.stringify(body).split('"').length;
    }
    expect(strings).toBeGreaterThan(5000);
  });

  test('come back as text without it', () => {
    for (let i = 0; i < 2000; i++) {
      const bytes = randomBytes();
      const body = JSON.parse(encodeUpstash([bytes], false)) as { result: string[] };
      expect(body.result).toEqual([Buffer.from(bytes, 'latin1').toString('utf8')]);
    }
  });
});
