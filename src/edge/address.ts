// Who a client is, as far as HTTP tells.

/** What CLIENT LIST shows where the platform does not tell who the client is. */
const UNKNOWN_ADDRESS = '?:0';
const ADDRESS = /^[0-9A-Fa-f.:]{2,45}$/;

/** `host:port`, as Redis shows it. The platform names the host alone. */
export function addressOf(request: Request): string {
  // Without the platform in front anybody may send this header.
  const host = request.headers.get('cf-connecting-ip') ?? '';
  if (!ADDRESS.test(host)) return UNKNOWN_ADDRESS;
  return host.includes(':') ? `[${host}]:0` : `${host}:0`;
}
