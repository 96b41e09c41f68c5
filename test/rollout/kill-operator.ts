import type { ExecutionContext } from 'ava';
import { keepOperator } from './kept-operator.ts';
import type { Kill } from './kubeos-process.ts';
import { ONE, osOf, startRolloutScene, type RolloutScene } from './rollout-scene.ts';
import { watchAway, type AwayWatch } from './watch-away.ts';
import { pinned } from './workloads.ts';

/** Three nodes with pods that move, and one more, which a person has cordoned. */
export interface KillScene extends AsyncDisposable {
  /** Rolls the next release out. @returns how often the operator was killed meanwhile */
  readonly rollOut: (
    t: ExecutionContext,
    killOf: (process: number) => Kill | undefined,
  ) => Promise<number>;
}

export async function startKillScene(): Promise<KillScene> {
  await using undo = new AsyncDisposableStack();
  const scene = undo.use(await startRolloutScene());
  for (const name of ['n1', 'n2', 'n3', 'n4']) {
    await scene.addNode({ name, labels: { has: 'pods' }, digest: ONE });
  }
  await scene.cluster.kubectl(['cordon', 'n4']);
  await scene.apply(pinned({ name: 'web', only: { has: 'pods' }, replicas: 4 }));
  await scene.cluster.kubectl(['wait', '--for=condition=Available', 'deploy/web', '--timeout=10m']);
  const away = undo.use(watchAway(scene.api, { limit: 2, foreign: ['n4'] }));
  let release = 1;
  const held = undo.move();
  return {
    rollOut: async (t, killOf) => {
      release += 1;
      return await rollOut(t, { scene, away, release }, killOf);
    },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

interface Rollout {
  readonly scene: RolloutScene;
  readonly away: AwayWatch;
  readonly release: number;
}

/** More than a rollout has writes. */
const MOST_KILLS = 200;

/** However it came to it. */
const END = [
  'fleet NodesWaiting 3 1 TARGET',
  ...['n1', 'n2', 'n3'].map((name) => `${name} idle done 0 TARGET`),
  'n4 idle',
  ...['n1 pods', 'n2 pods', 'n3 pods', 'n4 pods true'],
];

async function rollOut(
  t: ExecutionContext,
  { scene, away, release }: Rollout,
  killOf: Parameters<KillScene['rollOut']>[1],
): Promise<number> {
  const digest = `sha256:${String(release).padStart(64, '0')}`;
  const operator = keepOperator(scene.cluster.kubeconfig, killOf);
  let end = '';
  const isAtEnd = async (): Promise<boolean> => {
    end = (await stateOf(scene)).replaceAll(digest, 'TARGET');
    return end === END.join('\n');
  };
  try {
    await scene.apply(osOf('fleet', { maxunavailable: 2, release: `${release}.0.0@${digest}` }));
    // Each time that it was killed it has all the time that anything has.
    for (let kills = 0; !(await isAtEnd()) && kills < MOST_KILLS; kills = operator.kills()) {
      const before = kills;
      await scene.until('all is as it is to be', async () => {
        return operator.kills() > before || (await isAtEnd());
      });
    }
  } catch (cause) {
    throw new Error(`${end}\n${operator.said()}`, { cause });
  } finally {
    await operator.stop();
  }
  t.is(end, END.join('\n'), operator.said());
  t.deepEqual(away.wrong(), [], operator.said());
  return operator.kills();
}

/** A line for each object, of all that a rollout is to leave behind it. */
async function stateOf({ cluster }: RolloutScene): Promise<string> {
  const get = async (kind: string, ...fields: readonly string[]): Promise<string> => {
    const each = ['.metadata.name', ...fields].map((field) => `{${field}} `).join('');
    const path = `jsonpath={range .items[*]}${each}{"\\n"}{end}`;
    return (await cluster.kubectl(['get', kind, '-o', path])).stdout;
  };
  const ready = '.status.conditions[?(@.type=="Ready")].reason';
  const { counts, target } = { counts: '.status.counts', target: '.status.target.digest' };
  const os = await get('os', ready, `${counts}.current`, `${counts}.pending`, target);
  const { spec, run } = { spec: '.spec', run: '.spec.run.id' };
  const outcome = [`${spec}.outcome.kind`, `${spec}.outcome.attempts`, `${spec}.outcome.digest`];
  const instances = await get('osinstances', `${spec}.nodestatus`, run, ...outcome);
  const ours = ['cordoned-by', 'upgrading'].map((mark) => `upgrade\\.openeuler\\.org/${mark}`);
  const nodes = await get(
    'nodes',
    ...['.metadata.labels.has', '.spec.unschedulable'],
    ...[`.metadata.annotations.${ours[0]}`, `.metadata.labels.${ours[1]}`],
  );
  return `${os}${instances}${nodes}`.replace(/ +/g, ' ').replace(/ $/gm, '').trim();
}
