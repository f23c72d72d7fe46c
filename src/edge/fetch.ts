// Every HTTP request comes in here.

import type { Env } from '../env';
import { dispatch } from '../router/dispatch';
import { dispatchWaiting } from '../router/rest-wait';
import { refuse } from './answers';
import { app, NAMED } from './app';
import { deploymentOf, Unready } from './deployment';
import { firstSegment, targetOf } from './target';
import { serveRest } from './upstash';

/** Serves one request. */
export function serveHttp(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
  const deployment = deploymentOf(env);
  if (deployment instanceof Unready) return refuse(request, deployment.text, 503);
  const target = targetOf(request.url);
  if (isNamed(request, target.path)) return app.fetch(request, { env, deployment }, ctx);
  return serveRest(request, target, {
    gate: deployment.gate,
    dispatch: (calls) => dispatch(deployment.router, ctx, calls),
    wait: (call) => dispatchWaiting(deployment.router, ctx, call),
  });
}

/** At the bare address GET and HEAD ask for a page, all else brings a command in the body. */
function isNamed({ method }: Request, path: string): boolean {
  return method !== 'OPTIONS' && NAMED.has(firstSegment(path)) && (path !== '' || method === 'GET' || method === 'HEAD');
}
