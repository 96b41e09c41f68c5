/**
 * Why a kubelet may not run beside an API server, or null where it may: it must not be newer, and may be up to three
 * minor versions older (https://kubernetes.io/releases/version-skew-policy/#kubelet).
 */
export function kubeletSkew(kubelet: string | null, apiServer: string): string | null {
  if (kubelet === null) return null;
  const [one, other] = [minorOf(kubelet), minorOf(apiServer)];
  if (one === null || other === null) return null;
  if (one > other) return `kubelet ${kubelet} is newer than the API server ${apiServer}`;
  if (other - one <= MAX_OLDER) return null;
  return `kubelet ${kubelet} is too old for the API server ${apiServer}: at most ${MAX_OLDER} minor versions`;
}

const MAX_OLDER = 3;

/** Kubernetes has had no other major version yet. */
function minorOf(version: string): number | null {
  const [, minor] = /^v?1\.(\d{1,3})(?:\.|$)/.exec(version) ?? [];
  return minor === undefined ? null : Number(minor);
}
