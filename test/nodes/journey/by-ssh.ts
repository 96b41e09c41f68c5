import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { commands, ROOT } from '../../boot/testbed.ts';
import { runKubeos } from '../../rollout/run-kubeos.ts';
import type { SshFleet } from '../fleet.ts';
import { readReport } from './roll.ts';
import { assertAllRun, assertServed, seeAll } from './upgrade.ts';

/** Nothing of kubeos in the cluster: one command is operator and proxies, and reaches the agents by SSH. */
export async function upgradesBySsh(
  t: ExecutionContext,
  fleet: SshFleet,
  release: string,
): Promise<void> {
  const before = await seeAll(fleet);
  const gone = await runKubeos(fleet.cluster, 'uninstall');
  t.is(gone.exitCode, 0, gone.stderr);
  const home = await homeOf(fleet);
  const report = path.join(fleet.folder, 'report.json');
  const ended = await commands.run({
    tool: process.execPath,
    args: [
      ...['bin/kubeos.ts', 'rollout', 'start', 'fleet', '--release', release, '--local'],
      ...['--via', 'ssh', '--ssh-user', 'root', '--ssh-address-from', 'annotation'],
      ...['--ssh-key', fleet.sshKey, '--timeout', '2h', '--kubeconfig', fleet.cluster.kubeconfig],
      ...['--measure-services', '--report', report],
    ],
    ...{ workingDirectory: ROOT, environment: { HOME: home }, successCodes: [0, 7, 8, 9, 10] },
  });
  t.is(ended.exitCode, 0, `${ended.stdout}${ended.stderr}`);
  assertServed(t, await readReport(report));
  await assertAllRun(t, fleet, { release, before });
}

/** Of a user who knows the nodes' hosts; each node says where it is. */
async function homeOf({ cluster, names, folder, sshTo }: SshFleet): Promise<string> {
  const lines: string[] = [];
  for (const node of names) {
    const { address, knownHost } = await sshTo(node);
    lines.push(`${knownHost}\n`);
    const annotation = `upgrade.openeuler.org/ssh-address=${address}`;
    await cluster.kubectl(['annotate', '--overwrite', 'node', node, annotation]);
  }
  const home = path.join(folder, 'home');
  await mkdir(path.join(home, '.ssh'), { recursive: true });
  await writeFile(path.join(home, '.ssh/known_hosts'), lines.join(''));
  return home;
}
