import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { KubeosError } from '../src/errors.ts';
import { hostCommands } from '../src/host/run-commands.ts';
import { prepareNodeInputs, type NodeInputs } from '../src/demo/nodes/node-inputs.ts';
import { deployWorkload, startCluster, untilReady } from '../src/demo/cluster.ts';
import { IMAGE_SERVER_PORT, makeImages } from '../src/demo/images.ts';
import { Narrator } from '../src/demo/narrator.ts';
import { summaryOf, toldReportSchema } from '../src/demo/summary.ts';

// The whole journey on this machine, without KVM where there is none: two Kubernetes nodes in QEMU are built, joined, and
// upgraded while their services go on: `npm run demo [-- --keep]`.
const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, 'out/demo');
const AGENT = path.join(root, 'out/kubeos-agent');
const REPORT = path.join(folder, 'rollout.json');

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => stopping.abort(new Error(`stopped by ${name}`)));
}
// A terminal that is closed takes its own end; what was started is stopped all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
/** Of keys that only a demonstration uses. */
const narrator = new Narrator(stopping.signal, { KUBEOS_PASSPHRASE: 'of no other use' });

try {
  await tell();
} catch (error) {
  if (stopping.signal.aborted) process.exitCode = 130;
  else if (error instanceof KubeosError) {
    process.stderr.write(`\n${error.message}\n${error.hint ?? ''}\n`);
    process.exitCode = error.exitCode;
  } else throw error;
}

async function tell(): Promise<void> {
  const watch = { signal: stopping.signal, say: (line: string) => narrator.say(line) };
  await mkdir(folder, { recursive: true });
  const inputs = await narrator.step('kubelet, container images and the node agent', makeInputs);
  const images = await narrator.step(
    'Two releases of a node image, built and published',
    async () => await makeImages(folder, AGENT, narrator),
  );
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => narrator.say('\nEverything that was started is stopped.'));
  const listen = ['--listen', `127.0.0.1:${IMAGE_SERVER_PORT}`];
  cleanUp.use(narrator.serve(['serve', images.repository, ...listen]));
  const title = 'A control plane, and two machines that join it';
  const { cluster } = await narrator.step(title, async () => {
    const started = cleanUp.use(await startCluster(folder, images.disk));
    await untilReady(started.cluster, watch);
    return started;
  });
  const on = ['--kubeconfig', cluster.kubeconfig];
  await narrator.step('Operator, proxies and a workload', async () => {
    const image = ['--image', `kubeos.local/kubeos@${inputs.kubeos}`, '--operator-nodes', 'any'];
    await narrator.kubeos(['install', '--apply', ...image, ...on]);
    await deployWorkload(cluster, watch);
  });
  await narrator.step('From 1.0.0 to 2.0.0, one node at a time', async () => {
    await narrator.kubeos([...rolloutTo(images.releases['2.0.0']), ...on]);
  });
  const report: unknown = JSON.parse(await readFile(REPORT, 'utf8'));
  narrator.say(`\n${summaryOf(narrator.steps, toldReportSchema.parse(report))}`);
  if (values.keep) await stay(cluster.kubeconfig);
}

async function makeInputs(): Promise<NodeInputs> {
  const build = { tool: process.execPath, args: ['tools/build-agent.ts', AGENT] };
  await hostCommands({ signal: stopping.signal }).run({ ...build, workingDirectory: root });
  return await prepareNodeInputs(stopping.signal);
}

function rolloutTo(release: string): readonly string[] {
  return [
    ...['rollout', 'start', 'fleet', '--selector', 'kubernetes.io/os=linux', '--release', release],
    ...['--wait', '--timeout', '1h', '--measure-services', '--report', REPORT],
  ];
}

async function stay(kubeconfig: string): Promise<void> {
  narrator.say(`
It goes on until Ctrl-C. From another terminal, in ${root}:

  export KUBECONFIG=${kubeconfig}
  node bin/kubeos.ts rollout status fleet
  node bin/kubeos.ts rollout why node-1
  node bin/kubeos.ts rollout rollback fleet          # back to 1.0.0
  node bin/kubeos.ts rollout status fleet --wait
`);
  await new Promise((_, reject) => {
    stopping.signal.addEventListener('abort', () => reject(stopping.signal.reason));
  });
}
