import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { assertHostReady } from '../builder/host-check/check-host.ts';
import { hostCommands } from '../host/run-commands.ts';
import { locateProgram, ONE_OF_EACH } from './control-plane/programs.ts';
import { holdFolder } from './hold-folder.ts';
import { IMAGE_SERVER_PORT, makeImages } from './images.ts';
import { Narrator } from './narrator.ts';
import { deployWorkload, untilNodesReady, type Watch } from './nodes/fill-cluster.ts';
import { prepareNodeImage, type NodeInputs } from './nodes/node-image.ts';
import { observeDemoHost } from './observe-demo-host.ts';
import { oversee, type Overseen } from './oversight.ts';
import { ownProgram, TO_CALL_IT, type OwnProgram } from './own-program.ts';
import { NODES, startCluster } from './start-cluster.ts';
import { summaryOf, toldReportSchema } from './summary.ts';

export interface DemoRequest {
  /** Absolute. Images and keys stay in it for the next time. */
  readonly folder: string;
  /** At the end it goes on until it is stopped. */
  readonly isKept: boolean;
  readonly signal: AbortSignal;
  readonly output: NodeJS.WritableStream;
}

/** Of keys that only a demonstration uses. */
const ENVIRONMENT = { KUBEOS_PASSPHRASE: 'of no other use' };

/**
 * The whole journey on this machine: two Kubernetes nodes in QEMU are built, joined, and upgraded while their services go on.
 *
 * @throws KubeosError HOST_NOT_READY with all that this host lacks, before anything else happens; COMMAND_FAILED with the
 * last words of a server or machine that ended by itself
 */
export async function runDemo({ folder, isKept, signal, output }: DemoRequest): Promise<void> {
  const commands = hostCommands({ signal });
  const facts = await observeDemoHost(folder, { commands, signal });
  assertHostReady(facts, 'for the demonstration', AGAIN);
  await using held = await holdFolder(folder);
  const oversight = oversee(signal, held.logs);
  const narrator = new Narrator(output, oversight.signal);
  narrator.say(`In ${folder}:`);
  const say = (line: string): void => narrator.say(line);
  const kubeos = ownProgram({ folder, oversight, say, environment: ENVIRONMENT });
  try {
    await show({ folder, oversight, narrator, kubeos, isKept });
  } catch (failure) {
    throw oversight.causeOf(failure);
  }
}

interface Told {
  readonly folder: string;
  readonly oversight: Overseen;
  readonly narrator: Narrator;
  readonly kubeos: OwnProgram;
  readonly isKept: boolean;
}

async function show(told: Told): Promise<void> {
  const { folder, oversight, narrator, kubeos, isKept } = told;
  const inputs = await narrator.step('Kubernetes programs and container images', async () => {
    return await makeInputs(told);
  });
  const images = await narrator.step(
    'Two releases of a node image, built and published',
    async () => await makeImages(folder, kubeos.run),
  );
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => narrator.say('\nEverything that was started is stopped.'));
  const listen = ['--listen', `127.0.0.1:${IMAGE_SERVER_PORT}`];
  const serve = ['serve', 'repository', ...listen];
  cleanUp.use(await kubeos.serve(serve, IMAGE_SERVER_PORT));
  const title = 'A control plane, and two machines that join it';
  const cluster = await narrator.step(title, async () => {
    const started = cleanUp.use(await startCluster({ folder, oversight, disk: images.disk }));
    await untilNodesReady(started.cluster, NODES, watchOf(told));
    return started.cluster;
  });
  const on = ['--kubeconfig', cluster.kubeconfig];
  await narrator.step('Operator, proxies and a workload', async () => {
    const image = ['--image', `kubeos.local/kubeos@${inputs.kubeos}`, '--operator-nodes', 'any'];
    await kubeos.run(['install', '--apply', ...image, ...on]);
    await deployWorkload(cluster, watchOf(told));
  });
  await narrator.step('From 1.0.0 to 2.0.0, one node at a time', async () => {
    await kubeos.run([...rolloutTo(images.releases['2.0.0']), ...on]);
  });
  const report: unknown = JSON.parse(await readFile(path.join(folder, REPORT), 'utf8'));
  narrator.say(`\n${summaryOf(narrator.steps, toldReportSchema.parse(report))}`);
  if (isKept) await stay(told, cluster.kubeconfig);
}

const AGAIN = 'when that is done, run `kubeos demo` again';
const REPORT = 'rollout.json';

const PATIENCE_MS = 20 * 60_000;

const watchOf = ({ narrator, oversight }: Told): Watch => ({
  ...{ signal: oversight.signal, logs: oversight.logs, patienceMs: PATIENCE_MS },
  say: (line) => narrator.say(line),
});

/** Builds what takes minutes the first time, and can be stopped meanwhile. */
async function makeInputs({ folder, oversight }: Told): Promise<NodeInputs> {
  const { signal } = oversight;
  for (const program of ONE_OF_EACH) await locateProgram(program, signal);
  return await prepareNodeImage(path.join(folder, 'node'), { signal });
}

function rolloutTo(release: string): readonly string[] {
  return [
    ...['rollout', 'start', 'fleet', '--selector', 'kubernetes.io/os=linux', '--release', release],
    ...['--wait', '--timeout', '1h', '--measure-services', '--report', REPORT],
  ];
}

async function stay({ folder, oversight, narrator }: Told, kubeconfig: string): Promise<void> {
  const { signal } = oversight;
  const lines = [
    `cd ${folder}`,
    ...TO_CALL_IT,
    `alias kubectl='${await locateProgram('kubectl')}'`,
    `export KUBECONFIG=${kubeconfig}`,
    'kubectl get pods --all-namespaces --output wide',
    'kubectl logs --namespace kubeos-system --selector app.kubernetes.io/name=kubeos-operator --prefix --tail=-1',
    'kubeos rollout status fleet',
    'kubeos rollout why node-1',
    'kubeos rollout rollback fleet          # back to 1.0.0',
    'kubeos rollout status fleet --wait',
  ];
  const indented = lines.map((line) => `  ${line}\n`).join('');
  narrator.say(`\nIt goes on until Ctrl-C. From another terminal:\n\n${indented}`);
  signal.throwIfAborted();
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}
