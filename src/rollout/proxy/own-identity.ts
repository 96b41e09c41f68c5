import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { assertDone } from '../../kube/status-error.ts';

/** authentication.k8s.io/v1: who the API server takes us for. Everybody may ask that of himself. */
const reviewSchema = z.object({
  status: z.object({
    userInfo: z.object({ extra: z.record(z.string(), z.array(z.string())).default({}) }),
  }),
});

/**
 * The uid of the Node that our token is bound to (KEP-4193), by which a machine that was made anew under its name is told from
 * the one before; null for an account of a person.
 *
 * @throws KubeosError USAGE for the token of another node
 */
export async function ownNodeUid(
  api: KubeApi,
  nodeName: string,
  signal: AbortSignal,
): Promise<string | null> {
  const kind = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const asked = { method: 'POST', path, body: kind, signal } as const;
  const { status } = reviewSchema.parse(assertDone(asked, await api.ask(asked)));
  const claim = (name: string): string | null =>
    status.userInfo.extra[`authentication.kubernetes.io/node-${name}`]?.[0] ?? null;
  const bound = claim('name');
  if (bound === null || bound === nodeName) return claim('uid');
  throw new KubeosError('USAGE', `the token is that of node ${bound}, not of ${nodeName}`, {
    hint: `--node-name ${bound}, or the token of a pod on ${nodeName}`,
  });
}
