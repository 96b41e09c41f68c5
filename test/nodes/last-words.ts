import type { ExecutionContext } from 'ava';
import { runKubeos } from '../rollout/run-kubeos.ts';
import type { NodeFleet } from './fleet.ts';

/** What a cluster says of itself where a scene ends badly goes into the test's log: afterwards there is none to ask. */
export async function withLastWords<F extends NodeFleet>(
  t: ExecutionContext,
  fleet: F,
  scenes: (fleet: F) => Promise<void>,
): Promise<void> {
  try {
    await scenes(fleet);
  } catch (error) {
    t.log(await lastWords(fleet));
    throw error;
  }
}

const BOUND_MS = 120_000;
/** When the node was there, and how it went the last time. */
const BOOTS = 'journalctl --no-pager --list-boots; journalctl --no-pager -b -1 -n 15; true';

async function lastWords({ cluster, names, onNode }: NodeFleet): Promise<string> {
  const asks = [
    ...names.map((name) => async () => await runKubeos(cluster, 'rollout', 'why', name)),
    ...QUESTIONS.map(
      (words) => async () =>
        await cluster.kubectl([...words, '--request-timeout=60s'], { successCodes: [0, 1] }),
    ),
    ...names.map((name) => async () => ({ stdout: await onNode(name, BOOTS), stderr: '' })),
  ];
  const answers: string[] = [];
  for (const ask of asks) answers.push(await answerOf(ask));
  return answers.join('\n');
}

const RUNS =
  'jsonpath={range .items[*]}{.metadata.name}{" "}{.spec.run}{" "}{.status.run}{" "}{.status.booted}{"\\n"}{end}';
const saidBy = (name: string, namespace = name): readonly string[] => [
  ...['logs', '-n', namespace, '-l', `app.kubernetes.io/name=${name}`],
  ...['--tail=12', '--prefix', '--ignore-errors', '--max-log-requests=10'],
];

const READY =
  'jsonpath={range .items[*]}{.metadata.name}{" Ready "}{.status.conditions[?(@.type=="Ready")].status}{" since "}{.status.conditions[?(@.type=="Ready")].lastTransitionTime}{"\\n"}{end}';
const WARNED =
  'custom-columns=AT:.firstTimestamp,UNTIL:.lastTimestamp,TIMES:.count,ON:.involvedObject.name,SAID:.message';

const QUESTIONS: readonly (readonly string[])[] = [
  ['get', 'pods', '-A', '-o', 'wide', '--no-headers'],
  ['get', 'pods', '-A', '-o', READY],
  ['get', 'events', '-A', '--field-selector=type=Warning,reason!=MissingClusterDNS', '-o', WARNED],
  ['get', 'osinstances', '-o', RUNS],
  ['get', 'os', 'fleet', '-o', 'jsonpath={.status}'],
  saidBy('kubeos-operator', 'kubeos-system'),
  saidBy('kubeos-proxy'),
];

/** One that does not answer keeps nobody from what the others say. */
async function answerOf(
  ask: () => Promise<{ readonly stdout: string; readonly stderr: string }>,
): Promise<string> {
  const bound = AbortSignal.timeout(BOUND_MS);
  const over = new Promise<string>((resolve) => {
    bound.addEventListener('abort', () => resolve('no answer'), { once: true });
  });
  const said = ask().then(
    ({ stdout, stderr }) => `${stdout}${stderr}`.trimEnd(),
    (error: unknown) => String(error),
  );
  return await Promise.race([said, over]);
}
