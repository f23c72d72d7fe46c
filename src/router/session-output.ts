// What a session sends its client: while a chunk of a shard's stream is gone through it waits, so that all that the chunk
// brought leaves in one piece.

export class SessionOutput {
  private gathered = '';
  private gathers = false;

  constructor(private readonly send: (text: string) => void) {}

  /** A chunk begins. */
  hold(): void {
    this.gathers = true;
  }

  say(text: string): void {
    this.gathered += text;
    if (!this.gathers) this.release();
  }

  /** The chunk has come to its end. */
  release(): void {
    const { gathered } = this;
    this.gathers = false;
    this.gathered = '';
    if (gathered !== '') this.send(gathered);
  }
}
