import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { connectCluster } from '../../kube/connect-cluster.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { osObjectSchema, type OsObject } from '../../rollout/api/os-object.ts';
import { KubeStatusError } from '../../kube/status-error.ts';
import { mergedSpec, withoutSpec } from '../../rollout/client/applied-spec.ts';
import { getOs, specSetBefore } from '../../rollout/client/os-objects.ts';
import { readCluster } from '../../rollout/client/read-cluster.ts';
import { drainRulesOf } from '../../rollout/drain/drain-rules.ts';
import { tryDrain } from '../../rollout/drain/try-drain.ts';
import {
  observeRollouts,
  type Observed,
  type ObservedRollout,
} from '../../rollout/operator/observe-rollouts.ts';
import { foresee, type Foresight } from '../../rollout/simulation/foresee.ts';
import { chosenCluster } from '../chosen-cluster.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { specArguments, specOf } from '../rollout/asked-spec.ts';
import { placeOf, rolloutArguments } from '../rollout/cluster-arguments.ts';
import { tellTrouble } from '../rollout/tell-trouble.ts';
import { planDocument, planText, type NodeDrainPlan } from '../rollout/plan-text.ts';

const argumentsSchema = z.object({
  ...rolloutArguments,
  ...specArguments,
  drains: z.int().min(0).max(10_000),
});

type Arguments = z.infer<typeof argumentsSchema>;

/** `kubeos rollout plan`: what would happen, and what is in the way; changes nothing. Exit code 8: nothing would begin. */
export const runRolloutPlan: CommandRun = async (args, { signal, stdout, stderr }) => {
  const options = readArguments(argumentsSchema, args);
  const onTrouble = tellTrouble(options, stderr);
  const api = connectCluster(chosenCluster(options));
  const os = await askedOs(api, options);
  const view = await readCluster(api, { signal, onTrouble });
  const others = view.osObjects.filter(({ metadata }) => metadata.uid !== os.metadata.uid);
  const rollout = rolloutOf(
    os,
    observeRollouts({ ...view, osObjects: [...others, os] }, Date.now()),
  );
  const foresight = foresee(rollout.fleet, Date.now());
  const rules = drainRulesOf(rollout.asked.spec.drain);
  const nodes = foresight.nodes.slice(0, options.drains).map(({ node }) => node);
  const drains = await tryDrains(api, nodes, { rules, signal, onTrouble });
  const told = { rollout, foresight, drains };
  stdout.write(options.json ? `${JSON.stringify(planDocument(told))}\n` : planText(told));
  return mayBegin(rollout, foresight) ? 0 : 8;
};

/** An account that may not look at pods is told so, and sees the rest. */
async function tryDrains(
  api: KubeApi,
  nodes: readonly string[],
  options: Parameters<typeof tryDrain>[2],
): Promise<readonly NodeDrainPlan[]> {
  const drains: NodeDrainPlan[] = [];
  try {
    for (const node of nodes) drains.push({ node, pods: await tryDrain(api, node, options) });
  } catch (error) {
    if (!(error instanceof KubeStatusError) || error.status !== 403) throw error;
    options.onTrouble(
      `what a drain would do is not shown: ${error.message} (--drains 0 asks nobody)`,
    );
  }
  return drains;
}

/** The object that there is, with what the command line says of it instead; a file takes the place of all that it said before. */
async function askedOs(api: KubeApi, options: Arguments): Promise<OsObject> {
  const spec = await specOf(options);
  const before = await getOs(api, placeOf(options)).catch((error: unknown) => {
    if (Object.keys(spec).length === 0) throw error;
    return null;
  });
  if (before !== null) {
    const said = options.file === undefined ? {} : await specSetBefore(api, placeOf(options));
    return { ...before, spec: mergedSpec(withoutSpec(fields.parse(before.spec), said), spec) };
  }
  const metadata = { ...placeOf(options), uid: 'planned', resourceVersion: '0' };
  const creationTimestamp = new Date().toISOString();
  return osObjectSchema.parse({ metadata: { ...metadata, creationTimestamp }, spec });
}

const fields = z.record(z.string(), z.unknown());

/** @throws KubeosError REFUSED with all that the operator would find wrong with it */
function rolloutOf(
  { metadata }: OsObject,
  observed: ReturnType<typeof observeRollouts>,
): ObservedRollout {
  const own = observed.find((one) => one.os.metadata.uid === metadata.uid);
  if (own !== undefined && 'fleet' in own) return own;
  const why = own === undefined ? 'it is being deleted' : whyNot(own);
  throw new KubeosError('REFUSED', `${metadata.name} would not be acted upon: ${why}`, {
    hint: 'kubectl explain os.spec --api-version upgrade.openeuler.org/v1alpha1',
  });
}

const whyNot = (own: Exclude<Observed, ObservedRollout>): string =>
  'invalid' in own ? own.invalid.message : 'it asks for settings, and begins no release';

const mayBegin = ({ fleet }: ObservedRollout, { nodes, halt, left }: Foresight): boolean =>
  halt === null && (nodes.length > 0 || left.length === 0 || fleet.nodes.length === 0);
