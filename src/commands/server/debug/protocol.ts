import { ascii, type Bytes } from '../../../bytes/bytes';
import { redisError } from '../../../protocol/errors';
import {
  AttributeReply,
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  MapReply,
  PrefacedReply,
  PushReply,
  type Reply,
  SetReply,
  VerbatimReply,
} from '../../../protocol/reply';
import { debugCommand } from './shared';

const NAMES = 'string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false';
const UNKNOWN = redisError(`ERR Wrong protocol type name. Please use one of the following: ${NAMES}`);
const RESP3_ONLY = redisError('ERR RESP2 is not supported by this command');

/** The values are Redis': its suite and those of client libraries compare with them. */
function sample(type: string, protocol: 2 | 3): Reply {
  switch (type) {
    case 'string':
      return ascii('Hello World');
    case 'integer':
      return 12345;
    case 'double':
      // biome-ignore lint/suspicious/noApproximativeNumericConstant: Redis' own sample, not a computation.
      return new DoubleReply(3.141);
    case 'bignum':
      return new BigNumberReply(ascii('1234567999999999999999999999999999999'));
    case 'null':
      return null;
    case 'array':
      return [0, 1, 2];
    case 'set':
      return new SetReply([0, 1, 2]);
    case 'map':
      return new MapReply([0, new BooleanReply(false), 1, new BooleanReply(true), 2, new BooleanReply(false)]);
    case 'attrib':
      return new PrefacedReply(
        new AttributeReply([ascii('key-popularity'), [ascii('key:123'), 90]]),
        ascii('Some real reply following the attribute'),
      );
    case 'push':
      if (protocol === 2) throw RESP3_ONLY;
      return new PrefacedReply(new PushReply([ascii('server-cpu-usage'), 42]), ascii('Some real reply following the push reply'));
    case 'verbatim':
      return new VerbatimReply('txt', ascii('This is a verbatim\nstring'));
    case 'true':
      return new BooleanReply(true);
    case 'false':
      return new BooleanReply(false);
    default:
      throw UNKNOWN;
  }
}

export const debugProtocol = debugCommand('protocol', {
  summary: 'Answers with a sample of one type of reply.',
  arity: 3,
  syntax: 'type',
  run: (ctx, argv) => sample((argv[2] as Bytes).toLowerCase(), ctx.client.protocol),
});
