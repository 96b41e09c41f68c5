import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { explainNode, type NodeExplanation } from '../../rollout/client/explain-node.ts';
import { operatorAway } from '../../rollout/client/operator-away.ts';
import { readCluster } from '../../rollout/client/read-cluster.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { connectCluster } from '../../kube/connect-cluster.ts';
import { tellTrouble } from '../rollout/tell-trouble.ts';
import { chosenCluster, clusterArguments } from '../chosen-cluster.ts';

const argumentsSchema = z.object({ ...clusterArguments, node: z.string(), json: z.boolean() });

/** `kubeos rollout why`: where a node is, and what it waits for. */
export const runRolloutWhy: CommandRun = async (args, { signal, stdout, stderr }) => {
  const { node, json, ...options } = readArguments(argumentsSchema, args);
  const onTrouble = tellTrouble({ json }, stderr);
  const api = connectCluster(chosenCluster(options));
  const view = await readCluster(api, { signal, onTrouble });
  const explained = explainNode(view, node, Date.now());
  if (explained === null) {
    throw new KubeosError('REFUSED', `the cluster has no node ${JSON.stringify(node)}`, {
      hint: 'kubectl get nodes lists them',
    });
  }
  const away = needsOperator(explained) ? ((await operatorAway(api, signal)) ?? null) : null;
  const document = { apiVersion: 'cli.kubeos/v1', kind: 'NodeExplanation', ...explained };
  stdout.write(
    json
      ? `${JSON.stringify({ ...document, operatorAway: away })}\n`
      : `${textOf(explained)}${away === null ? '' : `  ${away.message}\n`}`,
  );
  return 0;
};

const needsOperator = ({ os, stage }: NodeExplanation): boolean =>
  os !== null && stage !== 'current';

function textOf({ node, os, stage, since, gates, message, next }: NodeExplanation): string {
  const where = [os, stage, since === null ? null : `since ${since}`].filter(
    (part) => part !== null,
  );
  const open = stage === 'pending' || stage === 'prepared' ? ['  nothing is in its way'] : [];
  return [
    [node, ...where].join('  '),
    `  ${message}`,
    ...(gates.length === 0
      ? open
      : gates.map(({ gate, because }) => `  waits: ${gate}: ${because}`)),
    ...(next === null ? [] : [`  next: ${next}`]),
    '',
  ].join('\n');
}
