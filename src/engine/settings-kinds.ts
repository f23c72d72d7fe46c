// What values a setting takes, how they are read from CONFIG SET and printed by CONFIG GET, and Redis' words for a value
// that is refused (config.c). A kind turns what a client wrote into the text that is kept, or into a refusal.

import { ascii, type Bytes } from '../bytes/bytes';
import { parseDouble } from '../bytes/double';
import { type Int64, parseInt64 } from '../bytes/integer';
import { parseMemorySize } from '../bytes/memory-size';
import { parseClasses } from './notification-classes';

/** A value that is refused, in the words that end the error of CONFIG SET. */
export class Refused {
  constructor(readonly reason: string) {}
}

/** @param current the value kept so far, for settings that change in parts */
export type Kind = (text: Bytes, current: Bytes) => Bytes | Refused;

const INT_MAX = 2147483647;
export const INT64_MAX = 9223372036854775807n;
export const UINT64_MAX = 18446744073709551615n;

function bounded(value: Int64, min: Int64, max: Int64): Bytes | Refused {
  if (value < min || value > max) return new Refused(`argument must be between ${min} and ${max} inclusive`);
  return ascii(`${value}`);
}

export function integer(min: Int64 = 0, max: Int64 = INT_MAX): Kind {
  return (text) => {
    const value = parseInt64(text);
    return value === undefined ? new Refused("argument couldn't be parsed into an integer") : bounded(value, min, max);
  };
}

export function memory(min: Int64 = 0, max: Int64 = INT64_MAX): Kind {
  return (text) => {
    const bytes = parseMemorySize(text);
    return bytes === undefined ? new Refused('argument must be a memory value') : bounded(bytes, min, max);
  };
}

/** Bytes, or a share of maxmemory (`5%`). */
export function memoryOrPercent(): Kind {
  return (text) => {
    const bytes = parseMemorySize(text);
    if (bytes !== undefined) return bounded(bytes, 0, INT64_MAX);
    const percent = text.endsWith('%') ? parseInt64(text.slice(0, -1)) : undefined;
    if (percent === undefined || percent < 0) return new Refused('argument must be a memory or percent value');
    if (percent > 100) return new Refused('percentage argument must be less or equal to 100');
    return ascii(percent === 0 ? '0' : `${percent}%`);
  };
}

export function yesNo(): Kind {
  return (text) => {
    const word = text.toLowerCase();
    return word === 'yes' || word === 'no' ? ascii(word) : new Refused("argument must be 'yes' or 'no'");
  };
}

export function oneOf(...words: string[]): Kind {
  return (text) => {
    const word = text.toLowerCase();
    if (words.includes(word)) return ascii(word);
    return new Refused(`argument(s) must be one of the following: ${words.join(', ')}`);
  };
}

export function anyText(): Kind {
  return (text) => text;
}

/** Only the value that it has; any other is refused for this reason. */
export function unchanged(reason: string): Kind {
  return (text, current) => (text === current ? text : new Refused(reason));
}

/** Couples of seconds and changes. */
export function savePoints(): Kind {
  return (text) => {
    if (text === '') return text;
    const numbers = text.split(' ').map(parseInt64);
    const valid = numbers.length % 2 === 0 && numbers.every((value, i) => value !== undefined && value >= (i % 2 === 0 ? 1 : 0));
    return valid ? ascii(numbers.join(' ')) : new Refused('Invalid save parameters');
  };
}

/** Classes of keyspace notifications, all of them, in order. */
export function eventClasses(): Kind {
  return (text) => {
    const classes = parseClasses(text);
    return classes === undefined ? new Refused("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.") : ascii(classes);
  };
}

const BUFFER_CLASSES = ['normal', 'slave', 'pubsub'];

/** Four words a class of clients: its name, the hard limit, the soft limit and its seconds. Classes left out keep theirs. */
export function outputBufferLimits(): Kind {
  return (text, current) => {
    const words = text.split(' ');
    if (words.length % 4 !== 0) return new Refused('Wrong number of arguments in buffer limit configuration.');
    const limits = current.split(' ');
    for (let i = 0; i < words.length; i += 4) {
      const [name = '', hard = '', soft = '', seconds = ''] = words.slice(i, i + 4);
      const index = BUFFER_CLASSES.indexOf(name.toLowerCase() === 'replica' ? 'slave' : name.toLowerCase());
      if (index < 0) return new Refused('Invalid client class specified in buffer limit configuration.');
      const hardBytes = parseMemorySize(ascii(hard));
      const softBytes = parseMemorySize(ascii(soft));
      if (hardBytes === undefined || softBytes === undefined || !/^\d+$/.test(seconds)) {
        return new Refused('Error in hard, soft or soft_seconds setting in buffer limit configuration.');
      }
      limits.splice(index * 4 + 1, 3, `${hardBytes}`, `${softBytes}`, `${Number(seconds)}`);
    }
    return ascii(limits.join(' '));
  };
}

/** Percentages between 0 and 100. */
export function percentiles(): Kind {
  return (text) => {
    if (text === '') return text;
    const numbers = text.split(' ').map(parseDouble);
    if (numbers.includes(undefined)) return new Refused('Invalid latency-tracking-info-percentiles parameters');
    if (numbers.some((value) => (value as number) < 0 || (value as number) > 100)) {
      return new Refused('latency-tracking-info-percentiles parameters should sit between [0.0,100.0]');
    }
    return ascii(numbers.join(' '));
  };
}
