import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface Place {
  readonly folder: string;
  readonly url: string;
  readonly authority: string;
  readonly kubeconfig: string;
}

/** User names and groups that Kubernetes itself gives these (RBAC's bootstrap policy). */
const USERS = {
  admin: ['admin', 'system:masters'],
  'controller-manager': ['system:kube-controller-manager', ''],
  scheduler: ['system:kube-scheduler', ''],
} as const;

/** Writes what the servers read: who is known by which token, the key of service accounts, each one's kubeconfig. */
export async function prepareFolder(folder: string, url: string): Promise<Place> {
  const at = (name: string): string => path.join(folder, name);
  // The API server makes this one when it starts.
  const place = { folder, url, authority: at('apiserver.crt'), kubeconfig: at('admin.kubeconfig') };
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(at('accounts.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(at('accounts.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const lines: string[] = [];
  for (const [name, [user, group]] of Object.entries(USERS)) {
    const token = randomUUID();
    lines.push(`${token},${user},${name},${group}\n`);
    await writeFile(at(`${name}.kubeconfig`), kubeconfigOf(place, token));
  }
  await writeFile(at('tokens.csv'), lines.join(''));
  return place;
}

/** For whoever has this bearer token. JSON is YAML. */
export function kubeconfigOf(
  { url, authority }: Pick<Place, 'url' | 'authority'>,
  token: string,
): string {
  const cluster = { server: url, 'certificate-authority': authority };
  const context = { cluster: 'kubeos', user: 'kubeos' };
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'kubeos' },
    clusters: [{ name: 'kubeos', cluster }],
    users: [{ name: 'kubeos', user: { token } }],
    contexts: [{ name: 'kubeos', context }],
  });
}
