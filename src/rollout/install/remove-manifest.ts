import { z } from 'zod';
import type { KubeApi, KubeRequest } from '../../kube/kube-api.ts';
import { assertDone } from '../../kube/status-error.ts';
import { PART_OF, type Manifest } from './manifest.ts';
import { objectPath } from './object-path.ts';

export interface RemoveOptions {
  /** The API server says what it would do, and does nothing. */
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
}

/** `foreign`: has the name of ours, was made by somebody else, and is kept. */
export type Removal = 'removed' | 'foreign' | 'absent';

/** Takes away what install has applied, and nobody else's. */
export async function removeManifest(
  api: KubeApi,
  manifest: Manifest,
  { isDryRun, signal }: RemoveOptions,
): Promise<Removal> {
  const path = objectPath(manifest);
  const found = await ask({ method: 'GET', path, signal });
  if (found === null) return 'absent';
  if (!isOurs(found, manifest)) return 'foreign';
  const query = isDryRun ? { dryRun: 'All' } : {};
  const answer = await ask({ method: 'DELETE', path, query, signal });
  return answer === null ? 'absent' : 'removed';

  async function ask(asked: KubeRequest): Promise<unknown> {
    const answer = await api.ask(asked);
    return answer.status === 404 ? null : assertDone(asked, answer);
  }
}

const labelledSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
});

/** A name alone proves nothing; CRDs have no such label, and are removed only where that is said. */
function isOurs(found: unknown, { metadata: { labels = {} } }: Manifest): boolean {
  const given = labelledSchema.parse(found).metadata.labels;
  const marks = Object.keys(PART_OF).filter((label) => Object.hasOwn(labels, label));
  return marks.every((label) => given[label] === labels[label]);
}
