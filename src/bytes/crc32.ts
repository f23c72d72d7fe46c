// CRC-32 (IEEE 802.3): the checksum of journal frames and of stored rows. Four bytes a step, by four tables.

const TABLES = Array.from({ length: 4 }, () => new Int32Array(256));
const [T0, T1, T2, T3] = TABLES as [Int32Array, Int32Array, Int32Array, Int32Array];
for (let i = 0; i < 256; i++) {
  let crc = i;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  T0[i] = crc;
}
for (let i = 0; i < 256; i++) {
  T1[i] = step(T0[i] as number);
  T2[i] = step(T1[i] as number);
  T3[i] = step(T2[i] as number);
}

/** The checksum register after one more zero byte. */
function step(crc: number): number {
  return (crc >>> 8) ^ (T0[crc & 0xff] as number);
}

/**
 * An unsigned 32-bit number, of the bytes from `start` on.
 * @param before the checksum of what comes before them
 */
export function crc32(data: Uint8Array, start = 0, before = 0): number {
  let crc = ~before;
  let i = start;
  for (const whole = data.length - 3; i < whole; i += 4) {
    crc ^= (data[i] as number) | ((data[i + 1] as number) << 8) | ((data[i + 2] as number) << 16) | ((data[i + 3] as number) << 24);
    crc =
      (T3[crc & 0xff] as number) ^ (T2[(crc >>> 8) & 0xff] as number) ^ (T1[(crc >>> 16) & 0xff] as number) ^ (T0[crc >>> 24] as number);
  }
  for (; i < data.length; i++) crc = (T0[(crc ^ (data[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
