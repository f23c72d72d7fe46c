// What XADD's IDMP goes by, and how the journal says what it has noted.

import type { Bytes } from '../../bytes/bytes';
import { NO_SUCH_KEY, redisError, SYNTAX } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asStream } from '../../spec/narrow';
import { Producers } from '../../types/stream/producers';
import { requireId } from './ids';

const MAX_DURATION_SECONDS = 86_400;
const MAX_NAMES = 10_000;
const NOTHING = redisError('ERR At least one parameter must be specified');
const WRONG_DURATION = redisError(`ERR IDMP-DURATION must be between 1 and ${MAX_DURATION_SECONDS} seconds`);
const WRONG_NAMES = redisError(`ERR IDMP-MAXSIZE must be between 1 and ${MAX_NAMES} entries`);
const EMPTY_NAME = redisError('ERR producer ID and idempotent ID must not be empty');
const NO_ENTRY = redisError('ERR no such entry in the stream');
const OTHER_ENTRY = redisError('ERR the idempotent ID belongs to another entry');

export const xcfgset = command({
  name: 'xcfgset',
  group: 'stream',
  summary: 'Sets for how long, and how many, names of entries that producers give with IDMP are remembered.',
  since: '8.6.0',
  complexity: 'O(1)',
  arity: -2,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: 'key [IDMP-DURATION idmp-duration:integer] [IDMP-MAXSIZE idmp-maxsize:integer]',
  run(ctx, argv) {
    const cursor = new Cursor(argv, 2);
    let duration: number | undefined;
    let names: number | undefined;
    if (cursor.done) throw NOTHING;
    while (!cursor.done) {
      if (cursor.option('IDMP-DURATION')) {
        duration = cursor.integer();
        if (duration < 1 || duration > MAX_DURATION_SECONDS) throw WRONG_DURATION;
      } else if (cursor.option('IDMP-MAXSIZE')) {
        names = cursor.integer();
        if (names < 1 || names > MAX_NAMES) throw WRONG_NAMES;
      } else throw SYNTAX;
    }
    const key = argv[1] as Bytes;
    const stream = asStream(ctx.keys.write(key));
    if (!stream) throw NO_SUCH_KEY;
    stream.producers ??= new Producers();
    const { durationSeconds, maxNames } = stream.producers;
    stream.producers.configure(duration ?? durationSeconds, names ?? maxNames);
    ctx.keys.changedAside(key, 'xcfgset');
    return OK;
  },
});

export const xidmprecord = command({
  name: 'xidmprecord',
  group: 'stream',
  summary: 'Notes by which name a producer knows an entry of a stream.',
  since: '8.6.2',
  complexity: 'O(1)',
  arity: 5,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: 'key producer-id idempotent-id stream-id',
  run(ctx, argv) {
    const [, key, producer, name] = argv as [Bytes, Bytes, Bytes, Bytes];
    if (producer === '' || name === '') throw EMPTY_NAME;
    const id = requireId(argv[4]);
    const stream = asStream(ctx.keys.write(key));
    if (!stream) throw NO_SUCH_KEY;
    if (!ctx.replaying) {
      if (!stream.entries.has(id)) throw NO_ENTRY;
      const known = stream.producers?.find(producer, name, ctx.now);
      if (known === id) return OK;
      if (known !== undefined) throw OTHER_ENTRY;
    }
    stream.producers ??= new Producers();
    stream.producers.add(producer, name, id, ctx.now);
    ctx.keys.changedAside(key, 'xidmprecord');
    return OK;
  },
});
