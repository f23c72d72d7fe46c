// The random numbers of scripts: the linear congruential generator of lrand48(3), which Redis brings along (rand.c) so that
// they are the same everywhere. They go on from one script to the next.

const HALF = 2 ** 24;
/** The multiplier and the states are taken in halves of 24 bits, whose products a double can hold. */
const MULTIPLIER_HIGH = Math.floor(0x5deece66d / HALF);
const MULTIPLIER_LOW = 0x5deece66d % HALF;
const ADDEND = 0xb;
/** What a seed of 32 bits is followed by. */
const SEED_BITS = 2 ** 16;
const SEED_END = 0x330e;
/** Of a program that has not set a seed. */
const FIRST_STATE = 0x1234abcd330e;

export class Lrand48 {
  private high = 0;
  private low = 0;

  constructor() {
    this.setState(FIRST_STATE);
  }

  /** @param value of which the low 32 bits count */
  seed(value: number): void {
    this.setState((value >>> 0) * SEED_BITS + SEED_END);
  }

  /** From 0 to 2^31 - 1. */
  next(): number {
    const low = this.low * MULTIPLIER_LOW + ADDEND;
    const high = this.high * MULTIPLIER_LOW + this.low * MULTIPLIER_HIGH + Math.floor(low / HALF);
    this.low = low % HALF;
    this.high = high % HALF;
    return this.high * 128 + (this.low >>> 17);
  }

  private setState(state: number): void {
    this.high = Math.floor(state / HALF);
    this.low = state % HALF;
  }
}
