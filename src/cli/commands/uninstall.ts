import { z } from 'zod';
import { connectCluster } from '../../kube/connect-cluster.ts';
import { loadCrds } from '../../rollout/install/load-crds.ts';
import { everyManifest } from '../../rollout/install/plan-manifests.ts';
import { removeInstalled } from '../../rollout/install/remove-installed.ts';
import { chosenCluster, clusterArguments } from '../chosen-cluster.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({
  ...clusterArguments,
  crds: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  json: z.boolean(),
  quiet: z.boolean(),
});

/** `kubeos uninstall`: takes away what `install` has applied, and what the operator has left on nodes. */
export const runUninstallCommand: CommandRun = async (args, { signal, stdout, stderr }) => {
  const { crds, dryRun: isDryRun, json, quiet, ...cluster } = readArguments(argumentsSchema, args);
  const manifests = everyManifest(crds ? await loadCrds() : []);
  const lines: string[] = [];
  await removeInstalled(connectCluster(chosenCluster(cluster)), manifests, {
    ...{ isDryRun, signal },
    onDone: (line) => {
      lines.push(line);
      if (!quiet && !json) stderr.write(`› ${line}${isDryRun ? ' (dry run)' : ''}\n`);
    },
  });
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'UninstallResult', isDryRun, done: lines };
  const kept = crds ? '' : '; CRDs and their objects are kept (--crds takes them too)';
  stdout.write(
    json
      ? `${JSON.stringify(result)}\n`
      : `${isDryRun ? 'nothing was changed' : 'uninstalled'}${kept}\n`,
  );
  return 0;
};
