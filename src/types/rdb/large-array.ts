// Arrays, in the form of our own (module.ts), as lines.

import { ascii } from '../../bytes/bytes';
import { INDEX_END } from '../array';
import type { LargeInput, Steps } from './large-input';
import { arrayCursor } from './module';
import { ModuleReader } from './module-elements';
import { RdbError } from './reader';
import { FillLines, words } from './refill';

export function* arrayLines(input: LargeInput): Steps<void> {
  /** What `parse` makes of the next elements. */
  const read = <T>(parse: (elements: ModuleReader) => T) => input.read((reader) => parse(new ModuleReader(reader)));
  // The number of the form.
  yield* input.read((reader) => reader.unsigned());
  const cursor = yield* read(arrayCursor);
  const lines = new FillLines(words('ARMSET'));
  let before = -1n;
  for (let left = yield* read((elements) => elements.unsigned()); left > 0; left--) {
    const index = BigInt(yield* read((elements) => elements.unsigned64()));
    if (index <= before || index >= INDEX_END) throw new RdbError('the indexes of an array do not ascend');
    before = index;
    yield* read((elements) => elements.beforeString());
    const value = yield* input.string();
    if (value !== undefined && lines.add(ascii(`${index}`), value)) yield lines.take();
  }
  yield* read((elements) => elements.end());
  if (!lines.isEmpty) yield lines.take();
  if (cursor !== undefined) yield { before: words('ARSEEK'), after: words(`${BigInt(cursor) + 1n}`) };
}
