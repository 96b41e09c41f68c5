import { z } from 'zod';
import { getOs } from '../../rollout/client/os-objects.ts';
import { operatorAway } from '../../rollout/client/operator-away.ts';
import { readVerdict } from '../../rollout/client/read-verdict.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import type { CliContext, CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { chosenCluster } from '../chosen-cluster.ts';
import { placeOf, rolloutArguments } from '../rollout/cluster-arguments.ts';
import { connectCluster } from '../../kube/connect-cluster.ts';
import { assertReports } from '../rollout/report-files.ts';
import { showRollout } from '../rollout/show-rollout.ts';
import { showUntilCertain } from '../rollout/show-until-certain.ts';
import { watchArguments } from '../rollout/watch-arguments.ts';

const watchSchema = z.object({ ...rolloutArguments, ...watchArguments });
const statusSchema = watchSchema.extend({ wait: z.boolean() });

/** `kubeos rollout status`: where it is; with `--wait` until it is certain how it ends. */
export const runRolloutStatus: CommandRun = async (args, context) => {
  const { wait, ...options } = readArguments(statusSchema, args);
  await assertReports(options.report, { isWaiting: wait });
  const api = connectCluster(chosenCluster(options));
  if (wait) return await watch(api, options, context);
  const os = await getOs(api, placeOf(options));
  const needsOperator = NEED_OPERATOR.has(readVerdict(os).kind);
  const away = needsOperator ? ((await operatorAway(api, context.signal)) ?? null) : null;
  context.stdout.write(showRollout(os, options.json, { operatorAway: away }));
  return 0;
};

const NEED_OPERATOR: ReadonlySet<string> = new Set(['under-way', 'asks']);

/** `kubeos rollout watch` */
export const runRolloutWatch: CommandRun = async (args, context) => {
  const options = readArguments(watchSchema, args);
  await assertReports(options.report, { isWaiting: true });
  return await watch(connectCluster(chosenCluster(options)), options, context);
};

async function watch(
  api: KubeApi,
  { timeout, ...options }: z.infer<typeof watchSchema>,
  context: CliContext,
): Promise<number> {
  return await showUntilCertain(api, { ...options, timeoutMs: timeout, digest: null }, { context });
}
