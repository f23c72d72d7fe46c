// Whether a port can be had is found out before anything else is started, so that the answer is one clear line.

import { createServer } from 'node:net';
import { errorCode, Failure } from './failure';

/** Fails with the reason when nothing can listen there. `how` says which setting chooses the port. */
export async function requirePort(host: string, port: number, how: string): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw unavailable(host, port, how, error);
  }
  await new Promise((resolve) => server.close(resolve));
}

/** What a failed `listen` means to the user. */
export function unavailable(host: string, port: number, how: string, error: unknown): Failure {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new Failure(`port ${port} is taken: something else listens on ${host}. Choose another with ${how}`);
    case 'EACCES':
      return new Failure(`port ${port} is not allowed for this user. Choose another with ${how}`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Failure(`${host} is not an address of this machine`);
    default:
      return new Failure(`cannot listen on ${host}, port ${port}: ${error instanceof Error ? error.message : error}`);
  }
}

/** An address as it stands in URLs and in workerd's configuration: IPv6 in brackets. */
export function authority(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
