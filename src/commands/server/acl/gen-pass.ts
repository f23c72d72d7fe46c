import { ascii } from '../../../bytes/bytes';
import { redisError, wrongSubcommandUse } from '../../../protocol/errors';
import { command } from '../../../spec/command';
import { requireInteger } from '../../../spec/cursor';

const BITS = 256;
const BITS_MAX = 4096;
const BAD_LENGTH = redisError(
  `ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to ${BITS_MAX}`,
);

export const genPass = command({
  name: 'acl|genpass',
  group: 'server',
  summary: 'Makes up a password, in hexadecimal.',
  since: '6.0.0',
  complexity: 'O(1)',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  syntax: '[bits:integer]',
  sharding: 'local',
  run(ctx, argv) {
    if (argv.length > 3) throw wrongSubcommandUse(argv);
    const bits = argv.length > 2 ? requireInteger(argv[2]) : BITS;
    if (bits <= 0 || bits > BITS_MAX) throw BAD_LENGTH;
    return ascii(ctx.server.secretHex(Math.ceil(bits / 4)));
  },
});
