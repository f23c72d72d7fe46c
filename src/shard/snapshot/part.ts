// One shard's part of a snapshot: what is asked of the shard, and what it tells of the file that it wrote.

/** What a part is to be. */
export interface PartRequest {
  /** The snapshot. */
  readonly id: string;
  /** Where in the bucket this shard's file goes. */
  readonly objectKey: string;
  /** Undefined: the lowest version that can hold everything. */
  readonly rdbVersion: 10 | 11 | 12 | undefined;
  /** Whether values of modules are written, or left out because a server without the modules could not load them. */
  readonly modules: 'keep' | 'omit';
}

/** A key that the file does not have. */
export interface SkippedKey {
  /** Base64. */
  readonly key: string;
  readonly reason: string;
}

/** The file of one shard, as the manifest of the snapshot describes it. */
export interface PartManifest {
  readonly objectKey: string;
  readonly shard: number;
  /** The first and the last. */
  readonly slots: readonly number[];
  /** Effects of the shard that the file contains. */
  readonly sequence: number;
  readonly bytes: number;
  /** Where the records of keys begin and how many bytes they have, so that files can be joined. */
  readonly bodyOffset: number;
  readonly bodyBytes: number;
  /** Hexadecimal, as all checksums here. */
  readonly bodyCrc64: string;
  readonly crc64: string;
  readonly rdbVersion: 10 | 11 | 12;
  readonly keys: number;
  readonly expires: number;
  readonly byType: Readonly<Record<string, number>>;
  readonly functions: number;
  /** Keys that the file does not have: how many, and the first of them. */
  readonly skippedKeys: number;
  readonly skipped: readonly SkippedKey[];
  /** Hashes whose fields lost their deadlines, for which an older version has no room. */
  readonly lostFieldDeadlines: number;
}

export interface PartProgress {
  readonly keys: number;
  readonly totalKeys: number;
  readonly bytes: number;
}
