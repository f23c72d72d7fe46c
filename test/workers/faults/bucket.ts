// A bucket in memory, of which every call can fail. Counts also what was begun and neither completed nor aborted.

import type { FaultInjector } from './injector';

export class FaultyBucket {
  readonly objects = new Map<string, Uint8Array>();
  readonly openUploads = new Map<string, Map<number, Uint8Array>>();
  private uploads = 0;

  constructor(public injector: FaultInjector) {}

  /** As the binding that a shard has. */
  get binding(): R2Bucket {
    return this as unknown as R2Bucket;
  }

  put(key: string, data: string | Uint8Array): Promise<void> {
    return this.injector.async(`put ${kindOf(key)}`, async () => {
      this.objects.set(key, typeof data === 'string' ? new TextEncoder().encode(data) : data.slice());
    });
  }

  get(key: string): Promise<unknown> {
    return this.injector.async(`get ${kindOf(key)}`, async () => {
      const data = this.objects.get(key);
      return data ? { json: async () => JSON.parse(new TextDecoder().decode(data)) } : null;
    });
  }

  delete(keys: string | string[]): Promise<void> {
    const all = typeof keys === 'string' ? [keys] : keys;
    return this.injector.async(`delete ${kindOf(all[0] ?? '')}`, async () => {
      for (const key of all) this.objects.delete(key);
    });
  }

  list({ prefix }: { prefix: string }): Promise<unknown> {
    return this.injector.async('list', async () => {
      const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      const delimitedPrefixes = [...new Set(keys.map((key) => `${prefix}${key.slice(prefix.length).split('/')[0]}/`))];
      return { objects: keys.map((key) => ({ key })), delimitedPrefixes, truncated: false };
    });
  }

  createMultipartUpload(key: string): Promise<unknown> {
    return this.injector.async('createMultipartUpload', async () => {
      const id = `${this.uploads++}`;
      const parts = new Map<number, Uint8Array>();
      this.openUploads.set(id, parts);
      return {
        uploadPart: (partNumber: number, data: Uint8Array) =>
          this.injector.async('uploadPart', async () => {
            parts.set(partNumber, data.slice());
            return { partNumber, etag: `${id}-${partNumber}` };
          }),
        complete: (uploaded: { partNumber: number }[]) =>
          this.injector.async('complete', async () => {
            this.objects.set(key, Uint8Array.from(Buffer.concat(uploaded.map(({ partNumber }) => parts.get(partNumber) as Uint8Array))));
            this.openUploads.delete(id);
          }),
        abort: () =>
          this.injector.async('abort', async () => {
            this.openUploads.delete(id);
          }),
      };
    });
  }
}

function kindOf(key: string): string {
  return key.endsWith('.json') ? 'manifest' : 'file';
}
