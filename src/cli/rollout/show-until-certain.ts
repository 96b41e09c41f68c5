import type { KubeApi } from '../../kube/kube-api.ts';
import { EXIT_CODE_OF, readVerdict } from '../../rollout/client/read-verdict.ts';
import { waitForRollout } from '../../rollout/client/wait-for-rollout.ts';
import type { OsObject } from '../../rollout/api/os-object.ts';
import { watchNodes, type NodeWatch } from '../../rollout/progress/watch-nodes.ts';
import { outputMode } from '../output-mode.ts';
import type { CliContext } from '../command-spec.ts';
import { placeOf } from './cluster-arguments.ts';
import { ProgressFollower } from './progress-follower.ts';
import { openDisplay } from './open-display.ts';
import type { RolloutDisplay } from './rollout-display.ts';
import { showRollout } from './show-rollout.ts';

export interface Waiting {
  readonly name: string;
  readonly namespace: string;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Null: for ever. */
  readonly timeoutMs: number | null;
  /** Of what is waited for; null for whatever is asked for. */
  readonly digest: string | null;
}

type Around = (
  display: RolloutDisplay,
  wait: (signal: AbortSignal) => Promise<OsObject>,
) => Promise<OsObject>;

/** Shows how it goes on, then how it ended. @returns the exit code */
export async function showUntilCertain(
  api: KubeApi,
  waiting: Waiting,
  { context, around }: { readonly context: CliContext; readonly around?: Around },
): Promise<number> {
  const { stdout, stderr, signal } = context;
  let os: OsObject;
  {
    await using display = await openDisplay(outputMode(waiting, context), stderr);
    const wait = async (until: AbortSignal): Promise<OsObject> =>
      await follow(api, waiting, { display, signal: until });
    os = await (around === undefined ? wait(signal) : around(display, wait));
  }
  stdout.write(showRollout(os, waiting.json));
  return EXIT_CODE_OF[readVerdict(os).kind];
}

interface Following {
  readonly display: RolloutDisplay;
  readonly signal: AbortSignal;
}

async function follow(
  api: KubeApi,
  { timeoutMs, digest, quiet, ...place }: Waiting,
  { display, signal }: Following,
): Promise<OsObject> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const follower = new ProgressFollower(display.draw);
  const seen = quiet ? null : seeNodes(api, follower, { display, signal: until });
  try {
    const os = await waitForRollout(api, placeOf(place), {
      ...{ signal, timeoutMs, digest, onTrouble: display.trouble },
      onChange: (changed) => {
        follower.os = changed;
        display.tell(changed);
      },
    });
    await lastLook(await seen, { display, signal });
    follower.draw();
    return os;
  } finally {
    follower.stop();
    over.abort();
    await (
      await seen
    )?.ended;
  }
}

const NOT_SEEN =
  'nodes are not shown: that needs list and watch of nodes and osinstances (ClusterRole kubeos-view)';

/** The wait needs none of it, and goes on whatever comes of it. */
async function seeNodes(
  api: KubeApi,
  follower: ProgressFollower,
  { display, signal }: Following,
): Promise<NodeWatch | null> {
  const listener = { onChange: () => follower.changed(), onTrouble: display.trouble, signal };
  try {
    const nodes = await watchNodes(api, listener);
    if (nodes === null) display.trouble(NOT_SEEN);
    follower.nodes = nodes;
    return nodes;
  } catch (error) {
    if (!signal.aborted) display.trouble(`nodes are not shown: ${messageOf(error)}`);
    return null;
  }
}

const LAST_LOOK_MS = 30_000;

/** The object's end may be told before the nodes' that led to it. */
async function lastLook(nodes: NodeWatch | null, { display, signal }: Following): Promise<void> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(LAST_LOOK_MS)]);
  await nodes?.refresh(until).catch((error: unknown) => {
    if (!signal.aborted) display.trouble(messageOf(error));
  });
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
