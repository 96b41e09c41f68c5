import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectCluster } from '../../src/kube/connect-cluster.ts';
import type { KubeApi } from '../../src/kube/kube-api.ts';
import { installOptionsSchema } from '../../src/rollout/install/install-options.ts';
import { loadCrds } from '../../src/rollout/install/load-crds.ts';
import { planManifests } from '../../src/rollout/install/plan-manifests.ts';
import {
  startControlPlane,
  type ControlPlane,
} from '../../src/demo/control-plane/control-plane.ts';
import { AuditLog } from './audit-log.ts';
import type { PodAccount } from './operator-process.ts';

export interface MeasuredCluster extends AsyncDisposable {
  readonly cluster: ControlPlane;
  /** As an administrator. */
  readonly api: KubeApi;
  /** Every request of the operator's account, as the API server has it. */
  readonly audit: AuditLog;
  /** The operator's. */
  readonly account: PodAccount;
}

const ACCOUNT = { name: 'kubeos-operator', namespace: 'kubeos-system' };
/** Nobody asks for their pods: nodes are played, and a DaemonSet would make thousands. */
const WORKLOADS: ReadonlySet<string> = new Set(['Deployment', 'DaemonSet']);

/** A real control plane in which everything is installed but the workloads, and which writes down what the operator asks. */
export async function startMeasuredCluster(): Promise<MeasuredCluster> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'kubeos-bench-operator-'));
  undo.defer(async () => await rm(folder, { recursive: true }));
  const policy = path.join(folder, 'audit-policy.json');
  const log = path.join(folder, 'audit.log');
  await writeFile(policy, JSON.stringify(auditPolicy()));
  const cluster = undo.use(
    await startControlPlane({
      apiServer: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`],
      // It would call every node unknown: 5,000 kubelets that renew their Leases are not played.
      controllerManager: ['--controllers=*,-node-lifecycle-controller'],
    }),
  );
  await install(cluster);
  const { stdout } = await cluster.kubectl([
    ...['create', 'token', ACCOUNT.name, '-n', ACCOUNT.namespace, '--duration=12h'],
  ]);
  const account = path.join(folder, 'account');
  await mkdir(account);
  await writeFile(path.join(account, 'token'), stdout);
  await copyFile(cluster.authority, path.join(account, 'ca.crt'));
  const held = undo.move();
  return {
    ...{ cluster, audit: new AuditLog(log) },
    api: connectCluster({ kubeconfig: cluster.kubeconfig }),
    account: { url: cluster.url, folder: account },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

const auditPolicy = (): object => ({
  ...{ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'] },
  rules: [
    {
      level: 'Metadata',
      users: [`system:serviceaccount:${ACCOUNT.namespace}:${ACCOUNT.name}`],
    },
    { level: 'None' },
  ],
});

async function install(cluster: ControlPlane): Promise<void> {
  const image = `registry.example.com/kubeos@sha256:${'ab'.repeat(32)}`;
  const items = planManifests(installOptionsSchema.parse({ image }), await loadCrds()).filter(
    ({ kind }) => !WORKLOADS.has(kind),
  );
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: list });
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=2m', 'crd', '--all']);
}
