import { z } from 'zod';
import { connectCluster } from '../../kube/connect-cluster.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { drainByHand } from '../../rollout/client/drain-by-hand.ts';
import { DEFAULT_RULES, type DrainRules } from '../../rollout/drain/judge-pod.ts';
import type { Blocked } from '../../rollout/drain/plan-drain.ts';
import { tryDrain, type PodVerdict } from '../../rollout/drain/try-drain.ts';
import { chosenCluster, clusterArguments } from '../chosen-cluster.ts';
import type { CliContext, CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { timeoutMs } from '../rollout/timeout.ts';

const argumentsSchema = z.object({
  ...clusterArguments,
  node: z.string().min(1),
  unmanaged: z.enum(['block', 'evict', 'leave']),
  emptyDir: z.enum(['block', 'evict']),
  timeout: timeoutMs,
  forceAfter: timeoutMs,
  dryRun: z.boolean(),
  json: z.boolean(),
});

type Arguments = z.infer<typeof argumentsSchema>;

/** `kubeos node drain`: moves the pods of one node. Exit code 10: not in this time; 8: a dry run found what blocks it. */
export const runNodeDrain: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const api = connectCluster(chosenCluster(options));
  const { unmanaged, emptyDir } = options;
  const rules = { ...DEFAULT_RULES, unmanaged, emptyDir };
  return options.dryRun
    ? await showTry(api, rules, { options, context })
    : await drain(api, rules, { options, context });
};

interface Called {
  readonly options: Arguments;
  readonly context: CliContext;
}

async function showTry(api: KubeApi, rules: DrainRules, called: Called): Promise<number> {
  const { node, json } = called.options;
  const { signal, stdout, stderr } = called.context;
  const onTrouble = (why: string): void => void stderr.write(`${why}\n`);
  const pods = await tryDrain(api, node, { rules, signal, onTrouble });
  const document = { apiVersion: 'cli.kubeos/v1', kind: 'NodeDrainPlan', node, pods };
  stdout.write(json ? `${JSON.stringify(document)}\n` : pods.map(verdictLine).join(''));
  return pods.some(({ verdict }) => verdict === 'blocked') ? 8 : 0;
}

const verdictLine = ({ pod, verdict, because, remedy }: PodVerdict): string =>
  `${verdict.padEnd(8)}${pod}${because === '' ? '' : `  ${because}`}${remedy === null ? '' : `\n        ${remedy}`}\n`;

async function drain(api: KubeApi, rules: DrainRules, called: Called): Promise<number> {
  const { node, json, timeout, forceAfter } = called.options;
  const { signal, stdout, stderr } = called.context;
  let said = '';
  const left = await drainByHand(api, {
    ...{ node, rules, signal, timeoutMs: timeout, forceAfterMs: forceAfter },
    onTrouble: (why) => stderr.write(`${why}\n`),
    onReport: (now) => {
      for (const line of now.map(blockedLine)) if (!said.includes(line)) stderr.write(line);
      said = now.map(blockedLine).join('');
    },
  });
  const document = { apiVersion: 'cli.kubeos/v1', kind: 'NodeDrain', node, left };
  const text = left.length === 0 ? `${node} is drained\n` : `${node} is not drained\n`;
  stdout.write(json ? `${JSON.stringify(document)}\n` : text);
  return left.length === 0 ? 0 : 10;
}

const blockedLine = ({ pod, because, remedy }: Blocked): string =>
  `${pod}  ${because}${remedy === null ? '' : `: ${remedy}`}\n`;
