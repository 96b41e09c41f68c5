import { request } from 'node:http';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';

export interface AgentRequest {
  readonly socket: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

const problem = z.object({ code: z.string(), title: z.string(), remedy: z.string().optional() });

/** Asks an agent on its socket. @throws KubeosError REFUSED, USAGE and others, as the agent says; HOST_NOT_READY without one */
export async function askAgent(asked: AgentRequest): Promise<unknown> {
  const { status, text } = await send(asked);
  const document: unknown = JSON.parse(text);
  if (status < 400) return document;
  const said = problem.parse(document);
  throw new KubeosError(codeOf(status, said.code), said.title, {
    ...(said.remedy !== undefined && { hint: said.remedy }),
  });
}

function codeOf(status: number, code: string): 'REFUSED' | 'USAGE' | 'INTERNAL' | 'HOST_NOT_READY' {
  if (status === 409) return 'REFUSED';
  if (status < 500) return 'USAGE';
  return code === 'HOST_NOT_READY' ? code : 'INTERNAL';
}

async function send({
  socket,
  method,
  path,
  body,
}: AgentRequest): Promise<{ status: number; text: string }> {
  return await new Promise((resolve, reject) => {
    const asking = request({ socketPath: socket, method, path, headers: { host: 'agent' } });
    asking.on('error', (cause) => reject(unreachable(socket, cause)));
    asking.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 500, text }));
    });
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function unreachable(socket: string, cause: Error): KubeosError {
  return new KubeosError('HOST_NOT_READY', `no agent answers on ${socket}`, {
    cause,
    hint: 'run it as root on a kubeos node; `systemctl status kubeos-agent` says whether it runs',
  });
}
