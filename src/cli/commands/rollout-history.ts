import { z } from 'zod';
import { describeHistory } from '../../rollout/client/describe-rollout.ts';
import { getOs } from '../../rollout/client/os-objects.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { chosenCluster } from '../chosen-cluster.ts';
import { placeOf, rolloutArguments } from '../rollout/cluster-arguments.ts';
import { connectCluster } from '../../kube/connect-cluster.ts';

const argumentsSchema = z.object(rolloutArguments);

/** `kubeos rollout history`: what has happened. */
export const runRolloutHistory: CommandRun = async (args, { stdout }) => {
  const options = readArguments(argumentsSchema, args);
  const os = await getOs(connectCluster(chosenCluster(options)), placeOf(options));
  const { history } = os.status;
  const document = { apiVersion: 'cli.kubeos/v1', kind: 'RolloutHistory', history };
  stdout.write(`${options.json ? JSON.stringify(document) : describeHistory(os)}\n`);
  return 0;
};
