// RESP over TCP: workerd hands such a connection to the Worker's connect() handler. Cloudflare's network does not take
// TCP for Workers, so this serves local servers alone.

import type { Env } from '../env';
import { plannerFor } from '../router/layout';
import { serveTcpSocket } from '../router/session-socket';
import { HOME_SHARD } from '../router/slot-map';
import { deploymentOf, Unready } from './deployment';

/** Serves one connection. Resolves when it has ended. */
export async function serveTcp(socket: Socket, env: Env): Promise<void> {
  const deployment = deploymentOf(env);
  if (deployment instanceof Unready) return reject(socket, deployment.text);
  const { shards, respNoAuth } = deployment.settings;
  const { remoteAddress: address } = await socket.opened;
  // workerd brings a CONNECT request on its HTTP port here as well, without an address. RESP has a port of its own,
  // which may be off, or open to this machine alone.
  if (address === undefined) return socket.close();
  if (shards === 1) return passThrough(socket, env, address);
  return serveTcpSocket(socket, { SHARD: env.SHARD, shards }, { access: respNoAuth ? 'full' : undefined, address });
}

/**
 * The shard reads the stream itself: the runtime moves the bytes between the two sockets, in both directions as fast as
 * the slower side takes them. Half the CPU time of a relay over a WebSocket (45 against 85 µs per chunk).
 *
 * The shard learns the client's address from the one that it is connected to.
 */
async function passThrough(client: Socket, env: Env, address: string): Promise<void> {
  // A client that has ended its side still gets its answers.
  const shard = env.SHARD.getByName(plannerFor(1).slots.nameOf(HOME_SHARD)).connect(address, { allowHalfOpen: true });
  const asked = client.readable.pipeTo(shard.writable);
  const answered = shard.readable.pipeTo(client.writable);
  // Either side may break off at any time; there is nobody left to tell.
  await Promise.allSettled([asked, answered]);
  await Promise.allSettled([client.close(), shard.close()]);
}

async function reject(socket: Socket, text: string): Promise<void> {
  const writer: WritableStreamDefaultWriter<Uint8Array> = socket.writable.getWriter();
  await writer.write(new TextEncoder().encode(`-${text}\r\n`));
  await writer.close();
  await socket.close();
}
