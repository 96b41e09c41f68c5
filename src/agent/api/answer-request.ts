import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { Agent } from '../agent.ts';
import { OperationBusy } from '../operation-queue.ts';
import { ROUTES, type Answer, type Role, type Route } from './routes.ts';

/** Nothing longer is read. */
export const MAX_BODY_BYTES = 64 * 1024;

/** An answer to whatever was asked; errors are problem documents (RFC 9457). Never throws. */
export async function answerRequest(
  request: IncomingMessage,
  agent: Agent,
  role: Role,
): Promise<Answer> {
  try {
    const route = routeOf(request, role);
    if (!('run' in route)) return route;
    const body = await readBody(request);
    return await route.run(agent, body, role);
  } catch (error) {
    return problemOf(error);
  }
}

function routeOf({ method, url = '' }: IncomingMessage, role: Role): Route | Answer {
  const there = ROUTES.filter(({ path }) => path === url);
  if (there.length === 0) return problem(404, { code: 'NOT_FOUND', title: `there is no ${url}` });
  const route = there.find((one) => one.method === method);
  if (route === undefined) {
    return problem(405, {
      code: 'METHOD',
      title: `${url} takes ${there.map((one) => one.method).join(', ')}`,
    });
  }
  if (route.roles.includes(role)) return route;
  const title = `the ${role} socket may not ask for ${method} ${url}`;
  return problem(403, { code: 'ROLE', title, remedy: 'ask as root, on the admin socket' });
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length > MAX_BODY_BYTES)
      throw new KubeosError('USAGE', `the body is longer than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new KubeosError('USAGE', 'the body is no JSON', { cause });
  }
}

interface Problem {
  readonly code: string;
  readonly title: string;
  readonly remedy?: string | undefined;
}

function problemOf(error: unknown): Answer {
  if (error instanceof z.ZodError) {
    return problem(400, { code: 'USAGE', title: z.prettifyError(error) });
  }
  if (!(error instanceof KubeosError)) {
    return problem(500, {
      code: 'INTERNAL',
      title: error instanceof Error ? error.message : 'a bug',
    });
  }
  const { code, message, hint } = error;
  return problem(statusOf(error), { code, title: message, remedy: hint });
}

function statusOf(error: KubeosError): number {
  if (error instanceof OperationBusy || error.code === 'REFUSED') return 409;
  return error.code === 'USAGE' ? 400 : 500;
}

function problem(status: number, { code, title, remedy }: Problem): Answer {
  return {
    status,
    body: { type: 'about:blank', status, code, title, ...(remedy !== undefined && { remedy }) },
  };
}
