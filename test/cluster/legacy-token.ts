import { askApiAs, type AskApi } from './ask-api.ts';
import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { until } from '../../src/demo/control-plane/until.ts';
import { kubeconfigFor } from './kubeconfig-for.ts';

/** Of the account of proxies, as tokens were made before they had an end: in a Secret, for ever. */
export async function legacyToken(cluster: ControlPlane): Promise<AskApi> {
  const annotations = { 'kubernetes.io/service-account.name': 'kubeos-proxy' };
  const secret = {
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token' },
    metadata: { name: 'legacy', namespace: 'kubeos-proxy', annotations },
  };
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(secret) });
  let token = '';
  await until('the token is in it', async () => {
    const get = ['get', 'secret', 'legacy', '-n', 'kubeos-proxy', '-o', 'jsonpath={.data.token}'];
    token = Buffer.from((await cluster.kubectl(get)).stdout, 'base64').toString();
    return token !== '';
  });
  return await askApiAs(cluster, await kubeconfigFor(cluster, token));
}
