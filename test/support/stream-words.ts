// Words for random command lines about streams: ids that often follow the last one and often exist, and what the syntax of
// the commands does not say.

import type { Random } from '../../src/spec/context';

const GROUPS = ['g1', 'g2', 'g3'];
const CONSUMERS = ['c1', 'c2', 'c3', 'c4'];
/** No time in between: two clocks agree on what has been pending for long. */
const IDLE_TIMES = ['0', '0', '0', '-5', '1000000000', 'x'];
const ODD_IDS = ['0', '0-0', '', 'x', '1-', '18446744073709551615-18446744073709551615', '5-18446744073709551615', '007-1', '-', '+', '$'];

export class StreamWords {
  /** The time of the newest id. */
  private newest = 100;

  constructor(private readonly random: Random) {}

  /** Undefined for a name that means nothing special to streams. */
  text(name: string): string | undefined {
    switch (name) {
      case 'group':
      case 'groupname':
        return this.pick(GROUPS);
      case 'consumer':
      case 'consumername':
        return this.pick(CONSUMERS);
      case 'min-idle-time':
        return this.pick(IDLE_TIMES);
      case 'start':
      case 'end':
        return this.bound();
      case 'last-id':
        // Below an id that was deleted it is refused since 7.2 only.
        return this.fresh();
      case 'id':
      case 'max_deleted_entry_id':
        return this.id();
      default:
        return undefined;
    }
  }

  /** A new entry. */
  addition(key: string): string[] {
    return ['XADD', key, this.fresh(), ...this.pairs()];
  }

  group(key: string): string[] {
    return ['XGROUP', 'CREATE', key, this.pick(GROUPS), this.pick(['0', '0', '$', this.id()]), ...this.pick([[], ['MKSTREAM']])];
  }

  /** Lines that first make what 7.0 makes later than 7.2 does: the consumer, whether or not it is given anything. */
  withConsumer(line: readonly string[]): (readonly string[])[] {
    const name = (line[0] as string).toUpperCase();
    if (name === 'XCLAIM' || name === 'XAUTOCLAIM') return [...this.consumer(line[1], line[2], line[3]), line];
    if (name !== 'XREADGROUP') return [line];
    const streams = line.indexOf('STREAMS');
    const keys = streams < 0 ? [] : line.slice(streams + 1);
    return [...keys.flatMap((key) => this.consumer(key, line[2], line[3])), line];
  }

  private consumer(key: string | undefined, group: string | undefined, consumer: string | undefined): string[][] {
    return key === undefined || group === undefined || consumer === undefined ? [] : [['XGROUP', 'CREATECONSUMER', key, group, consumer]];
  }

  /** Puts right what the grammar cannot know. */
  fitting(name: string, line: string[], key: () => string): string[] {
    if (name === 'xread' || name === 'xreadgroup') {
      const streams = line.indexOf('STREAMS');
      if (streams < 0) return line;
      const keys = Array.from({ length: 1 + this.random.below(3) }, key);
      line.splice(streams + 1, line.length, ...keys, ...keys.map(() => this.position(name === 'xreadgroup')));
    } else if (name === 'xadd' || name === 'xtrim') this.fitTrim(name === 'xadd', line);
    return line;
  }

  private fitTrim(adds: boolean, line: string[]): void {
    const maxLength = line.indexOf('MAXLEN');
    const minId = line.indexOf('MINID');
    const strategy = Math.max(maxLength, minId);
    let at = 2;
    if (strategy > 0) {
      at = strategy + 1;
      const operator = line[at];
      if (operator === '=' || operator === '~') at++;
      line[at] = maxLength > 0 ? `${this.random.below(25)}` : this.id();
      const limit = line.indexOf('LIMIT');
      if (limit > 0 && operator !== '~' && this.random.below(3) > 0) line.splice(limit, 2);
      else if (limit > 0) line[limit + 1] = `${this.random.below(15) - 1}`;
      at = line[at + 1] === 'LIMIT' ? at + 3 : at + 1;
    }
    if (!adds) return;
    const nomkstream = line.indexOf('NOMKSTREAM');
    line.splice(Math.max(at, nomkstream + 1), line.length, this.random.below(4) > 0 ? this.fresh() : this.id(), ...this.pairs());
  }

  private pairs(): string[] {
    const names = this.pick([['a'], ['a'], ['a', 'b'], ['b', 'a', 'c'], ['1000']]);
    return names.flatMap((name) => [name, this.pick(['', '1', '-70000', '9223372036854775807', 'text', 'v'.repeat(40), '\xff\x00\r\n'])]);
  }

  private position(ofGroup: boolean): string {
    const usual = ofGroup ? ['>', '>', '>', '0', this.id()] : ['0', '$', this.id(), this.id()];
    const position = this.random.below(20) === 0 ? this.pick(['x', ofGroup ? '$' : '>', '-']) : this.pick(usual);
    // Since 7.4.
    return position === '+' ? '-' : position;
  }

  private fresh(): string {
    this.newest += this.random.below(3);
    return this.random.below(3) === 0 ? `${this.newest}` : `${this.newest}-${this.random.below(4)}`;
  }

  /** One of the last ids, in whole or in part. */
  private id(): string {
    if (this.random.below(15) === 0) return this.pick(ODD_IDS);
    const ms = this.newest - this.random.below(40);
    return this.random.below(3) === 0 ? `${ms}` : `${ms}-${this.random.below(4)}`;
  }

  private bound(): string {
    const id = this.pick(['-', '+', this.id(), this.id()]);
    return this.random.below(4) === 0 ? `(${id}` : id;
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }
}
