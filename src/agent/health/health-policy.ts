import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const seconds = z.int().min(1);
const name = z.string().max(64);

/** `health` of the image's definition, as `/usr/lib/kubeos/health.json` says it: nothing on the node can change that. */
export const healthPolicySchema = z.strictObject({
  readySeconds: seconds.default(300),
  stableSeconds: seconds.default(10),
  deadlineSeconds: seconds.default(600),
  /** So long one check may take. */
  checkSeconds: seconds.max(60).default(30),
  /** Those that have to be well; `all`: none may have failed. */
  units: z.union([z.literal('all'), z.array(z.string().max(255))]).default('all'),
  /** Names of checks that are told, and decide nothing. */
  advisory: z.array(name).default([]),
  checks: z
    .array(
      z.strictObject({
        name,
        command: z.array(z.string()).min(1).optional(),
        http: z.string().optional(),
        required: z.boolean(),
      }),
    )
    .default([]),
  /** What scripts of the node itself, in /etc/kubeos/health.d, decide. */
  nodeChecks: z.enum(['none', 'advisory', 'required']).default('none'),
});
export type HealthPolicy = Readonly<z.infer<typeof healthPolicySchema>>;

/** A node must be able to judge itself, so a file that is damaged or missing gives the defaults. */
export async function readHealthPolicy(file: string): Promise<HealthPolicy> {
  return await readFile(file, 'utf8')
    .then((text) => healthPolicySchema.parse(JSON.parse(text)))
    .catch(() => healthPolicySchema.parse({}));
}
