// Units, coordinates and distances: how they are read and written.

import { ascii, type Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import { DoubleReply, type Reply } from '../../protocol/reply';
import { requireDouble } from '../../spec/cursor';
import { LATITUDES, LONGITUDES, type Point } from '../../structures/geohash';

const UNKNOWN_UNIT = redisError('ERR unsupported unit provided. please use M, KM, FT, MI');
const NOT_A_RADIUS = redisError('ERR need numeric radius');
const NEGATIVE_RADIUS = redisError('ERR radius cannot be negative');
const NOT_A_WIDTH = redisError('ERR need numeric width');
const NOT_A_HEIGHT = redisError('ERR need numeric height');
const NEGATIVE_BOX = redisError('ERR height or width cannot be negative');

/** Metres. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['m', 1],
  ['km', 1000],
  ['ft', 0.3048],
  ['mi', 1609.34],
]);

/** How many metres a unit has. */
export function requireUnit(arg: Bytes): number {
  const metres = UNITS.get(arg.toLowerCase());
  if (metres === undefined) throw UNKNOWN_UNIT;
  return metres;
}

export function requirePoint(longitudeArgument: Bytes, latitudeArgument: Bytes): Point {
  const longitude = requireDouble(longitudeArgument);
  const latitude = requireDouble(latitudeArgument);
  if (longitude < LONGITUDES.min || longitude > LONGITUDES.max || latitude < LATITUDES.min || latitude > LATITUDES.max)
    throw redisError(`ERR invalid longitude,latitude pair ${sixDecimals(longitude)},${sixDecimals(latitude)}`);
  return { longitude, latitude };
}

/** C's `%f`. */
function sixDecimals(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

/** What a search looks in, around its centre. Lengths in the given unit. */
export type Shape = { readonly unit: number } & ({ readonly radius: number } | { readonly width: number; readonly height: number });

export function requireCircle(radiusArgument: Bytes, unitArgument: Bytes): Shape {
  const radius = requireDouble(radiusArgument, NOT_A_RADIUS);
  if (radius < 0) throw NEGATIVE_RADIUS;
  return { radius, unit: requireUnit(unitArgument) };
}

export function requireBox(widthArgument: Bytes, heightArgument: Bytes, unitArgument: Bytes): Shape {
  const width = requireDouble(widthArgument, NOT_A_WIDTH);
  const height = requireDouble(heightArgument, NOT_A_HEIGHT);
  if (height < 0 || width < 0) throw NEGATIVE_BOX;
  return { width, height, unit: requireUnit(unitArgument) };
}

const DISTANCE_DECIMALS = 4;
const DISTANCE_SCALE = 10 ** DISTANCE_DECIMALS;

/** A distance with four decimals, half of a last digit rounded to the even one (util.c fixedpoint_d2string). */
export function distanceReply(distance: number): Reply {
  const scaled = distance * DISTANCE_SCALE;
  let digits = Math.round(scaled);
  if (digits - scaled === 0.5 && digits % 2 !== 0) digits--;
  const text = `${digits}`.padStart(DISTANCE_DECIMALS + 1, '0');
  return ascii(`${text.slice(0, -DISTANCE_DECIMALS)}.${text.slice(-DISTANCE_DECIMALS)}`);
}

const COORDINATE_DECIMALS = 17;

/** A coordinate with up to 17 decimals: more than a double has, but so Redis writes them (networking.c addReplyHumanLongDouble). */
function coordinateReply(value: number): Reply {
  const text = value.toFixed(COORDINATE_DECIMALS).replace(/\.?0+$/, '');
  return new DoubleReply(value, ascii(text === '-0' ? '0' : text));
}

export function pointReply({ longitude, latitude }: Point): Reply {
  return [coordinateReply(longitude), coordinateReply(latitude)];
}
