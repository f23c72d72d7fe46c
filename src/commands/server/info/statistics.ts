// The sections of INFO with a line per command or per error.

import type { Context } from '../../../spec/context';
import type { Fields } from './sections';

export function commandStats(ctx: Context): Fields {
  const fields: [string, string][] = [];
  for (const [name, { calls, usec, rejectedCalls, failedCalls }] of ctx.server.stats.commands) {
    if (calls === 0 && rejectedCalls === 0 && failedCalls === 0) continue;
    const perCall = calls === 0 ? 0 : usec / calls;
    fields.push([
      `cmdstat_${name}`,
      `calls=${calls},usec=${usec},usec_per_call=${perCall.toFixed(2)},rejected_calls=${rejectedCalls},failed_calls=${failedCalls}`,
    ]);
  }
  return fields;
}

export function errorStats(ctx: Context): Fields {
  // A code can come from a client's own text; what would break the line is replaced, as Redis does.
  return [...ctx.server.stats.errorsByCode].map(([code, count]) => [`errorstat_${code.replace(/[#:\r\n]/g, '_')}`, `count=${count}`]);
}

/** Nearly all calls take less than a millisecond, which is all that is known of them: no percentiles come of that. */
export function latencyStats(): Fields {
  return [];
}
