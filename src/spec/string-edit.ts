// Editing a string in place, as a buffer that it becomes the first time.

import { type Bytes, EMPTY } from '../bytes/bytes';
import { StringBuffer } from '../types/string';
import type { StringValue } from '../types/value';
import type { Context } from './context';

/** The buffer that a value is, or a copy of the value as one: empty when there is no value. */
export function editable(value: StringValue | undefined): StringBuffer {
  return value instanceof StringBuffer ? value : new StringBuffer(value ?? EMPTY);
}

/** Puts what {@link editable} gave for `value` under its key, after it was edited. */
export function keepEdited(
  ctx: Context,
  key: Bytes,
  value: StringValue | undefined,
  buffer: StringBuffer,
  event: string | undefined,
): void {
  if (value === undefined) ctx.keys.set(key, buffer, event);
  else if (buffer === value) ctx.keys.changed(key, event);
  else ctx.keys.replace(key, buffer, event);
}
