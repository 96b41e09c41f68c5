import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits');
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hexadecimal digits');
const seconds = z.int().min(0);

/** `version` is the package manager's whole version, epoch and revision included. */
const packageFields = {
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/, 'a package name'),
  version: z.string().regex(/^[A-Za-z0-9.+~:^_-]+$/, 'a package version'),
  arch: z.string().regex(/^[a-z0-9_-]+$/, 'an architecture'),
  size: z.int().min(0).describe('Size of the package file in bytes'),
  sha256: sha256.describe('SHA-256 of the package file'),
  file: z.string().regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\s\\]+$/, 'a path below its source'),
};

const aptPackage = z.strictObject({
  ...packageFields,
  source: z.int().min(0).describe('Index into base.sources'),
});

const aptSource = z.strictObject({
  uri: z.string().regex(/^https?:\/\/\S+$/, 'an http or https address'),
  suite: z.string().min(1),
  components: z.array(z.string().min(1)).min(1),
  date: z.iso.datetime({ precision: 0 }).describe('When the archive signed this state'),
  sha256: sha256.describe('SHA-256 of the signed index, InRelease'),
});

const apt = z.strictObject({
  type: z.literal('apt'),
  suite: z.string().min(1),
  sources: z.array(aptSource).min(1),
  requested: z.array(z.string().min(1)).describe('Packages that the definition asks for'),
  packages: z.array(aptPackage),
});

const dnf = z.strictObject({
  type: z.literal('dnf'),
  release: z.string().min(1),
  repositories: z.array(
    z.strictObject({
      id: z.string().min(1),
      baseUrl: z.string().min(1),
      sha256: sha256.describe('SHA-256 of repomd.xml'),
    }),
  ),
  requested: z.array(z.string().min(1)),
  packages: z.array(z.strictObject({ ...packageFields, repository: z.string().min(1) })),
});

const oci = z.strictObject({ type: z.literal('oci'), image: z.string().min(1), digest });
const tar = z.strictObject({ type: z.literal('tar'), sha256 });
const directory = z.strictObject({ type: z.literal('directory'), sha256 });

/** `kubeos.lock`: everything that a build takes in, by digest. Strict: an unknown key is an error. */
export const lockSchema = z
  .strictObject({
    lockVersion: z.literal(1),
    name: z.string().min(1).describe('Name of the image definition'),
    arch: z.enum(['amd64', 'arm64']),
    sourceDateEpoch: seconds.describe('The one time that a build knows, seconds since 1970'),
    base: z.discriminatedUnion('type', [apt, dnf, oci, tar, directory]),
  })
  .superRefine((lock, context) => {
    if (lock.base.type !== 'apt') return;
    const { packages, sources } = lock.base;
    packages.forEach((one, index) => {
      if (one.source < sources.length) return;
      const path = ['base', 'packages', index, 'source'];
      const message = `there is no source ${String(one.source)} in base.sources`;
      context.addIssue({ code: 'custom', path, message });
    });
  });

export type Lock = Readonly<z.infer<typeof lockSchema>>;
export type LockedBase = Lock['base'];
export type LockedAptBase = Extract<LockedBase, { type: 'apt' }>;
export type LockedAptSource = LockedAptBase['sources'][number];
export type LockedAptPackage = LockedAptBase['packages'][number];
export type LockedDnfBase = Extract<LockedBase, { type: 'dnf' }>;
export type LockedDnfPackage = LockedDnfBase['packages'][number];
export type LockedPackage = LockedAptPackage | LockedDnfPackage;

/** The packages of a lock; bases that are one file have none. */
export function lockedPackages(lock: Lock): readonly LockedPackage[] {
  return 'packages' in lock.base ? lock.base.packages : [];
}
