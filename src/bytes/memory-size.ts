// Amounts of memory as people write them: `100mb`, `1k`.

import type { Bytes } from './bytes';

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
};

/**
 * `100mb` in bytes (util.c memtoull: a unit without `b` is decimal); undefined when it is not an amount of memory. No
 * digits at all is 0.
 */
export function parseMemorySize(text: Bytes | string): bigint | undefined {
  const match = /^(\d{0,20})([a-z]{0,2})$/i.exec(text);
  const unit = match && UNITS[(match[2] as string).toLowerCase()];
  return unit ? BigInt(match[1] as string) * unit : undefined;
}
