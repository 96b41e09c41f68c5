import { request } from 'node:http';
import { z } from 'zod';
import { isErrorCode, KubeosError, type ErrorCode } from '../../errors.ts';
import { agentStatusSchema, type AgentStatus } from '../status.ts';
import { documentIn, notAnAgent, textOf } from './bounded-answer.ts';

export interface AgentRequest {
  readonly socket: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** What is asked under the same one is done once. */
  readonly idempotencyKey?: string;
  /** Whoever asks goes; what the agent does goes on. */
  readonly signal?: AbortSignal;
}

const problem = z.object({ code: z.string(), title: z.string(), remedy: z.string().optional() });

/** Asks an agent on its socket. @throws KubeosError REFUSED, USAGE and others, as the agent says; HOST_NOT_READY without one, or where something else answers; CANCELLED */
export async function askAgent(asked: AgentRequest): Promise<unknown> {
  const { status, text } = await send(asked);
  const document = documentIn(text);
  if (status < 400) return document;
  const { data: said } = problem.safeParse(document);
  if (said === undefined) throw notAnAgent();
  throw new KubeosError(codeOf(status, said.code), said.title, {
    ...(said.remedy !== undefined && { hint: said.remedy }),
  });
}

/** What has no code of ours is the fault of who asked, or a bug. */
function codeOf(status: number, code: string): ErrorCode {
  if (isErrorCode(code)) return code;
  return status < 500 ? 'USAGE' : 'INTERNAL';
}

/** What runs, what is next, what goes on. @throws KubeosError as `askAgent` */
export async function askStatus(socket: string): Promise<AgentStatus> {
  const answer = await askAgent({ socket, method: 'GET', path: '/v1/status' });
  const { data: status } = agentStatusSchema.safeParse(answer);
  if (status === undefined) throw notAnAgent();
  return status;
}

const HEADERS = { host: 'agent' };

async function send(asked: AgentRequest): Promise<{ status: number; text: string }> {
  const { socket, method, path, body, idempotencyKey, signal } = asked;
  return await new Promise((resolve, reject) => {
    // A connection of its own: one that was kept may be closed by the agent while it is asked again.
    const headers = { ...HEADERS, ...(idempotencyKey && { 'idempotency-key': idempotencyKey }) };
    const options = { agent: false, headers, socketPath: socket, method, path };
    const asking = request({ ...options, ...(signal !== undefined && { signal }) });
    asking.on('error', (cause) =>
      reject(signal?.aborted === true ? agentGoesOn(cause) : unreachable(socket, cause)),
    );
    asking.on('response', (answer) => {
      const status = answer.statusCode ?? 500;
      textOf(answer).then((text) => resolve({ status, text }), reject);
    });
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export function agentGoesOn(cause: unknown): KubeosError {
  return new KubeosError('CANCELLED', 'the agent goes on', {
    cause,
    hint: 'kubeos-agent status shows how far it is; kubeos-agent cancel stops it',
  });
}

export function unreachable(socket: string, cause: Error): KubeosError {
  return new KubeosError('HOST_NOT_READY', `no agent answers on ${socket}`, {
    cause,
    hint: 'run it as root on a kubeos node; `systemctl status kubeos-agent` says whether it runs',
  });
}
