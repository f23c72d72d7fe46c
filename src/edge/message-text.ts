// Messages as Upstash's event streams write them: their fields with commas in between, as one line of data.

import { toText } from '../bytes/bytes';
import { OK, type Reply, Status } from '../protocol/reply';

const BREAK = /[\r\n]/;
const BREAKS = /[\r\n]/g;

/** The event for what a connection is sent: confirmations, messages, what MONITOR shows. Empty for anything else. */
export function messageEvent(reply: Reply): string {
  if (reply === OK) return event('"OK"');
  if (reply instanceof Status) return event(reply.text);
  if (!Array.isArray(reply)) return '';
  const fields = reply.map((field) => (typeof field === 'string' ? toText(field) : String(field)));
  const payload = fields.pop() ?? '';
  return event([...fields.map(nameText), payloadText(payload)].join(','));
}

function event(data: string): string {
  return `data: ${data}\n\n`;
}

/** A name is in the address of the stream, so a break is written in it as there. */
function nameText(name: string): string {
  return name.replace(BREAKS, encodeURIComponent);
}

/**
 * A line of data cannot have breaks, and the clients take a second line for a message of its own. They read payloads as
 * JSON where they can: so JSON gets spaces, which mean the same, and any other text becomes a JSON string.
 */
function payloadText(payload: string): string {
  if (!BREAK.test(payload)) return payload;
  return isJson(payload) ? payload.replace(BREAKS, ' ') : JSON.stringify(payload);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
