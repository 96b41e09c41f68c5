import { z } from 'zod';
import type { KubeApi } from '../../kube/kube-api.ts';
import { assertDone } from '../../kube/status-error.ts';
import type { Pod } from './pod.ts';

interface Parts {
  readonly read: (claim: string) => Promise<ClaimedVolume>;
  readonly onTrouble: (why: string) => void;
  readonly signal: AbortSignal;
}

/** The volumes of pods that stay on a node: nobody waits for these. Each claim is read once, and only of such pods. */
export class KeptVolumes {
  readonly #parts: Parts;
  readonly #known = new Map<string, ClaimedVolume>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async learn(staying: readonly Pod[]): Promise<void> {
    for (const claim of staying.flatMap(claimsOf)) {
      if (!this.#known.has(claim)) this.#known.set(claim, await this.#read(claim));
    }
  }

  /** Those of others. One whose name cannot be told might be any of them: then none is waited for. */
  others(attached: readonly string[], staying: readonly Pod[]): readonly string[] {
    const kept = staying.flatMap(claimsOf).map((claim) => this.#known.get(claim) ?? 'unknown');
    if (kept.includes('unknown')) return [];
    const names = new Set(kept.map((volume) => (typeof volume === 'string' ? '' : volume.name)));
    return attached.filter((name) => !names.has(name));
  }

  async #read(claim: string): Promise<ClaimedVolume> {
    const { read, signal, onTrouble } = this.#parts;
    try {
      return await read(claim);
    } catch (error) {
      signal.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      onTrouble(`volumes are not waited for, because that of ${claim} cannot be told: ${why}`);
      return 'unknown';
    }
  }
}

/** `namespace/name` of the claims whose volumes a pod uses (core/v1 Volume; an ephemeral one is named after its pod). */
function claimsOf({ metadata, spec }: Pod): readonly string[] {
  const { namespace, name } = metadata;
  return spec.volumes.flatMap((volume) => {
    const { persistentVolumeClaim: claim } = volume;
    if (claim !== undefined) return [`${namespace}/${claim.claimName}`];
    return volume.ephemeral === undefined ? [] : [`${namespace}/${name}-${volume.name}`];
  });
}

const claimSchema = z.object({
  spec: z.object({ volumeName: z.string().default('') }).prefault({}),
});
const volumeSchema = z.object({
  spec: z.object({ csi: z.object({ driver: z.string(), volumeHandle: z.string() }).optional() }),
});

/** `none`: nothing is bound to it; `unknown`: of a kind whose name on a node cannot be told. */
export type ClaimedVolume = { readonly kind: 'named'; readonly name: string } | 'none' | 'unknown';

/** By which name a node lists the volume of a claim. Reads two objects; @throws KubeosError CLUSTER */
export async function volumeOfClaim(
  api: KubeApi,
  claim: string,
  signal: AbortSignal,
): Promise<ClaimedVolume> {
  const [namespace = '', name = ''] = claim.split('/');
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
  const { spec } = claimSchema.parse((await get(api, path, signal)) ?? {});
  if (spec.volumeName === '') return 'none';
  const found = await get(api, `/api/v1/persistentvolumes/${spec.volumeName}`, signal);
  if (found === null) return 'none';
  const { csi } = volumeSchema.parse(found).spec;
  if (csi === undefined) return 'unknown';
  // kubernetes/pkg/volume/util: GetUniqueVolumeName of the plugin kubernetes.io/csi.
  return { kind: 'named', name: `kubernetes.io/csi/${csi.driver}^${csi.volumeHandle}` };
}

async function get(api: KubeApi, path: string, signal: AbortSignal): Promise<unknown> {
  const request = { method: 'GET', path, signal } as const;
  const answer = await api.ask(request);
  return answer.status === 404 ? null : assertDone(request, answer);
}
