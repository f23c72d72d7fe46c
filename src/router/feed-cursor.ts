// A cursor of the change feed: for each shard the feed and how far it has been read, as text that is opaque to clients.
//
//   1.epoch-position.epoch-position…    positions in base 36

import type { FeedPosition } from '../engine/change-feed';

const VERSION = '1';
const CURSOR = /^1(\.[0-9a-z]{1,16}-[0-9a-z]{1,11})+$/;

export function encodeCursor(positions: readonly FeedPosition[]): string {
  return [VERSION, ...positions.map(encodeOne)].join('.');
}

function encodeOne({ epoch, position }: FeedPosition): string {
  return `${epoch}-${position.toString(36)}`;
}

/** One position per shard of the database that the cursor is of; undefined for a text that is no cursor. */
export function decodeCursor(text: string): FeedPosition[] | undefined {
  if (!CURSOR.test(text)) return undefined;
  return text
    .split('.')
    .slice(1)
    .map((part) => {
      const [epoch, position] = part.split('-') as [string, string];
      return { epoch, position: Number.parseInt(position, 36) };
    });
}
