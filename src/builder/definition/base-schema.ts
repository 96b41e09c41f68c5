import { z } from 'zod';
import * as field from './fields.ts';

const aptSource = z.strictObject({
  uri: field.httpUrl.describe('Mirror, for example http://deb.debian.org/debian'),
  suites: z.array(z.string().regex(/^[a-z0-9][a-z0-9/.-]*$/)).min(1),
  components: z
    .array(z.string().regex(/^[a-z][a-z0-9-]*$/))
    .min(1)
    .default(['main']),
  keyring: field.hostPath.optional().describe('Keyring file; default: the host keyring of Debian'),
});

const apt = z.strictObject({
  type: z.literal('apt'),
  suite: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .describe('For example trixie'),
  sources: z
    .array(aptSource)
    .optional()
    .describe('Mirrors; default: the mirror that this host is configured for'),
});

const dnfRepository = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_.-]+$/),
  baseUrl: z.string().regex(/^(https?|file):\/\/\S+$/),
  gpgKey: field.hostPath.describe('Public key that signs the packages'),
});

const dnf = z.strictObject({
  type: z.literal('dnf'),
  release: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/)
    .describe('$releasever, for example 24.03'),
  repositories: z.array(dnfRepository).min(1),
});

const oci = z.strictObject({
  type: z.literal('oci'),
  image: z
    .string()
    .min(1)
    .describe('OCI archive (.tar) or layout directory on disk, or registry/name@sha256:digest'),
});

const tar = z.strictObject({ type: z.literal('tar'), path: field.hostPath });
const directory = z.strictObject({ type: z.literal('directory'), path: field.hostPath });

export const baseSchema = z.discriminatedUnion('type', [apt, dnf, oci, tar, directory]);

export type Base = z.infer<typeof baseSchema>;
export type AptBase = z.infer<typeof apt>;
export type AptSource = z.infer<typeof aptSource>;
export type DnfBase = z.infer<typeof dnf>;
export type OciBase = z.infer<typeof oci>;
export type TarBase = z.infer<typeof tar>;
export type DirectoryBase = z.infer<typeof directory>;
