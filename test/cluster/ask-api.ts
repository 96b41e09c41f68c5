import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import type { ControlPlane } from './control-plane.ts';

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
    const headers = { authorization, 'content-type': type };
    const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
    const asked = request(`${cluster.url}${path}`, { method, ca, headers }, (response) => {
      json(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, body: answer }),
        reject,
      );
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    return await promise;
  };
}
