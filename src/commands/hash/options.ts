// The options of HGETEX and HSETEX: words in any order around `FIELDS numfields …`.

import type { Bytes } from '../../bytes/bytes';
import { redisError, shown, wrongArity } from '../../protocol/errors';
import type { ErrorReply } from '../../protocol/reply';
import { Cursor } from '../../spec/cursor';
import { requireFieldDeadline, type TimeForm } from './field-deadline';

const REPEATED_FIELDS = redisError('ERR FIELDS keyword specified multiple times');
const MISSING_FIELDS = redisError('ERR missing FIELDS argument');
const BAD_COUNT = redisError('ERR invalid number of fields');
const TOO_FEW = redisError('ERR wrong number of arguments');
const MISSING_TIME = redisError('ERR missing expire time');
const TWO_CONDITIONS = redisError('ERR Only one of FXX or FNX arguments can be specified');
/** Redis' count of this command is an int. */
const MAX_COUNT = 2 ** 31 - 1;

const TIME_FORMS: Readonly<Record<string, TimeForm>> = {
  EX: { inSeconds: true, relative: true },
  PX: { inSeconds: false, relative: true },
  EXAT: { inSeconds: true, relative: false },
  PXAT: { inSeconds: false, relative: false },
};

export interface FieldOptions {
  /** Unix milliseconds, or a word about the deadlines that are there. */
  readonly expiry: number | 'PERSIST' | 'KEEPTTL' | undefined;
  readonly condition: 'FNX' | 'FXX' | undefined;
  /** What stands after numfields: fields, or fields with values. */
  readonly items: readonly Bytes[];
}

interface Grammar {
  readonly command: string;
  /** Arguments for each field. */
  readonly width: 1 | 2;
  /** What may stand in the place of a time. */
  readonly word: 'PERSIST' | 'KEEPTTL';
  readonly conditions: boolean;
  readonly twoExpiries: ErrorReply;
}

export const HGETEX: Grammar = {
  command: 'hgetex',
  width: 1,
  word: 'PERSIST',
  conditions: false,
  twoExpiries: redisError('ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified'),
};

export const HSETEX: Grammar = {
  command: 'hsetex',
  width: 2,
  word: 'KEEPTTL',
  conditions: true,
  twoExpiries: redisError('ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified'),
};

/** Reads all that follows the key, complaining in the order in which Redis does. */
export function readFieldOptions(grammar: Grammar, argv: readonly Bytes[], now: number): FieldOptions {
  const { command, width, word, conditions, twoExpiries } = grammar;
  const cursor = new Cursor(argv, 2);
  let expiry: FieldOptions['expiry'];
  let condition: FieldOptions['condition'];
  let items: readonly Bytes[] | undefined;
  while (!cursor.done) {
    const option = (argv[cursor.position] as Bytes).toUpperCase();
    const arg = cursor.next();
    const form = TIME_FORMS[option];
    if (option === 'FIELDS') {
      if (items) throw REPEATED_FIELDS;
      if (cursor.done) throw wrongArity(command);
      const count = cursor.integer(BAD_COUNT, 1, MAX_COUNT) * width;
      if (count > cursor.left) throw TOO_FEW;
      items = cursor.take(count);
    } else if (form || option === word) {
      if (expiry !== undefined) throw twoExpiries;
      expiry = form ? requireFieldDeadline(cursor.next(MISSING_TIME), form, now, command) : word;
    } else if (conditions && (option === 'FNX' || option === 'FXX')) {
      if (condition) throw TWO_CONDITIONS;
      condition = option;
    } else throw redisError(`ERR unknown argument: ${shown(arg)}`);
  }
  if (!items) throw MISSING_FIELDS;
  return { expiry, condition, items };
}
