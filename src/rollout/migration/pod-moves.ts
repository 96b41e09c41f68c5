import { z } from 'zod';

/** What of a Pod (core/v1) says that it moved. */
export const movingPodSchema = z.object({
  metadata: z.object({
    ...{ namespace: z.string(), name: z.string(), uid: z.string() },
    labels: z.object({ 'pod-template-hash': z.string().optional() }).prefault({}),
    ownerReferences: z
      .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().optional() }))
      .default([]),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({ nodeName: z.string().optional() }).prefault({}),
  status: z.object({ phase: z.string().default('Unknown') }).prefault({}),
});

export type MovingPod = Readonly<z.infer<typeof movingPodSchema>>;

/** How often the pods of an owner had to leave a node for the rollout. One move a pod is the least that there can be. */
export interface OwnerMoves {
  /** `Deployment default/web` */
  readonly owner: string;
  /** The most that it had at once. */
  readonly pods: number;
  readonly moves: number;
  readonly movesPerPod: number;
}

export class PodMoves {
  readonly #before = new Map<string, MovingPod>();
  readonly #left = new Set<string>();
  readonly #pods = new Map<string, number>();
  readonly #moves = new Map<string, number>();

  /** @param isLeft whether the rollout empties a node, or has emptied it */
  note(pods: ReadonlyMap<string, MovingPod>, isLeft: (node: string) => boolean): void {
    const counts = new Map<string, number>();
    for (const [uid, pod] of pods) {
      const owner = ownerOf(pod);
      if (owner === null) continue;
      this.#before.set(uid, pod);
      if (pod.metadata.deletionTimestamp !== undefined) this.#leave(uid, pod, isLeft);
      else if (!isFinished(pod)) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    for (const [uid, pod] of this.#before) {
      if (pods.has(uid)) continue;
      this.#leave(uid, pod, isLeft);
      this.#before.delete(uid);
      this.#left.delete(uid);
    }
    for (const [owner, count] of counts) {
      this.#pods.set(owner, Math.max(count, this.#pods.get(owner) ?? 0));
    }
  }

  /** Those that moved, the most moves a pod first. */
  get owners(): readonly OwnerMoves[] {
    return [...this.#moves]
      .map(([owner, moves]) => {
        const pods = Math.max(1, this.#pods.get(owner) ?? 0);
        return { owner, pods, moves, movesPerPod: Math.round((moves / pods) * 100) / 100 };
      })
      .toSorted(
        (one, other) => other.movesPerPod - one.movesPerPod || (one.owner < other.owner ? -1 : 1),
      );
  }

  #leave(uid: string, pod: MovingPod, isLeft: (node: string) => boolean): void {
    const { nodeName } = pod.spec;
    const owner = ownerOf(pod);
    if (this.#left.has(uid) || owner === null || nodeName === undefined) return;
    if (isFinished(pod) || !isLeft(nodeName)) return;
    this.#left.add(uid);
    this.#moves.set(owner, (this.#moves.get(owner) ?? 0) + 1);
  }
}

const isFinished = ({ status: { phase } }: MovingPod): boolean =>
  phase === 'Succeeded' || phase === 'Failed';

/** Pods of DaemonSets and static pods go nowhere. */
const STAYS: ReadonlySet<string> = new Set(['DaemonSet', 'Node']);

function ownerOf({ metadata }: MovingPod): string | null {
  const { namespace, name, labels, ownerReferences } = metadata;
  const controller = ownerReferences.find((owner) => owner.controller === true);
  if (controller === undefined) return `Pod ${namespace}/${name}`;
  if (STAYS.has(controller.kind)) return null;
  // A Deployment names its ReplicaSets so; to ask for each of them were more requests than this is worth.
  const hash = `-${labels['pod-template-hash'] ?? ''}`;
  if (controller.kind === 'ReplicaSet' && hash !== '-' && controller.name.endsWith(hash)) {
    return `Deployment ${namespace}/${controller.name.slice(0, -hash.length)}`;
  }
  return `${controller.kind} ${namespace}/${controller.name}`;
}
