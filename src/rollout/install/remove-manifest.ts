import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
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
  if (answer === null) return 'absent';
  if (manifest.kind === 'CustomResourceDefinition' && !isDryRun) await untilGone();
  return 'removed';

  async function ask(asked: KubeRequest): Promise<unknown> {
    const answer = await api.ask(asked);
    return answer.status === 404 ? null : assertDone(asked, answer);
  }

  /** The server answers before it has ended all objects of it; whoever installs again meanwhile would lose theirs, too. */
  async function untilGone(): Promise<void> {
    const endMs = performance.now() + BOUND_MS;
    while ((await ask({ method: 'GET', path, signal })) !== null) {
      if (performance.now() > endMs) throw isLeft(manifest);
      await pause(200, undefined, { signal });
    }
  }
}

const BOUND_MS = 120_000;

function isLeft({ metadata: { name } }: Manifest): KubeosError {
  return new KubeosError('TIMED_OUT', `the API server does not end CRD ${name}`, {
    hint: `kubectl get crd ${name} -o yaml says what it waits for; then ask again`,
  });
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
