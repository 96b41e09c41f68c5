import { z } from 'zod';

const sha256 = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** in-toto ResourceDescriptor v1: one thing that went in or came out. */
const resource = z.strictObject({
  name: z.string().min(1),
  uri: z
    .string()
    .regex(/^[a-z][a-z0-9+.-]*:\S+$/)
    .optional(),
  downloadLocation: z.url().optional(),
  digest: sha256,
});

const subject = z.strictObject({ name: z.string().min(1), digest: sha256 });

/** SLSA asks a verifier to refuse external parameters that it does not know: hence strict. */
const externalParameters = z.strictObject({
  definition: z.array(subject).min(1).describe('The files of the image definition'),
  overrides: z.record(z.string(), z.string()).describe('What --set changed'),
  lock: sha256.nullable().describe('kubeos.lock, or null for a build that resolved anew'),
});

const internalParameters = z.strictObject({
  sourceDateEpoch: z.int().min(0),
  tools: z.record(z.string(), z.string()).describe('Versions of what shaped the image'),
});

/** `provenance.json`: an in-toto Statement v1 with the SLSA v1 provenance predicate. */
export const provenanceSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(subject).min(1),
  predicateType: z.literal('https://slsa.dev/provenance/v1'),
  predicate: z.strictObject({
    buildDefinition: z.strictObject({
      buildType: z.url(),
      externalParameters,
      internalParameters,
      resolvedDependencies: z.array(resource),
    }),
    runDetails: z.strictObject({
      builder: z.strictObject({
        id: z.url(),
        version: z.record(z.string(), z.string()),
      }),
    }),
  }),
});
