import { access, readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import path from 'node:path';
import type { ApiAccess } from './kube-api.ts';

/** Where a pod finds it (rest.InClusterConfig of client-go). */
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The API server as the account of the pod that this is; null outside of one, and where a kubeconfig is named. What runs on every
 * node needs nothing else of a kubeconfig, and client-node, which reads one, takes 70 MB.
 */
export async function podAccount(
  environment: Readonly<Record<string, string | undefined>>,
  folder = FOLDER,
): Promise<ApiAccess | null> {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = environment;
  const token = path.join(folder, 'token');
  if (host === '' || port === '' || environment['KUBECONFIG'] !== undefined) return null;
  if (!(await isThere(token))) return null;
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const agent = new Agent();
  return {
    getCurrentCluster: () => ({ server }),
    async applyToHTTPSOptions(options) {
      // kubelet renews the token long before its hour is over.
      const authorization = `Bearer ${(await readFile(token, 'utf8')).trim()}`;
      options.ca = await readFile(path.join(folder, 'ca.crt'));
      options.agent = agent;
      options.headers = { authorization };
    },
  };
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
