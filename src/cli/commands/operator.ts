import { hostname } from 'node:os';
import { z } from 'zod';
import { OperatorMetrics } from '../../rollout/operator/operator-metrics.ts';
import { runOperator } from '../../rollout/operator/run-operator.ts';
import { serveHealth, type HealthServer } from '../../rollout/serve-health.ts';
import { chosenCluster, clusterArguments } from '../chosen-cluster.ts';
import type { CommandRun } from '../command-spec.ts';
import { connectFromPod } from '../connect-from-pod.ts';
import { parseListen } from '../parse-listen.ts';
import { readArguments } from '../read-arguments.ts';
import { VERSION } from '../version.ts';

const argumentsSchema = z.object({
  ...clusterArguments,
  namespace: z.string(),
  identity: z.string().min(1).optional(),
  nodeName: z.string().min(1).optional(),
  drainBy: z.enum(['operator', 'proxy']),
  healthListen: z.string().optional(),
});

/** `kubeos operator`: until it is told to stop; another one then takes over at once. */
export const runOperatorCommand: CommandRun = async (args, { signal, stdout }) => {
  const given = readArguments(argumentsSchema, args);
  const { drainBy } = given;
  const { namespace, identity = `${hostname()}-${process.pid}`, nodeName, healthListen } = given;
  const api = await connectFromPod(chosenCluster(given));
  const metrics = new OperatorMetrics(VERSION);
  await using _ = await serveSaid(healthListen, metrics);
  const log = (line: string) => stdout.write(`${new Date().toISOString()} ${line}\n`);
  // One that waits has nothing else to say, and whoever reads its log wants to know that.
  log(`kubeos ${VERSION}: ${identity} works as operator once it has the lease`);
  await runOperator(api, {
    ...{ namespace, identity, operatorNode: nodeName ?? null, metrics, drainBy, signal },
    now: () => new Date(),
    log,
  }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return 0;
};

/** One that waits for the lease is ready: it has nothing to do, and can take over at once. */
async function serveSaid(
  listen: string | undefined,
  metrics: OperatorMetrics,
): Promise<HealthServer | null> {
  if (listen === undefined) return null;
  return await serveHealth(parseListen('--health-listen', listen), {
    unreadyBecause: () => null,
    metrics: async () => await metrics.text(),
  });
}
