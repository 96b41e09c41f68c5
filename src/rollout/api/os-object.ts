import { z } from 'zod';
import { osStatusSchema } from './os-status.ts';

/** An `OS` object as it is watched; what stands in its spec is read by `readOsSpec`, and may be anything. */
export const osObjectSchema = z.object({
  metadata: z.object({
    ...{ name: z.string(), namespace: z.string(), uid: z.string() },
    /** None of an object that a dry run would make. */
    resourceVersion: z.string().default(''),
    ...{ generation: z.int().default(0), creationTimestamp: z.iso.datetime() },
    annotations: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.unknown(),
  status: osStatusSchema,
});

export type OsObject = Readonly<z.infer<typeof osObjectSchema>>;

/** `NAMESPACE/NAME`, as people and events name it. */
export const osName = ({ metadata }: Pick<OsObject, 'metadata'>): string =>
  `${metadata.namespace}/${metadata.name}`;
