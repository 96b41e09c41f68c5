import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { z } from 'zod';

/** As much of a structural schema as a page says. */
const fieldSchema = z.object({
  description: z.string().default(''),
  type: z.string().optional(),
  format: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxItems: z.number().optional(),
  required: z.array(z.string()).default([]),
  'x-kubernetes-int-or-string': z.boolean().optional(),
  'x-kubernetes-preserve-unknown-fields': z.boolean().optional(),
  'x-kubernetes-validations': z.array(z.object({ message: z.string() })).default([]),
  get properties() {
    return z.record(z.string(), fieldSchema).default({});
  },
  get items() {
    return fieldSchema.optional();
  },
  get additionalProperties() {
    return fieldSchema.optional();
  },
});

export type CrdField = z.infer<typeof fieldSchema>;

const crdSchema = z.object({
  spec: z.object({
    versions: z.tuple([z.object({ schema: z.object({ openAPIV3Schema: fieldSchema }) })]),
  }),
});

/** The whole object, as templates/crds/ describes it. */
export function crdSchemaOf(plural: 'os' | 'osinstances'): CrdField {
  const file = new URL(
    `../../templates/crds/upgrade.openeuler.org_${plural}.yaml`,
    import.meta.url,
  );
  const { spec } = crdSchema.parse(load(readFileSync(fileURLToPath(file), 'utf8')));
  return spec.versions[0].schema.openAPIV3Schema;
}
