// Searching, and what becomes of what was found.

import type { Bytes } from '../../bytes/bytes';
import { CROSS_SLOT } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import type { Context } from '../../spec/context';
import { cellsAround, distance, type Extent, latitudeDistance, type Point, pointOf, scoresOf } from '../../structures/geohash';
import type { ZSetValue } from '../../types/zset';
import { inOrder } from '../sorted-set/combine';
import { storeSorted } from '../sorted-set/store';
import { distanceReply, pointReply, type Shape } from './arguments';
import type { Query } from './query';

interface Found {
  readonly member: Bytes;
  readonly score: number;
  readonly point: Point;
  /** Metres from the centre. */
  readonly metres: number;
}

/** How far from the centre a point is, in metres, or undefined when it is outside of the shape. */
type Measure = (point: Point) => number | undefined;

function measureOf(centre: Point, shape: Shape): Measure {
  if ('radius' in shape) {
    const radius = shape.radius * shape.unit;
    return (point) => {
      const metres = distance(centre, point);
      return metres > radius ? undefined : metres;
    };
  }
  const width = shape.width * shape.unit;
  const height = shape.height * shape.unit;
  return (point) => {
    if (latitudeDistance(point.latitude, centre.latitude) > height / 2) return undefined;
    const across = distance(point, { longitude: centre.longitude, latitude: point.latitude });
    return across > width / 2 ? undefined : distance(centre, point);
  };
}

function extentOf(shape: Shape): Extent {
  if ('radius' in shape) {
    const radius = shape.radius * shape.unit;
    return { halfWidth: radius, halfHeight: radius, radius };
  }
  const { width, height, unit } = shape;
  const corner = Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2));
  return { halfWidth: unit * (width / 2), halfHeight: unit * (height / 2), radius: corner * unit };
}

/** The members inside of a shape, cell by cell. `limit`: so many are enough; 0 for all. */
function search(zset: ZSetValue, centre: Point, shape: Shape, limit: number): Found[] {
  const measure = measureOf(centre, shape);
  const found: Found[] = [];
  for (const cell of cellsAround(centre, extentOf(shape))) {
    if (limit > 0 && found.length >= limit) break;
    const { min, max } = scoresOf(cell);
    const span = zset.spanOfScores({ score: min, exclusive: false }, { score: max, exclusive: true });
    let rank = span.start;
    if (rank >= span.end) continue;
    zset.ascend(rank, (member, score) => {
      const point = pointOf(score);
      const metres = measure(point);
      if (metres !== undefined) found.push({ member, score, point, metres });
      return ++rank < span.end && !(limit > 0 && found.length >= limit);
    });
  }
  return found;
}

/** The answer to a query that is read; `event` is what storing is told as. */
export function answer(ctx: Context, zset: ZSetValue | undefined, query: Query, event: string): Reply {
  const { centre, shape, storeKey } = query;
  // The last STORE counts, while the first one tells the router where to go.
  if (storeKey !== undefined && !ctx.server.owns(storeKey)) throw CROSS_SLOT;
  const found = zset && centre && shape ? chosen(search(zset, centre, shape, query.any ? query.count : 0), query) : [];
  const unit = shape?.unit ?? 1;
  if (storeKey === undefined) return found.map((one) => describe(one, query, unit));
  const scores = new Map(found.map(({ member, score, metres }) => [member, query.storeDistances ? metres / unit : score]));
  const sorted = inOrder(scores);
  return storeSorted(ctx, storeKey, sorted.scores, sorted.names, event);
}

/** In the order that is wanted, and as many. The nearest come first when a count does not say which to take. */
function chosen(found: Found[], { order, count, any }: Query): Found[] {
  const sorted = order === 'none' && count > 0 && !any ? 'asc' : order;
  if (sorted === 'asc') found.sort((a, b) => a.metres - b.metres);
  else if (sorted === 'desc') found.sort((a, b) => b.metres - a.metres);
  return count > 0 && count < found.length ? found.slice(0, count) : found;
}

function describe({ member, score, point, metres }: Found, query: Query, unit: number): Reply {
  const { withDistance, withHash, withCoordinates } = query;
  if (!withDistance && !withHash && !withCoordinates) return member;
  const described: Reply[] = [member];
  if (withDistance) described.push(distanceReply(metres / unit));
  if (withHash) described.push(Math.trunc(score));
  if (withCoordinates) described.push(pointReply(point));
  return described;
}
