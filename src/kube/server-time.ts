import type { KubeApi } from './kube-api.ts';

/**
 * The time on the API server, in milliseconds since 1970: at the end of the second that it names (RFC 9110 section 6.6.1). What
 * is compared with times that others have written in the cluster must not come from the clock of a person's machine.
 */
export async function serverTime(api: KubeApi, signal: AbortSignal): Promise<number> {
  const { stream } = await api.open({ method: 'GET', path: '/version', signal });
  stream.destroy();
  const ms = Date.parse(stream.headers.date ?? '');
  return Number.isNaN(ms) ? Date.now() : ms + 1000;
}
