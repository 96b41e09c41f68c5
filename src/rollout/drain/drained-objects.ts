import { z } from 'zod';
import { podSchema, type Pod } from './pod.ts';

export const PODS = {
  ...{ path: '/api/v1/pods', schema: podSchema, keyOf: ({ metadata }: Pod) => metadata.uid },
};

/** Those of one node, chosen by the server. */
export const podsOn = (node: string) => ({ fieldSelector: `spec.nodeName=${node}` });

const named = z.object({ metadata: z.object({ namespace: z.string(), name: z.string() }) });
export type Named = z.infer<typeof named>;

/** By `namespace/name`. */
export const DAEMON_SETS = {
  ...{ path: '/apis/apps/v1/daemonsets', schema: named },
  keyOf: ({ metadata: { namespace, name } }: Named) => `${namespace}/${name}`,
};
