import { z } from 'zod';

const named = z.object({ kind: z.string(), name: z.string(), controller: z.boolean().optional() });

/** What a drain has to know of a pod, as the API server has it (core/v1 Pod). */
export const podSchema = z.object({
  metadata: z.object({
    ...{ namespace: z.string(), name: z.string(), uid: z.string() },
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: z.array(named).default([]),
    deletionTimestamp: z.string().optional(),
    finalizers: z.array(z.string()).default([]),
  }),
  spec: z.object({
    priority: z.int().default(0),
    volumes: z
      .array(
        z.object({
          name: z.string().default(''),
          emptyDir: z.unknown().optional(),
          ephemeral: z.unknown().optional(),
          persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
        }),
      )
      .default([]),
  }),
  status: z
    .object({
      phase: z.string().default('Unknown'),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .prefault({}),
});

export type Pod = Readonly<z.infer<typeof podSchema>>;

export const podName = ({ metadata: { namespace, name } }: Pod): string => `${namespace}/${name}`;

export const isFinished = ({ status: { phase } }: Pod): boolean =>
  phase === 'Succeeded' || phase === 'Failed';

export const isReadyPod = ({ metadata, status: { conditions } }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  conditions.some(({ type, status }) => type === 'Ready' && status === 'True');

/** The object that would make it anew. */
export const controllerOf = ({ metadata }: Pod) =>
  metadata.ownerReferences.find(({ controller = false }) => controller) ?? null;
