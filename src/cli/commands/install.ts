import { z } from 'zod';
import { installOptionsSchema } from '../../rollout/install/install-options.ts';
import { loadCrds } from '../../rollout/install/load-crds.ts';
import { planManifests } from '../../rollout/install/plan-manifests.ts';
import { renderManifests } from '../../rollout/install/render-manifests.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({ ...installOptionsSchema.shape, json: z.boolean() });

/** `kubeos install`: what a cluster needs to roll out releases. */
export const runInstallCommand: CommandRun = async (args, { stdout }) => {
  const { json, ...options } = readArguments(argumentsSchema, args);
  const items = planManifests(options, await loadCrds());
  // A List is what kubectl takes several objects of JSON as.
  const list = { apiVersion: 'v1', kind: 'List', items };
  stdout.write(json ? `${JSON.stringify(list)}\n` : renderManifests(items));
  return 0;
};
