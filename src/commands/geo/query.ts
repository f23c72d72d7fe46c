// The options of all searches. As in Redis the key is looked up first and the options are read one by one, so that the
// errors come in its order.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import { Cursor } from '../../spec/cursor';
import { type Point, pointOf } from '../../structures/geohash';
import type { ZSetValue } from '../../types/zset';
import { requireBox, requireCircle, requirePoint, type Shape } from './arguments';

const NO_MEMBER = redisError('ERR could not decode requested zset member');
const NOT_POSITIVE = redisError('ERR COUNT must be > 0');
const ANY_NEEDS_COUNT = redisError('ERR the ANY argument requires COUNT argument');

/** What a command has settled by its name. */
export interface QueryForm {
  /** Centre and shape are options (GEOSEARCH), not arguments. */
  readonly open: boolean;
  /** `key`: STORE and STOREDIST name a key; `distances`: STOREDIST is a switch, the key is an argument. */
  readonly store: 'no' | 'key' | 'distances';
}

export interface Query {
  /** Undefined where the sorted set that it would be read from is missing. */
  centre: Point | undefined;
  shape: Shape | undefined;
  order: 'none' | 'asc' | 'desc';
  /** 0: all. */
  count: number;
  /** Any `count` of those that fit, not the nearest. */
  any: boolean;
  withDistance: boolean;
  withHash: boolean;
  withCoordinates: boolean;
  storeKey: Bytes | undefined;
  storeDistances: boolean;
}

export function newQuery(): Query {
  return {
    centre: undefined,
    shape: undefined,
    order: 'none',
    count: 0,
    any: false,
    withDistance: false,
    withHash: false,
    withCoordinates: false,
    storeKey: undefined,
    storeDistances: false,
  };
}

/** Where a member is. */
export function requireMember(zset: ZSetValue, member: Bytes): Point {
  const score = zset.score(member);
  if (score === undefined) throw NO_MEMBER;
  return pointOf(score);
}

/** Reads the options from `at` to the end of `argv` into a query. */
export function readOptions(query: Query, argv: readonly Bytes[], at: number, form: QueryForm, zset: ZSetValue | undefined): void {
  const reader = new OptionReader(query, new Cursor(argv, at), form, zset);
  reader.readAll();
  const { withDistance, withHash, withCoordinates, storeKey } = query;
  if (storeKey !== undefined && (withDistance || withHash || withCoordinates)) {
    const subject = form.open ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS';
    throw redisError(`ERR ${subject} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
  }
  if (form.open && reader.from === undefined)
    throw redisError(`ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${argv[0]}`);
  if (form.open && reader.by === undefined) throw redisError(`ERR exactly one of BYRADIUS and BYBOX can be specified for ${argv[0]}`);
  if (query.any && query.count === 0) throw ANY_NEEDS_COUNT;
}

class OptionReader {
  from: 'member' | 'point' | undefined;
  by: 'radius' | 'box' | undefined;

  constructor(
    private readonly query: Query,
    private readonly cursor: Cursor,
    private readonly form: QueryForm,
    private readonly zset: ZSetValue | undefined,
  ) {}

  readAll(): void {
    const { cursor, query } = this;
    while (!cursor.done) {
      if (cursor.keyword('WITHDIST')) query.withDistance = true;
      else if (cursor.keyword('WITHHASH')) query.withHash = true;
      else if (cursor.keyword('WITHCOORD')) query.withCoordinates = true;
      else if (cursor.keyword('ANY')) query.any = true;
      else if (cursor.keyword('ASC')) query.order = 'asc';
      else if (cursor.keyword('DESC')) query.order = 'desc';
      else if (cursor.option('COUNT')) this.readCount();
      else if (!this.takeStore() && !(this.form.open && (this.takeCentre() || this.takeShape()))) throw SYNTAX;
    }
  }

  private readCount(): void {
    this.query.count = this.cursor.integer();
    if (this.query.count <= 0) throw NOT_POSITIVE;
  }

  private takeStore(): boolean {
    const { cursor, query } = this;
    const { store } = this.form;
    if (store === 'distances') {
      if (!cursor.keyword('STOREDIST')) return false;
      query.storeDistances = true;
      return true;
    }
    if (store === 'no') return false;
    if (cursor.option('STORE')) query.storeDistances = false;
    else if (cursor.option('STOREDIST')) query.storeDistances = true;
    else return false;
    query.storeKey = cursor.next();
    return true;
  }

  private takeCentre(): boolean {
    const { cursor, query, zset } = this;
    if (this.from !== 'point' && cursor.option('FROMMEMBER')) {
      const member = cursor.next();
      if (zset) query.centre = requireMember(zset, member);
      this.from = 'member';
      return true;
    }
    if (this.from === 'member' || !cursor.option('FROMLONLAT', 2)) return false;
    query.centre = requirePoint(cursor.next(), cursor.next());
    this.from = 'point';
    return true;
  }

  private takeShape(): boolean {
    const { cursor, query } = this;
    if (this.by !== 'box' && cursor.option('BYRADIUS', 2)) {
      query.shape = requireCircle(cursor.next(), cursor.next());
      this.by = 'radius';
      return true;
    }
    if (this.by === 'radius' || !cursor.option('BYBOX', 3)) return false;
    query.shape = requireBox(cursor.next(), cursor.next(), cursor.next());
    this.by = 'box';
    return true;
  }
}
