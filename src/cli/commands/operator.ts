import { hostname } from 'node:os';
import { z } from 'zod';
import { connectCluster } from '../../kube/connect-cluster.ts';
import { runOperator } from '../../rollout/operator/run-operator.ts';
import { chosenCluster, clusterArguments } from '../chosen-cluster.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({
  ...clusterArguments,
  namespace: z.string(),
  identity: z.string().min(1).optional(),
  nodeName: z.string().min(1).optional(),
});

/** `kubeos operator`: until it is told to stop; another one then takes over at once. */
export const runOperatorCommand: CommandRun = async (args, { signal, stdout }) => {
  const { namespace, identity, nodeName, ...cluster } = readArguments(argumentsSchema, args);
  const api = connectCluster(chosenCluster(cluster));
  await runOperator(api, {
    ...{ namespace, identity: identity ?? `${hostname()}-${process.pid}` },
    ...{ operatorNode: nodeName ?? null, signal },
    log: (line) => stdout.write(`${new Date().toISOString()} ${line}\n`),
  }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return 0;
};
