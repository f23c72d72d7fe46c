// One object in the bucket, written as it comes into being: in equal parts, of which one is under way while the next is
// filled, or at once when it is small.

/** All parts but the last have this size: the least that R2 wants. It takes 10,000 of them, far more than an object can hold. */
const PART_BYTES = 5 * 1024 * 1024;
/** A bucket that has not answered by then will not: the simulated one of a local server, when its disk is full. */
const ANSWERED_WITHIN_MS = 60_000;
/** R2: the upload does not exist, so that there is nothing to abort. */
const NO_SUCH_UPLOAD = /\(10024\)/;

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
      this.multipart ??= await taken(this.bucket.createMultipartUpload(this.key));
      this.underWay = this.send(this.multipart, data);
      // Whoever waits next is told.
      this.underWay.catch(() => undefined);
    }
  }

  private async send(multipart: R2MultipartUpload, data: Uint8Array<ArrayBuffer>): Promise<void> {
    this.uploaded.push(await taken(multipart.uploadPart(this.uploaded.length + 1, data)));
    this.spare.push(data);
  }

  /** When the object is there, whole. */
  async finish(): Promise<void> {
    await this.drained();
    await this.underWay;
    const rest = this.part.subarray(0, this.used);
    if (!this.multipart) {
      await taken(this.bucket.put(this.key, rest));
      return;
    }
    if (rest.length > 0) await this.send(this.multipart, rest);
    await taken(this.multipart.complete(this.uploaded));
  }

  /** Nothing is left of it. Rejects when that is not so; then it can be called again. */
  async abort(): Promise<void> {
    this.full = [];
    await this.underWay.catch(() => undefined);
    try {
      await this.multipart?.abort();
    } catch (error) {
      if (!NO_SUCH_UPLOAD.test(messageOf(error))) throw failure('let a file go', error);
    }
    this.multipart = undefined;
    await this.bucket.delete(this.key).catch((error: unknown) => {
      throw failure('let a file go', error);
    });
  }
}

async function taken<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${ANSWERED_WITHIN_MS / 1000} seconds`)), ANSWERED_WITHIN_MS);
  try {
    return await Promise.race([work, promise]);
  } catch (error) {
    throw failure('take the file', error);
  } finally {
    clearTimeout(timer);
  }
}

/** What the bucket says of its own troubles does not tell that they are its own. */
function failure(what: string, error: unknown): Error {
  return new Error(`the bucket does not ${what}: ${messageOf(error)}`, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
