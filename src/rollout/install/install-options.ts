import { z } from 'zod';

/** What differs from cluster to cluster. */
export const installOptionsSchema = z.object({
  image: z
    .string({ error: 'the image of operator and proxy, as name@sha256:…' })
    .regex(
      /^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/,
      'an image by digest, as name@sha256:…: a tag may be another image tomorrow',
    ),
  /** One of them works, by a lease; the others wait. */
  replicas: z.int().min(1).max(5).default(2),
  /** A token that may cordon nodes and evict pods is worth stealing, so it is kept off the nodes where others' pods run. */
  operatorNodes: z.enum(['control-plane', 'any']).default('control-plane'),
  /** Proxies that drain may evict pods of any node: admission does not see where the pod of an eviction runs. */
  drainBy: z.enum(['operator', 'proxy']).default('operator'),
  /** Its kind has to be there: Prometheus's operator brings it. */
  serviceMonitor: z.boolean().default(false),
});

export type InstallOptions = Readonly<z.infer<typeof installOptionsSchema>>;
