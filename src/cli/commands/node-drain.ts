import { z } from 'zod';
import { connectCluster } from '../../kube/connect-cluster.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { drainableNode, drainByHand } from '../../rollout/client/drain-by-hand.ts';
import { DEFAULT_RULES, type DrainRules } from '../../rollout/drain/drain-rules.ts';
import type { Blocked } from '../../rollout/drain/plan-drain.ts';
import { tryDrain, type PodVerdict } from '../../rollout/drain/try-drain.ts';
import { chosenCluster, clusterArguments } from '../chosen-cluster.ts';
import type { CliContext, CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { tellTrouble } from '../rollout/tell-trouble.ts';
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
  quiet: z.boolean(),
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
  const onTrouble = tellTrouble({ json }, stderr);
  await drainableNode(api, node);
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
  const { isDrained, left } = await drainByHand(api, {
    ...{ node, rules, signal, timeoutMs: timeout, forceAfterMs: forceAfter },
    onTrouble: tellTrouble({ json }, stderr),
    onReport: reporter(called),
  });
  const document = { apiVersion: 'cli.kubeos/v1', kind: 'NodeDrain', node, isDrained, left };
  const text = isDrained ? `${node} is drained\n` : notDrained(node);
  stdout.write(json ? `${JSON.stringify(document)}\n` : text);
  return isDrained ? 0 : 10;
}

const notDrained = (node: string): string =>
  `${node} is not drained, and stays cordoned: kubeos node uncordon ${node} lifts that\n`;

/** What is new of what is left, a line for each pod; as JSON all of it. */
function reporter({ options, context }: Called): (left: readonly Blocked[]) => void {
  const { json, quiet, node } = options;
  const { stderr } = context;
  let said: readonly string[] = [];
  return (left) => {
    const lines = left.map(blockedLine);
    if (json) stderr.write(`${JSON.stringify({ event: 'progress', node, left })}\n`);
    else if (!quiet) for (const line of lines) if (!said.includes(line)) stderr.write(line);
    said = lines;
  };
}

function blockedLine(blocked: Blocked): string {
  const { because, remedy } = blocked;
  const what = 'pod' in blocked ? blocked.pod : `volume ${blocked.volume}`;
  return `${what}  ${because}${remedy === null ? '' : `: ${remedy}`}\n`;
}
