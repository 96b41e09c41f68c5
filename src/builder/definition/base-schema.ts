import { z } from 'zod';
import * as field from './fields.ts';

const aptSource = z.strictObject({
  uri: field.httpUrl.describe('Mirror, for example http://deb.debian.org/debian'),
  suites: z
    .array(field.text(/^[a-z0-9][a-z0-9/.-]*$/, 'a suite, such as trixie-updates'))
    .min(1)
    .describe('Suites to take packages from'),
  components: z
    .array(field.text(/^[a-z][a-z0-9-]*$/, 'a component, such as main'))
    .min(1)
    .default(['main'])
    .describe('Components of the suites'),
  keyring: field.hostPath.optional().describe('Keyring file; default: the host keyring of Debian'),
  checkValidUntil: z
    .boolean()
    .optional()
    .describe('false: lists may be older than their Valid-Until, as a frozen mirror has them'),
});

const apt = z.strictObject({
  type: z.literal('apt').describe('Debian or Ubuntu packages'),
  suite: field
    .text(/^[a-z][a-z0-9-]*$/, 'the code name of a suite, such as trixie')
    .describe('Debian suite by code name, for example trixie'),
  sources: z
    .array(aptSource)
    .optional()
    .describe('Mirrors; default: the mirror that this host is configured for'),
});

const dnfRepository = z.strictObject({
  id: field.text(/^[A-Za-z0-9_.-]+$/, 'a short name of the repository'),
  baseUrl: field
    .text(
      /^(?:https?:\/\/[^\s/@]+(?:\/\S*)?|file:\/\/\S+)$/,
      'an address that begins with https://, http:// or file://, without a user or password',
    )
    .describe('Address of the repository; $releasever and $basearch are filled in'),
  gpgKey: field.hostPath.describe('Public key that signs the packages'),
});

const dnf = z.strictObject({
  type: z.literal('dnf').describe('RPM packages'),
  release: field
    .text(/^[A-Za-z0-9._-]+$/, 'the release as text, such as "24.03"')
    .describe('$releasever, for example 24.03'),
  repositories: z
    .array(dnfRepository)
    .min(1)
    .describe('Where packages come from; no other repository is used'),
});

const oci = z.strictObject({
  type: z.literal('oci').describe('A container image'),
  image: field
    .text(/^[^\0\n]+$/, 'an archive, a layout directory, or registry/name@sha256:digest')
    .describe('OCI archive (.tar) or layout directory on disk, or registry/name@sha256:digest'),
});

const tar = z.strictObject({
  type: z.literal('tar').describe('A root file system as a tar'),
  path: field.hostPath.describe('Tar of a root file system, may be compressed'),
});
const directory = z.strictObject({
  type: z.literal('directory').describe('A root file system as a directory'),
  path: field.hostPath.describe('Directory with a root file system'),
});

export const baseSchema = z.discriminatedUnion('type', [apt, dnf, oci, tar, directory]);

export type Base = z.infer<typeof baseSchema>;
export type AptBase = z.infer<typeof apt>;
export type AptSource = z.infer<typeof aptSource>;
export type DnfBase = z.infer<typeof dnf>;
export type OciBase = z.infer<typeof oci>;
export type TarBase = z.infer<typeof tar>;
export type DirectoryBase = z.infer<typeof directory>;
