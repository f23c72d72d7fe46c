// What the resources have in common: who may ask, and what they ask with. All of these throw a `Problem`.

import type * as z from 'zod';
import type { Access } from '../../spec/client';
import { credentialsOf } from '../auth';
import { BadRequest } from '../bad-request';
import { discardBody, readText } from '../body';
import type { Deployment } from '../deployment';
import { TOKEN_PARAMETER, targetOf } from '../target';
import { Problem, type ProblemCode } from './problem';

/** The rights of who asks. */
export function requireToken(request: Request, { gate }: Deployment): Access {
  const access = gate.accessOf(credentials(request));
  if (!access) {
    throw new Problem('unauthorized', 'send the token as "Authorization: Bearer TOKEN", or as the query parameter _token', {
      'www-authenticate': 'Bearer',
    });
  }
  return access;
}

export function requireWriteToken(request: Request, deployment: Deployment): void {
  if (requireToken(request, deployment) !== 'full') throw new Problem('forbidden', 'a read-only token may not do this');
}

function credentials(request: Request): string {
  try {
    return credentialsOf(request, targetOf(request.url).query);
  } catch (thrown) {
    if (thrown instanceof BadRequest) throw new Problem('invalid_query', thrown.text);
    throw thrown;
  }
}

/** The parameters by name. The token is none of a resource's. */
function parametersOf(request: Request): Record<string, string[]> {
  const parameters = new URLSearchParams(targetOf(request.url).query);
  parameters.delete(TOKEN_PARAMETER);
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name)]));
}

export function parseQuery<T>(request: Request, schema: z.ZodType<T>): T {
  return checked(parametersOf(request), schema, 'invalid_query');
}

/** A body of JSON; none is an empty object. */
export async function parseBody<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  let body: unknown;
  try {
    const text = await readText(request);
    body = text.trim() === '' ? {} : JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof BadRequest) throw new Problem('invalid_body', thrown.text.replace(/^ERR /, ''));
    if (thrown instanceof SyntaxError) throw new Problem('invalid_body', 'the body is not JSON');
    throw thrown;
  }
  return checked(body, schema, 'invalid_body');
}

function checked<T>(input: unknown, schema: z.ZodType<T>, code: ProblemCode): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Problem(code, [issue?.path.join('.'), issue?.message].filter(Boolean).join(': '));
}

/** Only these methods are there. */
export function requireMethod(request: Request, ...methods: readonly string[]): void {
  const { method } = request;
  if (methods.includes(method) || (method === 'HEAD' && methods.includes('GET'))) return;
  const allow = methods.join(', ');
  throw new Problem('method_not_allowed', `${method} is not allowed here, only ${allow}`, { allow });
}

/** Answers with what `serve` answers, or with the problem that it throws. */
export async function answering(request: Request, serve: () => Promise<Response>): Promise<Response> {
  try {
    return await serve();
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    await discardBody(request);
    return thrown.toResponse(request);
  }
}
