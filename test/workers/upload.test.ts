// An upload into a bucket that fails, or does not answer.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Upload } from '../../src/shard/snapshot/upload';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const PART = new Uint8Array(8 * 1024 * 1024);

/** A bucket whose upload in parts is aborted as `abort` says. */
function bucketOf(put: () => Promise<unknown>, abort: () => Promise<void> = async () => undefined) {
  const deleted: string[] = [];
  const multipart = { uploadPart: async () => ({}), complete: put, abort };
  const bucket = {
    put,
    createMultipartUpload: async () => multipart,
    delete: async (key: string) => {
      deleted.push(key);
    },
  };
  return { bucket: bucket as unknown as R2Bucket, deleted };
}

test('a bucket that does not answer is waited for no longer than a minute, whether the file is small or large', async () => {
  for (const bytes of [new Uint8Array(10), PART]) {
    const { bucket, deleted } = bucketOf(() => new Promise(() => undefined));
    const upload = new Upload(bucket, 'key');
    upload.write(bytes);
    const finished = upload.finish().catch((error: Error) => error.message);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await finished).toBe('the bucket does not take the file: no answer within 60 seconds');
    await upload.abort();
    expect(deleted).toEqual(['key']);
  }
});

test('one that answers leaves no timer', async () => {
  const { bucket } = bucketOf(async () => undefined);
  const upload = new Upload(bucket, 'key');
  upload.write(PART);
  await upload.finish();
  expect(vi.getTimerCount()).toBe(0);
});

test('what the bucket does not let go can be aborted again, and what it does not know is gone', async () => {
  const answers = ['abort: internal error (10001)', 'abort: The specified multipart upload does not exist. (10024)'];
  const { bucket, deleted } = bucketOf(
    async () => undefined,
    async () => {
      throw new Error(answers.shift());
    },
  );
  const upload = new Upload(bucket, 'key');
  upload.write(PART);
  await upload.drained();
  await expect(upload.abort()).rejects.toThrow('the bucket does not let a file go: abort: internal error (10001)');
  expect(deleted).toEqual([]);
  await upload.abort();
  await upload.abort();
  expect([answers, deleted]).toEqual([[], ['key', 'key']]);
});
