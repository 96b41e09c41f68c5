import { KubeosError } from '../../errors.ts';
import { KUBELET_VERSION } from '../../release/manifest.ts';
import type { InstalledPackage } from '../inventory/installed-package.ts';

/** pkgs.k8s.io's for Debian and Fedora; Fedora's and openEuler's own. */
const PACKAGES: ReadonlySet<string> = new Set(['kubelet', 'kubernetes-kubelet', 'kubernetes-node']);

/**
 * The version of kubelet in an image, as its packages say it, or the definition: rollouts compare it with the API server.
 *
 * @param named by the definition; null for nothing
 * @returns null where neither says one
 * @throws KubeosError BUILD_CHECK_FAILED where the two say different ones
 */
export function kubeletOf(
  packages: readonly InstalledPackage[],
  named: string | null,
): string | null {
  const found = packages.find(
    ({ name, version }) => PACKAGES.has(name) && upstreamOf(version) !== null,
  );
  const installed = found === undefined ? null : upstreamOf(found.version);
  if (named === null || installed === null || named === installed) return named ?? installed;
  const message = `release.kubelet: ${named}, but the package ${found?.name} is ${found?.version}`;
  throw new KubeosError('BUILD_CHECK_FAILED', message, {
    hint: 'leave release.kubelet out: the package says it',
  });
}

/** Of `[epoch:]upstream[-revision]`; null for a version that is not one of Kubernetes. */
function upstreamOf(version: string): string | null {
  const upstream = version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
  return KUBELET_VERSION.test(upstream) ? upstream : null;
}
