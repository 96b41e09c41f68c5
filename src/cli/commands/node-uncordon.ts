import { z } from 'zod';
import { connectCluster } from '../../kube/connect-cluster.ts';
import { uncordonByHand } from '../../rollout/client/drain-by-hand.ts';
import { chosenCluster, clusterArguments } from '../chosen-cluster.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({
  ...clusterArguments,
  node: z.string().min(1),
  json: z.boolean(),
});

/** `kubeos node uncordon`: after `kubeos node drain`. */
export const runNodeUncordon: CommandRun = async (args, { stdout }) => {
  const { node, json, ...cluster } = readArguments(argumentsSchema, args);
  await uncordonByHand(connectCluster(chosenCluster(cluster)), node);
  const document = { apiVersion: 'cli.kubeos/v1', kind: 'NodeUncordon', node };
  stdout.write(json ? `${JSON.stringify(document)}\n` : `${node} takes pods again\n`);
  return 0;
};
