import { z } from 'zod';
import { connectCluster } from '../../kube/connect-cluster.ts';
import { applyManifests, type Applied } from '../../rollout/install/apply-manifests.ts';
import { assertKinds } from '../../rollout/install/assert-kinds.ts';
import { assertVersion } from '../../rollout/install/assert-version.ts';
import { installOptionsSchema } from '../../rollout/install/install-options.ts';
import { loadCrds } from '../../rollout/install/load-crds.ts';
import type { Manifest } from '../../rollout/install/manifest.ts';
import { planManifests } from '../../rollout/install/plan-manifests.ts';
import { renderManifests } from '../../rollout/install/render-manifests.ts';
import { chosenCluster, clusterArguments } from '../chosen-cluster.ts';
import type { CliContext, CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({
  ...installOptionsSchema.shape,
  ...clusterArguments,
  apply: z.boolean().default(false),
  forceConflicts: z.boolean().default(false),
  dryRun: z.enum(['none', 'client', 'server']),
  json: z.boolean(),
  quiet: z.boolean(),
});

type Options = z.infer<typeof argumentsSchema>;

/** `kubeos install`: prints what a cluster needs to roll out releases, or applies it. */
export const runInstallCommand: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const manifests = planManifests(options, await loadCrds());
  if (options.apply && options.dryRun !== 'client') return await apply(manifests, options, context);
  // A List is what kubectl takes several objects of JSON as.
  const list = { apiVersion: 'v1', kind: 'List', items: manifests };
  context.stdout.write(options.json ? `${JSON.stringify(list)}\n` : renderManifests(manifests));
  return 0;
};

async function apply(
  manifests: readonly Manifest[],
  options: Options,
  { signal, stdout, stderr }: CliContext,
): Promise<number> {
  const { json, quiet, forceConflicts: isForced } = options;
  const isDryRun = options.dryRun === 'server';
  const api = connectCluster(chosenCluster(options));
  await assertVersion(api, signal);
  await assertKinds(api, manifests, signal);
  const onApplied = (applied: Applied): void => {
    if (!quiet && !json) stderr.write(`› ${lineOf(applied, isDryRun)}\n`);
  };
  const applied = await applyManifests(api, manifests, { isDryRun, isForced, signal, onApplied });
  const objects = applied.map(({ manifest: { kind, metadata }, change }) => {
    const { name, namespace = null } = metadata;
    return { kind, namespace, name, change };
  });
  const changed = objects.filter(({ change }) => change !== 'unchanged').length;
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'InstallResult', isDryRun, objects };
  const text = `${changed} of ${objects.length} objects ${isDryRun ? 'would change' : 'changed'}\n`;
  stdout.write(json ? `${JSON.stringify(result)}\n` : text);
  return 0;
}

function lineOf({ manifest: { kind, metadata }, change }: Applied, isDryRun: boolean): string {
  const place = metadata.namespace === undefined ? '' : `${metadata.namespace}/`;
  return `${kind} ${place}${metadata.name} ${change}${isDryRun ? ' (dry run)' : ''}`;
}
