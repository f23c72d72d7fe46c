// The body of an answer that has to wait. It begins at once, with a space now and then, which JSON allows: the network
// tells that a client has hung up only when something is sent to it. Before anything is taken for a client it is sent one
// more, and given a moment to break off.

import { ascii, toBuffer } from '../bytes/bytes';

/** So often a client that waits is looked after. */
const BEAT_MS = 1000;
/** A client that has gone breaks off within this, when it is near; one that is far is told of by the beats. */
const PROBE_MS = 20;

const SPACE = toBuffer(ascii(' '));

/** @param make makes the text; it may ask, before it takes anything, whether the client is still there */
export function lateBody(signal: AbortSignal, make: (isThere: () => Promise<boolean>) => Promise<string>): ReadableStream {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  let gone = false;
  const lose = (): void => {
    gone = true;
  };
  const beat = (): void => {
    writer.write(SPACE).catch(lose);
  };
  const isThere = async (): Promise<boolean> => {
    beat();
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, PROBE_MS);
    await promise;
    return !gone && !signal.aborted;
  };
  const beats = setInterval(beat, BEAT_MS);
  const fill = async (): Promise<void> => {
    try {
      const text = await make(isThere);
      await writer.write(new TextEncoder().encode(text));
      await writer.close();
    } catch (error) {
      // The client sees a body that breaks off, as it should: it has been told 200 already.
      await writer.abort(error);
    } finally {
      clearInterval(beats);
    }
  };
  beat();
  fill().catch(lose);
  return readable;
}
