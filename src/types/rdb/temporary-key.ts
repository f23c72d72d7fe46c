// Where a large value is put together before it takes the place of a key: in the slot of that key, so that it can be renamed.

import { ascii, type Bytes } from '../../bytes/bytes';
import { slotOf } from '../../bytes/crc16';

const PREFIX = 'kedge:filling:';

/** The same for the same key, so that what was left behind by an attempt that failed is found again. */
export function temporaryKey(key: Bytes): Bytes {
  const slot = slotOf(key);
  const candidate = ascii(`${PREFIX}${key}`);
  if (slotOf(candidate) === slot) return candidate;
  const tagged = ascii(`${PREFIX}{${key}}`);
  if (slotOf(tagged) === slot) return tagged;
  // A key with a brace that makes no tag, or without any char: another tag of the same slot, which some number is.
  let number = 0;
  while (slotOf(ascii(`${number}`)) !== slot) number++;
  return ascii(`${PREFIX}{${number}}${key}`);
}
