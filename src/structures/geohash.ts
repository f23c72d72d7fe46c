// Geohashes as Redis has them: a longitude and a latitude, each as a number of `step` bits, whose bits alternate in one
// integer, so that what is close together mostly has close numbers. In the score of a sorted set there are 52 bits.

/** The widest square around the equator that a Mercator map shows (EPSG:3857): the poles have no geohash. */
export const LONGITUDES: Range = { min: -180, max: 180 };
export const LATITUDES: Range = { min: -85.05112878, max: 85.05112878 };
/** What the geohashes that people write have instead. */
const ALL_LATITUDES: Range = { min: -90, max: 90 };
const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';
const LETTER_BITS = 5;

/** Bits of each coordinate in a score. */
const SCORE_STEP = 26;
const SCORE_BITS = 2 * SCORE_STEP;
const HALF = 2 ** 32;

interface Range {
  readonly min: number;
  readonly max: number;
}

export interface Point {
  readonly longitude: number;
  readonly latitude: number;
}

/** A cell of the grid that halves the world `step` times in both directions. */
interface Cell {
  readonly x: number;
  readonly y: number;
  readonly step: number;
}

interface Area {
  readonly longitude: Range;
  readonly latitude: Range;
}

// ---- alternating bits

/** The lowest 16 bits, each followed to the left by a zero bit. */
function spread(bits: number): number {
  let spread = bits & 0xffff;
  spread = (spread | (spread << 8)) & 0x00ff00ff;
  spread = (spread | (spread << 4)) & 0x0f0f0f0f;
  spread = (spread | (spread << 2)) & 0x33333333;
  return (spread | (spread << 1)) & 0x55555555;
}

/** Every second of 32 bits. */
function gather(bits: number): number {
  let gathered = bits & 0x55555555;
  gathered = (gathered | (gathered >>> 1)) & 0x33333333;
  gathered = (gathered | (gathered >>> 2)) & 0x0f0f0f0f;
  gathered = (gathered | (gathered >>> 4)) & 0x00ff00ff;
  return (gathered | (gathered >>> 8)) & 0xffff;
}

/** The number of a cell, in two halves of 32 bits. */
function halvesOf({ x, y }: Cell): { readonly high: number; readonly low: number } {
  const half = (shift: number): number => (spread(y >>> shift) | (spread(x >>> shift) << 1)) >>> 0;
  return { high: half(16), low: half(0) };
}

/** The halves of a score as a 64-bit integer, as C converts it; scores that no geohash makes can be any number. */
function halvesOfScore(score: number): { readonly high: number; readonly low: number } {
  if (score >= 0 && score <= Number.MAX_SAFE_INTEGER) return { high: Math.floor(score / HALF), low: Math.trunc(score) % HALF };
  const converted =
    Math.abs(score) < 2 ** 64 && score > -(2 ** 63) ? BigInt.asUintN(64, BigInt(Math.trunc(score))) : score > 0 ? 0n : 1n << 63n;
  return { high: Number(converted >> 32n), low: Number(converted & 0xffffffffn) };
}

// ---- cells and points

function cellIn({ longitude, latitude }: Point, longitudes: Range, latitudes: Range, step: number): Cell {
  const place = (value: number, { min, max }: Range): number => Math.floor(((value - min) / (max - min)) * 2 ** step);
  return { x: place(longitude, longitudes), y: place(latitude, latitudes), step };
}

function cellOf(point: Point, step: number): Cell {
  return cellIn(point, LONGITUDES, LATITUDES, step);
}

function areaOf({ x, y, step }: Cell): Area {
  const along = (place: number, { min, max }: Range): number => min + (place / 2 ** step) * (max - min);
  return {
    // Numbers of 32 bits in Redis: only in scores that no geohash makes does that show.
    longitude: { min: along(x, LONGITUDES), max: along((x + 1) % HALF, LONGITUDES) },
    latitude: { min: along(y, LATITUDES), max: along((y + 1) % HALF, LATITUDES) },
  };
}

/** The cell so many cells to the east and to the north. The grid goes round in both directions. */
function neighbour({ x, y, step }: Cell, east: number, north: number): Cell {
  const size = 2 ** step;
  const moved = (place: number, by: number): number => (by === 0 ? place : (((place + by) % size) + size) % size);
  return { x: moved(x, east), y: moved(y, north), step };
}

// ---- scores

export function scoreOf(point: Point): number {
  const { high, low } = halvesOf(cellOf(point, SCORE_STEP));
  return high * HALF + low;
}

/** The scores of all points in a cell: from the first to before the second. */
export function scoresOf(cell: Cell): Range {
  const { high, low } = halvesOf(cell);
  const scale = 2 ** (SCORE_BITS - 2 * cell.step);
  return { min: (high * HALF + low) * scale, max: (high * HALF + (low + 1)) * scale };
}

/** The middle of the cell that a score is. */
export function pointOf(score: number): Point {
  const { high, low } = halvesOfScore(score);
  const place = (shift: number): number => (gather(low >>> shift) | (gather(high >>> shift) << 16)) >>> 0;
  const { longitude, latitude } = areaOf({ x: place(1), y: place(0), step: SCORE_STEP });
  return { longitude: middleOf(longitude, LONGITUDES), latitude: middleOf(latitude, LATITUDES) };
}

function middleOf({ min, max }: Range, within: Range): number {
  return Math.max(Math.min((min + max) / 2, within.max), within.min);
}

/** The geohash of a point as people write it: eleven letters, the last of which is always 0. */
export function lettersOf(point: Point): string {
  const { high, low } = halvesOf(cellIn(point, LONGITUDES, ALL_LATITUDES, SCORE_STEP));
  const bits = (BigInt(high) << 32n) | BigInt(low);
  let letters = '';
  for (let shift = SCORE_BITS - LETTER_BITS; shift >= 0; shift -= LETTER_BITS) letters += ALPHABET[Number((bits >> BigInt(shift)) & 31n)];
  return `${letters}0`;
}

// ---- distances

const RADIANS = Math.PI / 180;
/** Metres. */
const EARTH_RADIUS = 6372797.560856;

/** Metres along a meridian. */
export function latitudeDistance(from: number, to: number): number {
  return EARTH_RADIUS * Math.abs(to * RADIANS - from * RADIANS);
}

/** Metres along a great circle, by the haversine formula. */
export function distance(from: Point, to: Point): number {
  const v = Math.sin((to.longitude * RADIANS - from.longitude * RADIANS) / 2);
  if (v === 0) return latitudeDistance(from.latitude, to.latitude);
  const latitude1 = from.latitude * RADIANS;
  const latitude2 = to.latitude * RADIANS;
  const u = Math.sin((latitude2 - latitude1) / 2);
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(u * u + Math.cos(latitude1) * Math.cos(latitude2) * v * v));
}

// ---- the cells that cover a search

/** Half of the equator on a Mercator map, in metres. */
const MERCATOR_MAX = 20037726.37;

/** What is around a point, in metres: as far as this to each side, and to the farthest point. */
export interface Extent {
  readonly halfWidth: number;
  readonly halfHeight: number;
  readonly radius: number;
}

/** How often the world is halved so that a cell is about as large as a radius. */
function stepFor(radius: number, latitude: number): number {
  if (radius === 0) return SCORE_STEP;
  let step = -1;
  for (let metres = radius; metres < MERCATOR_MAX; metres *= 2) step++;
  // Towards the poles the cells become narrow.
  const polar = Math.abs(latitude);
  if (polar > 66) step -= polar > 80 ? 2 : 1;
  return Math.min(Math.max(step, 1), SCORE_STEP);
}

/** What has to be covered: wider at its edge that is nearer to a pole. */
function boundsOf({ longitude, latitude }: Point, { halfWidth, halfHeight }: Extent): Area {
  const north = halfHeight / EARTH_RADIUS / RADIANS;
  const edge = latitude < 0 ? latitude - north : latitude + north;
  const east = halfWidth / EARTH_RADIUS / Math.cos(edge * RADIANS) / RADIANS;
  return {
    longitude: { min: longitude - east, max: longitude + east },
    latitude: { min: latitude - north, max: latitude + north },
  };
}

/** The neighbours of a cell end before the bounds do. */
function fallsShort(cell: Cell, bounds: Area): boolean {
  return (
    areaOf(neighbour(cell, 0, 1)).latitude.max < bounds.latitude.max ||
    areaOf(neighbour(cell, 0, -1)).latitude.min > bounds.latitude.min ||
    areaOf(neighbour(cell, 1, 0)).longitude.max < bounds.longitude.max ||
    areaOf(neighbour(cell, -1, 0)).longitude.min > bounds.longitude.min
  );
}

/** East and north of the cells in the order in which Redis searches them: results without a sort order come in it. */
const SEARCH_ORDER: readonly (readonly [east: number, north: number])[] = [
  [0, 0],
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [1, 1],
  [-1, 1],
  [1, -1],
  [-1, -1],
];

/** The cells to search for what is around a point: its own and those of its neighbours that matter. */
export function cellsAround(point: Point, extent: Extent): Cell[] {
  const bounds = boundsOf(point, extent);
  let step = stepFor(extent.radius, point.latitude);
  let centre = cellOf(point, step);
  if (step > 1 && fallsShort(centre, bounds)) centre = cellOf(point, --step);
  const area = areaOf(centre);
  const cells: Cell[] = [];
  let previous: Cell | undefined;
  for (const [east, north] of SEARCH_ORDER) {
    if (step >= 2 && isBeyond(area, bounds, east, north)) continue;
    const cell = neighbour(centre, east, north);
    // In a grid of few cells the neighbours on both sides can be one; Redis does not compare them with the centre.
    if (previous && previous.x === cell.x && previous.y === cell.y) continue;
    cells.push(cell);
    if (east !== 0 || north !== 0) previous = cell;
  }
  return cells;
}

/** The cell on that side of the centre has nothing of the bounds. */
function isBeyond(centre: Area, bounds: Area, east: number, north: number): boolean {
  return (
    (north < 0 && centre.latitude.min < bounds.latitude.min) ||
    (north > 0 && centre.latitude.max > bounds.latitude.max) ||
    (east < 0 && centre.longitude.min < bounds.longitude.min) ||
    (east > 0 && centre.longitude.max > bounds.longitude.max)
  );
}
