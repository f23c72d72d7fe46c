// What scripts may set of a cjson table. Each table that cjson.new() makes has settings of its own.

/** What becomes of NaN and the infinities, by the index of its option as encode_invalid_numbers calls them. */
export const INVALID_NUMBERS = ['off', 'on', 'null'] as const;

/** An error, the words that C prints, or null: indexes of {@link INVALID_NUMBERS}. */
export type InvalidNumbers = 0 | 1 | 2;

export interface CjsonSettings {
  /** Arrays with too many holes become objects; otherwise they are an error. */
  sparseConvert: boolean;
  /** An array has too many holes when its last index is more than so many times its items. 0: never. */
  sparseRatio: number;
  /** An array that ends at or before this index never has too many holes. */
  sparseSafe: number;
  encodeMaxDepth: number;
  decodeMaxDepth: number;
  encodeInvalidNumbers: InvalidNumbers;
  /** NaN, infinities and hexadecimal numerals are read. */
  decodeInvalidNumbers: boolean;
  /** Significant digits, 1 to 14. */
  numberPrecision: number;
  /** Has no effect: lua-cjson would keep memory that this encoder does not have. */
  keepBuffer: boolean;
}

/** As Redis leaves them. */
export function defaultSettings(): CjsonSettings {
  return {
    sparseConvert: false,
    sparseRatio: 2,
    sparseSafe: 10,
    encodeMaxDepth: 1000,
    decodeMaxDepth: 1000,
    encodeInvalidNumbers: 0,
    decodeInvalidNumbers: true,
    numberPrecision: 14,
    keepBuffer: true,
  };
}
