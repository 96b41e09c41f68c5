import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { copySparse } from '../../src/disk/copy-sparse.ts';
import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { API_VERSION } from '../../src/rollout/api/resource-paths.ts';
import { runKubeos } from '../rollout/run-kubeos.ts';
import { startAgentScene } from '../agent/agent-scene.ts';
import { commands } from '../boot/testbed.ts';
import { fillCluster } from './fill-cluster.ts';
import type { NodeFleet, SshFleet } from './fleet.ts';
import { HOST_ADDRESS, startNodeCluster } from '../../src/demo/nodes/node-cluster.ts';
import { withLastWords } from './last-words.ts';
import { prepareNodes } from './node-image.ts';
import { startShellMachine, type ShellMachine } from './shell-machine.ts';

const NAMES = ['n1', 'n2'] as const;
/** Far beyond what emulation needs on a busy machine. */
const PATIENCE_MS = 90 * 60_000;

/** Scenes with two whole machines. */
export async function onQemuFleet(
  t: ExecutionContext,
  scenes: (fleet: SshFleet) => Promise<void>,
): Promise<void> {
  await using fleet = await startQemuFleet();
  await withLastWords(t, fleet, scenes);
}

/** Two machines that run release 1.0.0, with operator, proxies and the workload, all pods Ready. */
export async function startQemuFleet(): Promise<SshFleet> {
  await using undo = new AsyncDisposableStack();
  const { kubeos: image, folder: definitions } = undo.use(await prepareNodes());
  const scene = undo.use(await startAgentScene({ definitions, host: HOST_ADDRESS }));
  const release: NodeFleet['release'] = async (version, change) =>
    `${version}@${await scene.release(version, change)}`;
  const first = await release('1.0.0');
  const nodes = undo.use(await startNodeCluster());
  const { cluster } = nodes;
  const sshKey = path.join(scene.directory, 'login');
  await commands.run({
    ...{ tool: 'ssh-keygen', args: ['-q', '-t', 'ed25519', '-N', '', '-f', sshKey] },
  });
  const disk = (name: string): string => path.join(scene.directory, name, 'disk.raw');
  const machines = new Map<string, ShellMachine>();
  const start = async (name: string): Promise<void> => {
    const folder = path.join(scene.directory, name);
    const number = NAMES.findIndex((one) => one === name) + 1;
    const credentials = {
      ...(await nodes.credentialsOf(name)),
      'ssh.authorized_keys.root': await readFile(`${sshKey}.pub`, 'utf8'),
    };
    const machine = await startShellMachine({ disk: disk(name), number, folder, credentials });
    machines.set(name, machine);
    nodes.lead(machine);
  };
  const machineOf = (name: string): ShellMachine => {
    const machine = machines.get(name);
    if (machine === undefined) throw new Error(`no machine ${name}`);
    return machine;
  };
  const onNode: NodeFleet['onNode'] = async (name, line) => {
    using shell = await machineOf(name).openShell();
    return (await shell.run(line)).output;
  };
  undo.defer(async () => {
    for (const machine of machines.values()) await machine[Symbol.asyncDispose]();
  });
  for (const name of NAMES) {
    await mkdir(path.join(scene.directory, name));
    await copySparse(scene.disk('1.0.0'), disk(name));
    await start(name);
  }
  await fillCluster({ cluster, names: NAMES }, { image, patienceMs: PATIENCE_MS });
  await allowTime(cluster, { folder: scene.directory, release: first });
  const held = undo.move();
  return {
    ...{ cluster, folder: scene.directory, names: NAMES, release, disk },
    ...{ built: (version) => scene.disk(version), onNode, sshKey },
    // QEMU's own network leads there.
    relay: async () => undefined,
    sshTo: async (name) => {
      const at = `127.0.0.1:${await machineOf(name).hostPort(22)}`;
      const key = (await onNode(name, 'cat /etc/ssh/ssh_host_ed25519_key.pub')).trim();
      return { address: `root@${at}`, knownHost: `[127.0.0.1]:${at.split(':')[1]} ${key}` };
    },
    cutPower: async (name) => {
      await machineOf(name)[Symbol.asyncDispose]();
      await start(name);
    },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

/** Under emulation a trial that fails three times takes longer than on any real machine; what is said later is said beside it. */
async function allowTime(
  cluster: ControlPlane,
  { folder, release }: { readonly folder: string; readonly release: string },
): Promise<void> {
  const file = path.join(folder, 'fleet.json');
  const spec = { release, health: { timeout: '2h' } };
  const object = { apiVersion: API_VERSION, kind: 'OS', metadata: { name: 'fleet' }, spec };
  await writeFile(file, JSON.stringify(object));
  const { exitCode, stderr } = await runKubeos(cluster, 'rollout', 'start', 'fleet', '-f', file);
  if (exitCode !== 0) throw new Error(stderr);
}
