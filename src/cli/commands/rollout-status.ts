import { z } from 'zod';
import { getOs } from '../../rollout/client/os-objects.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { chosenCluster } from '../chosen-cluster.ts';
import { placeOf, rolloutArguments } from '../rollout/cluster-arguments.ts';
import { connectCluster } from '../../kube/connect-cluster.ts';
import { showRollout, showUntilCertain } from '../rollout/show-rollout.ts';
import { timeoutMs } from '../rollout/timeout.ts';

const argumentsSchema = z.object({
  ...rolloutArguments,
  wait: z.boolean(),
  quiet: z.boolean(),
  timeout: timeoutMs,
});

/** `kubeos rollout status`: where it is; with `--wait` until it is certain how it ends. */
export const runRolloutStatus: CommandRun = async (args, context) => {
  const { wait, timeout, ...options } = readArguments(argumentsSchema, args);
  const api = connectCluster(chosenCluster(options));
  if (wait) {
    const waiting = { ...options, timeoutMs: timeout, digest: null };
    return await showUntilCertain(api, waiting, context);
  }
  context.stdout.write(showRollout(await getOs(api, placeOf(options)), options.json));
  return 0;
};
