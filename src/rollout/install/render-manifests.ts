import { dump } from 'js-yaml';
import type { Manifest } from './manifest.ts';

/** As YAML documents, for `kubectl apply --server-side -f -` or a repository that is reconciled from; the same input gives the same bytes. */
export function renderManifests(manifests: readonly Manifest[]): string {
  // Anchors are allowed in YAML, and surprise most who read Kubernetes objects.
  const documents = manifests.map((manifest) => dump(manifest, { noRefs: true, lineWidth: 120 }));
  return documents.join('---\n');
}
