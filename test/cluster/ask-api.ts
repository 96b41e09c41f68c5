import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';

const kubeconfigSchema = z.object({
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

export type AskApi = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
) => Promise<ApiAnswer>;

/**
 * Requests as whom a kubeconfig says, answers as they are: where a test asks hundreds of times, or for what kubectl has
 * no word. A PATCH is a JSON merge patch.
 */
export async function askApiAs(cluster: ControlPlane, kubeconfig: string): Promise<AskApi> {
  const { users } = kubeconfigSchema.parse(JSON.parse(await readFile(kubeconfig, 'utf8')));
  const ca = await readFile(cluster.authority);
  const authorization = `Bearer ${users[0].user.token}`;
  return async (method, path, body) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const content = body === undefined ? '' : JSON.stringify(body);
    // Node sends the body of a DELETE without saying how long it is, unless told to.
    const length = { 'content-length': Buffer.byteLength(content) };
    const headers = { authorization, 'content-type': type, ...length };
    const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
    const asked = request(`${cluster.url}${path}`, { method, ca, headers }, (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, body: parsed(answer) }),
        reject,
      );
    });
    asked.on('error', reject);
    asked.end(content);
    return await promise;
  };
}

/** What is no JSON, such as several events of a watch, is its text. */
function parsed(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return answer;
  }
}
