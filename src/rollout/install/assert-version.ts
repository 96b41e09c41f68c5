import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { assertDone } from '../../kube/status-error.ts';

/** From then on a token says on which node its pod is (KEP-4193), without which nothing of a proxy is accepted. */
const OLDEST_MINOR = 32;

const versionSchema = z.object({ major: z.string(), minor: z.string(), gitVersion: z.string() });

/** @throws KubeosError CLUSTER where the cluster is older than what is installed needs */
export async function assertVersion(api: KubeApi, signal: AbortSignal): Promise<void> {
  const asked = { method: 'GET', path: '/version', signal } as const;
  const { gitVersion, ...parts } = versionSchema.parse(assertDone(asked, await api.ask(asked)));
  // Managed clusters write 32+.
  const [major, minor] = [parts.major, parts.minor].map((part) => Number.parseInt(part, 10));
  if (major !== 1 || (minor ?? 0) >= OLDEST_MINOR) return;
  throw new KubeosError('CLUSTER', `the cluster runs Kubernetes ${gitVersion}`, {
    hint: `1.${OLDEST_MINOR} or newer is needed: from then on a token says on which node its pod is`,
  });
}
