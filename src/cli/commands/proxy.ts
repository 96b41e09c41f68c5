import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { runProxy } from '../../rollout/proxy/run-proxy.ts';
import { serveHealth } from '../../rollout/serve-health.ts';
import { chosenCluster, clusterArguments } from '../chosen-cluster.ts';
import type { CommandRun } from '../command-spec.ts';
import { connectFromPod } from '../connect-from-pod.ts';
import { parseListen } from '../parse-listen.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({
  json: z.boolean(),
  nodeName: z.string().optional(),
  socket: z.string().min(1),
  ...clusterArguments,
  healthListen: z.string().optional(),
});

/** `kubeos proxy`: until it is told to stop. */
export const runProxyCommand: CommandRun = async (args, { signal, stderr }) => {
  const given = readArguments(argumentsSchema, args);
  const { socket, healthListen } = given;
  const nodeName = given.nodeName ?? nameFromPod();
  const api = await connectFromPod(chosenCluster(given));
  const log = (message: string): void => {
    const line = { time: new Date().toISOString(), event: 'proxy', node: nodeName, message };
    stderr.write(`${given.json ? JSON.stringify(line) : message}\n`);
  };
  let unready: string | null = 'it has just started';
  await using health =
    healthListen === undefined
      ? null
      : await serveHealth(parseListen('--health-listen', healthListen), {
          unreadyBecause: () => unready,
        });
  log(`proxy of node ${nodeName}${health === null ? '' : `, health on port ${health.port}`}`);
  await runProxy(api, {
    ...{ nodeName, socket, log, signal },
    onReadiness: (why) => (unready = why),
  });
  return 0;
};

/** As a DaemonSet says it, by the downward API. */
function nameFromPod(): string {
  const name = process.env['NODE_NAME'] ?? '';
  if (name !== '') return name;
  throw new KubeosError('USAGE', 'it is not said which node this is', {
    hint: '--node-name NAME, or NODE_NAME from the downward API (fieldRef: spec.nodeName)',
  });
}
