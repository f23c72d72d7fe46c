// Free ports for servers that a test starts.

import { createServer } from 'node:net';

// Below the ports that Linux (from 32768) and macOS (from 49152) give to outgoing connections: a port from among those
// can be taken by any client of another test between the moment it is found free and the moment a server listens on it.
const FIRST = 15_000;
const COUNT = 17_000;

/** A port of 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
