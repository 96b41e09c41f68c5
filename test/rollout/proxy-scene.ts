import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { osInstanceSchema, type OsInstance } from '../../src/rollout/api/os-instance.ts';
import { loadCrds } from '../../src/rollout/install/load-crds.ts';
import { installOptionsSchema } from '../../src/rollout/install/install-options.ts';
import { planManifests } from '../../src/rollout/install/plan-manifests.ts';
import { startFileScene, type FileScene, type SceneOptions } from '../agent/file-scene.ts';
import { bundleDaemon } from '../agent/run-daemon.ts';
import { askApiAs, type AskApi } from '../cluster/ask-api.ts';
import {
  startControlPlane,
  type ControlPlane,
} from '../../src/demo/control-plane/control-plane.ts';
import { IMAGE } from '../cluster/installed.ts';
import { until } from '../../src/demo/control-plane/until.ts';
import type { KubeosProcess } from './kubeos-process.ts';
import { startProxyProcess } from './proxy-process.ts';
import { startMachine, type Machine, type MachineOptions } from './machine.ts';
import { kubeconfigFor } from '../cluster/kubeconfig-for.ts';

const KIND = { apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OSInstance' };
const INSTANCES = `/apis/${KIND.apiVersion}/namespaces/default/osinstances`;

/** A node of files with the real agent, and the test as operator. */
export interface ProxyScene extends AsyncDisposable {
  readonly files: FileScene;
  /** A machine whose proxy has the rights that it is installed with. */
  start(options?: Pick<MachineOptions, 'kill' | 'killAgentAt'>): Machine;
  /** A proxy alone. */
  startProxy(nodeName?: string): KubeosProcess;
  /** Begins a run, once the proxy has said what runs. */
  begin(run: object, spec?: object): Promise<void>;
  /** Changes the spec, as the operator does. */
  specify(spec: object): Promise<void>;
  /** Lets the run go further; null takes it away. */
  allow(change: { allowed: 'drain' | 'activate' } | { commitIn: string } | null): Promise<void>;
  instance(): Promise<OsInstance>;
  /** Until the run is in this phase. */
  reaches(phase: string): Promise<OsInstance>;
  /** Lets it switch, and commit in the boot that comes up. */
  switchOver(): Promise<OsInstance>;
}

/** An API server with everything installed. */
export async function startInstalledCluster(): Promise<ControlPlane> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startControlPlane());
  const items = planManifests(installOptionsSchema.parse({ image: IMAGE }), await loadCrds());
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input });
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=10m', 'crd', '--all']);
  stack.move();
  return cluster;
}

/** @param name of the node, its own in this cluster */
export async function startProxyScene(
  cluster: ControlPlane,
  name: string,
  options: SceneOptions = {},
): Promise<ProxyScene> {
  await using stack = new AsyncDisposableStack();
  const files = stack.use(await startFileScene(options));
  await bundleDaemon(files.directory);
  const ask = await askApiAs(cluster, cluster.kubeconfig);
  await done(ask('POST', '/api/v1/nodes', { metadata: { name } }));
  await done(ask('POST', INSTANCES, { ...KIND, metadata: { name }, spec: {} }));
  const kubeconfig = await kubeconfigFor(cluster, await proxyToken(cluster, name));
  const proxy = { kubeconfig, nodeName: name, socket: files.node.proxySocket };
  const held = stack.move();
  return {
    ...{ ...operatorOf(ask, files, name), files },
    start: (options = {}) => startMachine({ scene: files, proxy, ...options }),
    startProxy: (nodeName = name) => startProxyProcess({ ...proxy, nodeName }),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

async function proxyToken({ kubectl }: ControlPlane, name: string): Promise<string> {
  const bound = ['--bound-object-kind=Node', `--bound-object-name=${name}`];
  const create = ['create', 'token', 'kubeos-proxy', '-n', 'kubeos-proxy', '--duration=2h'];
  return (await kubectl([...create, ...bound])).stdout.trim();
}

async function done(asked: ReturnType<AskApi>): Promise<unknown> {
  const { status, body } = await asked;
  if (status >= 300) throw new Error(JSON.stringify(body));
  return body;
}

const uidSchema = z.object({ metadata: z.object({ uid: z.string() }) });

function operatorOf(ask: AskApi, { node }: FileScene, name: string) {
  const path = `${INSTANCES}/${name}`;
  const instance = async (): Promise<OsInstance> =>
    osInstanceSchema.parse(await done(ask('GET', path)));
  const specify = async (spec: object): Promise<void> =>
    void (await done(ask('PATCH', path, { spec })));
  const allow: ProxyScene['allow'] = async (run) => await specify({ run });
  const reaches = async (phase: string): Promise<OsInstance> => {
    let seen = await instance();
    await until(`the run is ${phase}`, async () => {
      seen = await instance();
      const { spec, status } = seen;
      return status.run?.id === spec.run?.id && status.run?.phase === phase;
    }).catch((cause: unknown) => {
      throw new Error(JSON.stringify(seen.status), { cause });
    });
    return seen;
  };
  return {
    ...{ instance, reaches, allow, specify },
    async begin(run: object, more: object = {}) {
      const bootId = await node.bootId();
      const isSaid = async () => (await instance()).status.booted?.bootId === bootId;
      await until('the proxy says what runs', isSaid);
      const found = uidSchema.parse(await done(ask('GET', `/api/v1/nodes/${name}`)));
      const since = { prepare: new Date().toISOString() };
      const given = { id: randomUUID(), kind: 'upgrade', allowed: 'prepare', since, bootId };
      const held = { ...given, holdCommitSeconds: 600, commitIn: null };
      const spec = { nodeUid: found.metadata.uid, run: { ...held, ...run }, ...more };
      await specify(spec);
    },
    async switchOver() {
      await allow({ allowed: 'activate' });
      const { status } = await reaches('verifying');
      await allow({ commitIn: status.booted?.bootId ?? '' });
      return await reaches('committed');
    },
  };
}
