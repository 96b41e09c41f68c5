import type { KubeApi } from './kube-api.ts';
import { assertDone } from './status-error.ts';

/**
 * Whether the caller may list what is at a path. Asked before a watch that is not needed for the work: one that is
 * forbidden would be tried again for ever.
 */
export async function mayList(api: KubeApi, path: string, signal: AbortSignal): Promise<boolean> {
  const request = { method: 'GET', path, query: { limit: 1 }, signal } as const;
  const answer = await api.ask(request);
  if (answer.status === 401 || answer.status === 403) return false;
  assertDone(request, answer);
  return true;
}
