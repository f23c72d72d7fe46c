// The thresholds at which Redis changes how it packs a collection. Kedge stores collections its own way; it keeps the
// thresholds so that OBJECT ENCODING answers what Redis would. One live object per engine: CONFIG SET changes it. With
// them the two that say how large values are cut for storage, which no setting changes.

export interface EncodingLimits {
  hashMaxListpackEntries: number;
  hashMaxListpackValue: number;
  setMaxIntsetEntries: number;
  zsetMaxListpackEntries: number;
  zsetMaxListpackValue: number;
  /** A HyperLogLog that would be longer in its sparse form becomes dense. */
  hllSparseMaxBytes: number;
  /** Of a node of a stream; 0 is no limit. */
  streamNodeMaxBytes: number;
  streamNodeMaxEntries: number;
  /** A value whose encoded elements take more is kept in segments. */
  wholeBytes: number;
  /** A segment that takes more is split. */
  segmentBytes: number;
}

/** Redis 7.0's defaults. */
export function defaultEncodingLimits(): EncodingLimits {
  return {
    hashMaxListpackEntries: 512,
    hashMaxListpackValue: 64,
    setMaxIntsetEntries: 512,
    zsetMaxListpackEntries: 128,
    zsetMaxListpackValue: 64,
    hllSparseMaxBytes: 3000,
    streamNodeMaxBytes: 4096,
    streamNodeMaxEntries: 100,
    wholeBytes: 16 * 1024,
    segmentBytes: 4 * 1024,
  };
}
