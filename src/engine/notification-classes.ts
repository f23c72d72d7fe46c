// The classes of keyspace notifications, by the letters of `notify-keyspace-events`, and the class of every event (notify.c).

/** Classes that `A` stands for, in Redis' order of printing. */
const ALL = 'g$lshzxetd';
/** Classes that `A` leaves out; CONFIG GET does not show them beside it. Redis 8.2 has added `o` and `c`. */
const BEYOND_ALL = 'noc';
/** Which of the two channels, and the class of misses, which CONFIG GET shows last. */
const LAST = 'KEm';
const LETTERS = ALL + BEYOND_ALL + LAST;

const EVENTS: Readonly<Record<string, readonly string[]>> = {
  g: ['del', 'expire', 'persist', 'rename_from', 'rename_to', 'copy_to', 'restore'],
  $: ['set', 'setbit', 'setrange', 'append', 'incrby', 'incrbyfloat', 'pfadd'],
  l: ['lpush', 'rpush', 'lpop', 'rpop', 'linsert', 'lset', 'lrem', 'ltrim', 'sortstore'],
  s: ['sadd', 'srem', 'spop', 'sinterstore', 'sunionstore', 'sdiffstore'],
  h: ['hset', 'hincrby', 'hincrbyfloat', 'hdel', 'hexpire', 'hexpired', 'hpersist'],
  z: [
    ...['zadd', 'zincr', 'zrem', 'zremrangebyrank', 'zremrangebyscore', 'zremrangebylex', 'zpopmin', 'zpopmax'],
    ...['zrangestore', 'zinterstore', 'zunionstore', 'zdiffstore', 'geosearchstore', 'georadiusstore'],
  ],
  t: [
    ...['xadd', 'xtrim', 'xdel', 'xsetid', 'xcfgset', 'xidmprecord', 'xgroup-create', 'xgroup-setid', 'xgroup-destroy'],
    ...['xgroup-createconsumer', 'xgroup-delconsumer'],
  ],
  x: ['expired'],
  e: ['evicted'],
  // What Redis has in modules or has added since; modules send the names of their commands.
  d: [
    ...['json.set', 'json.mset', 'json.merge', 'json.del', 'json.clear', 'json.toggle', 'json.strappend'],
    ...['json.numincrby', 'json.nummultby', 'json.numpowby', 'json.arrappend', 'json.arrinsert', 'json.arrpop', 'json.arrtrim'],
    ...['bf.reserve', 'bf.add', 'bf.loadchunk', 'cf.reserve', 'cf.add', 'cf.del', 'cf.loadchunk'],
    ...['cms.initbydim', 'cms.initbyprob', 'cms.incrby', 'cms.merge', 'topk.reserve', 'topk.add', 'topk.incrby', 'cl.throttle'],
    ...['arset', 'armset', 'ardel', 'ardelrange', 'arinsert', 'arseek', 'arring'],
  ],
  n: ['new'],
  o: ['overwritten'],
  c: ['type_changed'],
  m: ['keymiss'],
};

function bitOf(letter: string): number {
  return 1 << LETTERS.indexOf(letter);
}

export const KEYSPACE = bitOf('K');
export const KEYEVENT = bitOf('E');

const CLASSES: ReadonlyMap<string, number> = new Map(
  Object.entries(EVENTS).flatMap(([letter, events]) => events.map((event): [string, number] => [event, bitOf(letter)])),
);

/** The bit of an event's class. */
export function classOf(event: string): number {
  const bit = CLASSES.get(event);
  if (bit === undefined) throw new Error(`the event ${event} has no class`);
  return bit;
}

/** The classes that a text names, each once and in order, or undefined where it names something else. */
export function parseClasses(text: string): string | undefined {
  const named = new Set(text.replaceAll('A', ALL));
  for (const letter of named) if (!LETTERS.includes(letter)) return undefined;
  return [...LETTERS].filter((letter) => named.has(letter)).join('');
}

/** As CONFIG GET shows what {@link parseClasses} gave. */
export function shownClasses(classes: string): string {
  return classes.startsWith(ALL) ? `A${[...classes].filter((letter) => LAST.includes(letter)).join('')}` : classes;
}

/** The bits of what {@link parseClasses} gave. */
export function bitsOf(classes: string): number {
  let bits = 0;
  for (const letter of classes) bits |= bitOf(letter);
  return bits;
}
