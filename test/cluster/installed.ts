import { installOptionsSchema } from '../../src/rollout/install/install-options.ts';
import { loadCrds } from '../../src/rollout/install/load-crds.ts';
import { planManifests } from '../../src/rollout/install/plan-manifests.ts';
import { askApiAs, type AskApi } from './ask-api.ts';
import {
  startControlPlane,
  type ControlPlane,
} from '../../src/demo/control-plane/control-plane.ts';
import { until } from '../../src/demo/control-plane/until.ts';
import { kubeconfigFor } from './kubeconfig-for.ts';

/** No test pulls it. */
export const IMAGE = `registry.example.com/kubeos@sha256:${'ab'.repeat(32)}`;
const NODES = ['n1', 'n2'];
const KIND = { apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OSInstance' };

export interface Installed extends AsyncDisposable {
  readonly cluster: ControlPlane;
  /** As whoever has this account's token; with no object that it is bound to, it names no node. */
  readonly as: (account: 'kubeos-operator' | 'kubeos-proxy', bound?: string) => Promise<AskApi>;
  readonly asAdministrator: AskApi;
  /** The proxy's pod on a node. */
  readonly proxyPod: (node: string) => Promise<string>;
}

/** A cluster of two nodes, both with an OSInstance, with everything that is installed. */
export async function startInstalled(): Promise<Installed> {
  await using undo = new AsyncDisposableStack();
  const cluster = undo.use(await startControlPlane());
  const items = planManifests(installOptionsSchema.parse({ image: IMAGE }), await loadCrds());
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  for (const name of NODES) await cluster.kubectl(['create', '-f', '-'], { input: nodeOf(name) });
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: list });
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=10m', 'crd', '--all']);
  const asAdministrator = await askApiAs(cluster, cluster.kubeconfig);
  const instances = `/apis/${KIND.apiVersion}/namespaces/default/osinstances`;
  for (const path of [`/apis/${KIND.apiVersion}/os`, instances]) {
    // The first who asks for a new kind hears 429 until the server has read what there is of it.
    const isServed = async (): Promise<boolean> =>
      (await asAdministrator('GET', path)).status === 200;
    await until(`${path} is served`, isServed);
  }
  for (const name of NODES) {
    await asAdministrator('POST', instances, { ...KIND, metadata: { name }, spec: {} });
  }
  const as: Installed['as'] = async (account, bound) => {
    const namespace = account === 'kubeos-proxy' ? account : 'kubeos-system';
    const [kind, name] = bound?.split('/') ?? [];
    const binding = bound ? [`--bound-object-kind=${kind}`, `--bound-object-name=${name}`] : [];
    const { stdout } = await cluster.kubectl([
      ...['create', 'token', account, '-n', namespace, ...binding],
    ]);
    return await askApiAs(cluster, await kubeconfigFor(cluster, stdout.trim()));
  };
  // The server takes a policy, and goes by it a moment later.
  const unbound = await as('kubeos-proxy');
  await until('the policies are in force', async () => {
    const { status } = await unbound('PATCH', `${instances}/n1/status?dryRun=All`, { status: {} });
    return status === 422;
  });
  const held = undo.move();
  return {
    ...{ cluster, as, asAdministrator, proxyPod: async (node) => await podOn(cluster, node) },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

function nodeOf(name: string): string {
  const conditions = [{ type: 'Ready', status: 'True', reason: 'TestSaysSo', message: '' }];
  const capacity = { cpu: '4', memory: '8Gi', pods: '110' };
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Node', status: { capacity, conditions } },
    metadata: { name, labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': name } },
  });
}

async function podOn(cluster: ControlPlane, node: string): Promise<string> {
  let name = '';
  await until(`the proxy has a pod on ${node}`, async () => {
    const selector = ['--field-selector', `spec.nodeName=${node}`];
    const { stdout } = await cluster.kubectl([
      ...['get', 'pods', '-n', 'kubeos-proxy', ...selector, '-o', 'jsonpath={..metadata.name}'],
    ]);
    name = stdout;
    return name !== '';
  });
  return name;
}
