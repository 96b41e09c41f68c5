import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { assertDone } from '../../kube/status-error.ts';

/** authorization/v1 ResourceAttributes. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Default: in the whole cluster. */
  readonly namespace?: string;
}

const reviewSchema = z.object({ status: z.object({ allowed: z.boolean().default(false) }) });

/** Everybody may ask that of himself. @throws KubeosError CLUSTER with every right that is missing */
export async function assertRights(
  api: KubeApi,
  rights: readonly Right[],
  { hint }: { readonly hint: string },
): Promise<void> {
  const answers = await Promise.all(rights.map(async (right) => await isAllowed(api, right)));
  const missing = rights.filter((_, index) => answers[index] === false).map(inWords);
  if (missing.length === 0) return;
  throw new KubeosError('CLUSTER', `rights are missing: ${missing.join('; ')}`, { hint });
}

async function isAllowed(api: KubeApi, resourceAttributes: Right): Promise<boolean> {
  const apiVersion = 'authorization.k8s.io/v1';
  const kind = 'SelfSubjectAccessReview';
  const request = {
    method: 'POST',
    path: `/apis/${apiVersion}/selfsubjectaccessreviews`,
    body: { apiVersion, kind, spec: { resourceAttributes } },
  } as const;
  return reviewSchema.parse(assertDone(request, await api.ask(request))).status.allowed;
}

function inWords({ verb, resource, subresource, namespace }: Right): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return `${verb} ${what}${namespace === undefined ? '' : ` in ${namespace}`}`;
}
