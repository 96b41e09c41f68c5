import type { IncomingMessage } from 'node:http';
import type { Agent } from '../agent.ts';
import { problem, problemOf, type Answer } from './answer.ts';
import { parseBody, readBody } from './read-body.ts';
import type { RepeatedRequests } from './repeated-requests.ts';
import { ROUTES, type Role, type Route } from './routes.ts';

export interface Asked {
  readonly agent: Agent;
  readonly role: Role;
  readonly repeated: RepeatedRequests;
}

/** An answer to whatever was asked; errors are problem documents (RFC 9457). Never throws. */
export async function answerRequest(request: IncomingMessage, asked: Asked): Promise<Answer> {
  try {
    const route = routeOf(request, asked.role);
    if (!('run' in route)) return route;
    const key = keyOf(request);
    if (key !== null && typeof key !== 'string') return key;
    const body = await readBody(request);
    const run = async (): Promise<Answer> => await runRoute(route, body, asked);
    if (key === null || route.method === 'GET') return await run();
    const call = [asked.role, route.method, route.path, body];
    return await asked.repeated.once({ key, call }, run);
  } catch (error) {
    return problemOf(error);
  }
}

async function runRoute(route: Route, body: string, { agent, role }: Asked): Promise<Answer> {
  try {
    return await route.run(agent, parseBody(body), role);
  } catch (error) {
    return problemOf(error);
  }
}

const KEY = /^[\x21-\x7e]{1,64}$/;

function keyOf({ headers }: IncomingMessage): string | Answer | null {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && KEY.test(key)) return key;
  const title = 'Idempotency-Key takes 1 to 64 printable characters without spaces';
  return problem(400, { code: 'USAGE', title });
}

function routeOf({ method, url = '' }: IncomingMessage, role: Role): Route | Answer {
  const there = ROUTES.filter(({ path }) => path === url);
  if (there.length === 0) return problem(404, { code: 'NOT_FOUND', title: `there is no ${url}` });
  const route = there.find((one) => one.method === method);
  if (route === undefined) {
    const title = `${url} takes ${there.map((one) => one.method).join(', ')}`;
    return problem(405, { code: 'METHOD', title });
  }
  if (route.roles.includes(role)) return route;
  const title = `the ${role} socket may not ask for ${method} ${url}`;
  return problem(403, { code: 'ROLE', title, remedy: 'ask as root, on the admin socket' });
}
