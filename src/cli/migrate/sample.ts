// Keys chosen at random among all that pass by, each with the same chance.

import type { Bytes } from '../../bytes/bytes';

export class Sample {
  readonly keys: Bytes[] = [];
  private seen = 0;

  constructor(
    private readonly size: number,
    private readonly random: () => number = Math.random,
  ) {}

  offer(key: Bytes): void {
    this.seen++;
    if (this.keys.length < this.size) {
      this.keys.push(key);
      return;
    }
    const place = Math.floor(this.random() * this.seen);
    if (place < this.size) this.keys[place] = key;
  }
}
