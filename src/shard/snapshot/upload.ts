// One object in the bucket, written as it comes into being: in equal parts, of which one is under way while the next is
// filled, or at once when it is small.

/** All parts but the last have this size: the least that R2 wants. It takes 10,000 of them, far more than an object can hold. */
const PART_BYTES = 5 * 1024 * 1024;

export class Upload {
  /** Bytes taken so far. */
  bytes = 0;
  private part = new Uint8Array(PART_BYTES);
  private used = 0;
  /** What held a part that has been sent: memory of that size is given back late. */
  private readonly spare: Uint8Array<ArrayBuffer>[] = [];
  private full: Uint8Array<ArrayBuffer>[] = [];
  private multipart: R2MultipartUpload | undefined;
  private readonly uploaded: R2UploadedPart[] = [];
  private underWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly bucket: R2Bucket,
    private readonly key: string,
  ) {}

  /** Takes bytes, which are copied. {@link drained} is to be waited for from time to time. */
  write(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + PART_BYTES - this.used);
      this.part.set(piece, this.used);
      this.used += piece.length;
      at += piece.length;
      if (this.used === PART_BYTES) {
        this.full.push(this.part);
        this.part = this.spare.pop() ?? new Uint8Array(PART_BYTES);
        this.used = 0;
      }
    }
  }

  /** When no more than one part waits to be sent. */
  async drained(): Promise<void> {
    while (this.full.length > 0) {
      await this.underWay;
      const data = this.full.shift() as Uint8Array<ArrayBuffer>;
      this.multipart ??= await this.bucket.createMultipartUpload(this.key);
      this.underWay = this.send(this.multipart, data);
      // Whoever waits next is told.
      this.underWay.catch(() => undefined);
    }
  }

  private async send(multipart: R2MultipartUpload, data: Uint8Array<ArrayBuffer>): Promise<void> {
    this.uploaded.push(await multipart.uploadPart(this.uploaded.length + 1, data));
    this.spare.push(data);
  }

  /** When the object is there, whole. */
  async finish(): Promise<void> {
    await this.drained();
    await this.underWay;
    const rest = this.part.subarray(0, this.used);
    if (!this.multipart) {
      await this.bucket.put(this.key, rest);
      return;
    }
    if (rest.length > 0) await this.send(this.multipart, rest);
    await this.multipart.complete(this.uploaded);
  }

  /** Nothing is left of it. */
  async abort(): Promise<void> {
    this.full = [];
    await this.underWay.catch(() => undefined);
    if (this.multipart) await this.multipart.abort().catch(() => undefined);
    await this.bucket.delete(this.key);
  }
}
