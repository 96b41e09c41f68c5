import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { osInstanceSchema, type OsInstance } from '../../src/rollout/api/os-instance.ts';
import { startFileScene, type FileScene } from '../agent/file-scene.ts';
import { bundleDaemon } from '../agent/run-daemon.ts';
import { applyCrds } from '../cluster/apply-crds.ts';
import { askApiAs, type AskApi } from '../cluster/ask-api.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { until } from '../cluster/until.ts';
import { startMachine, type Machine, type MachineOptions } from './machine.ts';

export const NODE = 'n1';
const GROUP = '/apis/upgrade.openeuler.org/v1alpha1/namespaces/default/osinstances';
const INSTANCE = `${GROUP}/${NODE}`;

/** A node of files with the real agent, an API server, and the object between them; the test is the operator. */
export interface ProxyScene extends AsyncDisposable {
  readonly cluster: ControlPlane;
  readonly files: FileScene;
  readonly ask: AskApi;
  /** A machine whose proxy has no other rights than it needs. */
  start(options?: Pick<MachineOptions, 'kill' | 'killAgentAt'>): Machine;
  /** Begins a run, once the proxy has said what runs. @returns its id */
  begin(run: object): Promise<string>;
  allow(what: 'drain' | 'activate'): Promise<void>;
  instance(): Promise<OsInstance>;
  /** Until the run is in one of these phases. */
  reaches(...phases: readonly string[]): Promise<OsInstance>;
}

export async function startProxyScene(): Promise<ProxyScene> {
  await using stack = new AsyncDisposableStack();
  const files = stack.use(await startFileScene());
  await bundleDaemon(files.directory);
  const cluster = stack.use(await startControlPlane());
  await applyCrds(cluster);
  const ask = await askApiAs(cluster, cluster.kubeconfig);
  const kubeconfig = await cluster.kubeconfigFor(await proxyToken(cluster));
  await done(ask('POST', '/api/v1/nodes', { metadata: { name: NODE } }));
  await done(ask('POST', GROUP, { ...KIND, metadata: { name: NODE }, spec: {} }));
  const socket = files.node.proxySocket;
  const scene = operatorOf(ask, files);
  const held = stack.move();
  return {
    ...{ ...scene, cluster, files, ask },
    start: (options = {}) =>
      startMachine({
        ...{ scene: files, onBoot: async (bootId) => await beReady(ask, bootId) },
        ...{ proxy: { kubeconfig, nodeName: NODE, socket }, ...options },
      }),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

const KIND = { apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OSInstance' };

async function done(asked: ReturnType<AskApi>): Promise<unknown> {
  const { status, body } = await asked;
  if (status >= 300) throw new Error(JSON.stringify(body));
  return body;
}

/** What `kubeos proxy` may, and nothing else (contract section 6). */
async function proxyToken({ kubectl }: ControlPlane): Promise<string> {
  const role = ['create', 'clusterrole', 'proxy'];
  const [read, osInstances] = ['--verb=get,list,watch', 'osinstances.upgrade.openeuler.org'];
  await kubectl([...role, read, '--resource=nodes', `--resource=${osInstances}`]);
  const writes = ['--verb=patch', `--resource=${osInstances}/status`];
  await kubectl(['create', 'clusterrole', 'proxy-status', ...writes]);
  await kubectl(['create', 'serviceaccount', 'proxy']);
  for (const name of ['proxy', 'proxy-status']) {
    const bound = [`--clusterrole=${name}`, '--serviceaccount=default:proxy'];
    await kubectl(['create', 'clusterrolebinding', name, ...bound]);
  }
  return (await kubectl(['create', 'token', 'proxy'])).stdout.trim();
}

/** What a kubelet says after its start. */
export async function beReady(ask: AskApi, bootID: string, status = 'True'): Promise<void> {
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const said = { type: 'Ready', status, reason: 'TestSaysSo', message: '' };
  const conditions = [{ ...said, lastHeartbeatTime: now, lastTransitionTime: now }];
  const object = { status: { nodeInfo: { bootID }, conditions } };
  await done(ask('PATCH', `/api/v1/nodes/${NODE}/status`, object));
}

function operatorOf(ask: AskApi, { node }: FileScene) {
  const instance = async (): Promise<OsInstance> =>
    osInstanceSchema.parse(await done(ask('GET', INSTANCE)));
  const reaches = async (...phases: readonly string[]): Promise<OsInstance> => {
    let seen = await instance();
    await until(`${phases.join(' or ')}; it is ${JSON.stringify(seen.status.run)}`, async () => {
      seen = await instance();
      const { run } = seen.spec;
      return seen.status.run?.id === run?.id && phases.includes(seen.status.run?.phase ?? '');
    });
    return seen;
  };
  return {
    ...{ instance, reaches },
    async begin(run: object) {
      const bootId = await node.bootId();
      await until('the proxy says what runs', async () => {
        return (await instance()).status.booted?.bootId === bootId;
      });
      const id = randomUUID();
      const since = { prepare: new Date().toISOString() };
      const given = { id, kind: 'upgrade', allowed: 'prepare', since, bootId, readySeconds: 1 };
      const uid = uidSchema.parse(await done(ask('GET', `/api/v1/nodes/${NODE}`))).metadata.uid;
      const spec = { nodeUid: uid, run: { ...given, ...run } };
      await done(ask('PATCH', INSTANCE, { spec }));
      return id;
    },
    async allow(what: 'drain' | 'activate') {
      await done(ask('PATCH', INSTANCE, { spec: { run: { allowed: what } } }));
    },
  };
}

const uidSchema = z.object({ metadata: z.object({ uid: z.string() }) });
