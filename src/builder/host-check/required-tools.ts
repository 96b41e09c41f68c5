import type { Arch } from '../../disk/layout.ts';
import type { ImageDefinition } from '../definition/schema.ts';

/** A program that a build runs, and the packages that bring it. */
export interface RequiredTool {
  readonly tool: string;
  readonly deb: string;
  readonly rpm: string;
  readonly purpose: string;
}

/** A file that a package brings without a program. */
export interface RequiredFile {
  readonly file: string;
  readonly deb: string;
  readonly rpm: string;
  /** The only architecture for which Debian has the package, where it has not all; any host can use what is in it. */
  readonly debArch?: Arch;
  readonly purpose: string;
}

export interface Requirements {
  readonly tools: readonly RequiredTool[];
  readonly files: readonly RequiredFile[];
  /** The architecture whose programs the build starts; null: it starts none of the image's. */
  readonly programsOf: Arch | null;
}

type Needs = Pick<ImageDefinition, 'arch' | 'firmware' | 'outputs' | 'root'> & {
  readonly scripts: readonly unknown[];
  readonly base: Pick<ImageDefinition['base'], 'type'>;
};

type Row = readonly [tool: string, deb: string, rpm: string, purpose: string];

const toTool = ([tool, deb, rpm, purpose]: Row): RequiredTool => ({ tool, deb, rpm, purpose });

const ALWAYS: readonly Row[] = [
  ['sgdisk', 'gdisk', 'gdisk', 'partition table'],
  ['mke2fs', 'e2fsprogs', 'e2fsprogs', 'root and persist file systems'],
  ['debugfs', 'e2fsprogs', 'e2fsprogs', 'reproducible times'],
  ['mkfs.vfat', 'dosfstools', 'dosfstools', 'BOOT file system'],
  ['mcopy', 'mtools', 'mtools', 'files on BOOT'],
  ['grub-mkimage', 'grub-common', 'grub2-tools', 'GRUB image'],
  ['unshare', 'util-linux', 'util-linux', 'user namespace'],
  ['flock', 'util-linux', 'util-linux', 'one build at a time in a folder'],
  ['newuidmap', 'uidmap', 'shadow-utils', 'user namespace with more than one id'],
  ['tar', 'tar', 'tar', 'root file system'],
  ['depmod', 'kmod', 'kmod', 'kernel module index'],
  ['systemctl', 'systemd', 'systemd', 'enabling units in the image'],
  ['xz', 'xz-utils', 'xz', 'kernel modules'],
  ['zstd', 'zstd', 'zstd', 'kernel modules'],
];

const RPM_ROW: Row = ['rpm', 'rpm', 'rpm', 'base dnf, or another base of an RPM system'];

/** Reads the package database of an RPM system, whatever the base is. */
export const RPM: RequiredTool = toTool(RPM_ROW);

/** Where the node agent is made, and not named. */
export const STRIP: RequiredTool = toTool([
  'strip',
  'binutils',
  'binutils',
  'making the node agent',
]);

/** What this host must have to build such an image; purely from the definition. */
export function requirementsOf(needs: Needs): Requirements {
  return {
    tools: [
      ...ALWAYS,
      ...baseTools(needs.base.type),
      ...rootTools(needs.root),
      ...outputTools(needs.outputs),
      ...scriptTools(needs.scripts),
    ].map(toTool),
    files: grubFiles(needs),
    programsOf: runsPrograms(needs) ? needs.arch : null,
  };
}

/** What definitions of other kinds need beside these: each kind of base and of root file system is among them. */
export function furtherTools(known: Requirements, needs: Needs): RequiredTool[] {
  const kinds = [
    { base: { type: 'apt' }, root: { ...needs.root, fileSystem: 'squashfs' } },
    { base: { type: 'dnf' }, root: { ...needs.root, fileSystem: 'erofs' } },
  ] as const;
  const all = kinds.flatMap((kind) => requirementsOf({ ...needs, ...kind }).tools);
  const names = new Set(known.tools.map(({ tool }) => tool));
  return [...new Map(all.map((one) => [one.tool, one])).values()].filter(
    ({ tool }) => !names.has(tool),
  );
}

/** Packages are set up by their own scripts; the other bases are taken as they are. */
function runsPrograms({ base, scripts }: Needs): boolean {
  return base.type === 'apt' || base.type === 'dnf' || scripts.length > 0;
}

function baseTools(type: ImageDefinition['base']['type']): readonly Row[] {
  switch (type) {
    case 'apt':
      return [
        ['mmdebstrap', 'mmdebstrap', 'mmdebstrap', 'base apt'],
        ['apt-get', 'apt', 'apt', 'base apt'],
        ['dpkg-deb', 'dpkg', 'dpkg', 'base apt'],
      ];
    case 'dnf':
      return [['dnf', 'dnf', 'dnf', 'base dnf'], RPM_ROW];
    // What these hold is known when they have been read: then `RPM` may be needed.
    case 'oci':
    case 'tar':
    case 'directory':
      return [];
    default:
      return type satisfies never;
  }
}

function rootTools(root: Needs['root']): readonly Row[] {
  const fileSystems: Record<typeof root.fileSystem, readonly Row[]> = {
    ext4: [],
    squashfs: [['mksquashfs', 'squashfs-tools', 'squashfs-tools', 'root.fileSystem squashfs']],
    erofs: [
      ['mkfs.erofs', 'erofs-utils', 'erofs-utils', 'root.fileSystem erofs'],
      ['fsck.erofs', 'erofs-utils', 'erofs-utils', 'root.fileSystem erofs'],
    ],
  };
  const verity: readonly Row[] = root.verity
    ? [['veritysetup', 'cryptsetup-bin', 'veritysetup', 'root.verity']]
    : [];
  return [...fileSystems[root.fileSystem], ...verity];
}

function outputTools(outputs: Needs['outputs']): readonly Row[] {
  const converts = outputs.some((output) => ['qcow2', 'vmdk', 'vhd'].includes(output));
  return converts ? [['qemu-img', 'qemu-utils', 'qemu-img', `outputs ${outputs.join(', ')}`]] : [];
}

function scriptTools(scripts: Needs['scripts']): readonly Row[] {
  return scripts.length > 0 ? [['bwrap', 'bubblewrap', 'bubblewrap', 'scripts']] : [];
}

function grubFiles({ arch, firmware }: Needs): RequiredFile[] {
  const efi =
    arch === 'amd64'
      ? {
          file: '/usr/lib/grub/x86_64-efi/normal.mod',
          deb: 'grub-efi-amd64-bin',
          rpm: 'grub2-efi-x64-modules',
        }
      : {
          file: '/usr/lib/grub/arm64-efi/normal.mod',
          deb: 'grub-efi-arm64-bin',
          rpm: 'grub2-efi-aa64-modules',
        };
  const bios = {
    file: '/usr/lib/grub/i386-pc/normal.mod',
    deb: 'grub-pc-bin',
    rpm: 'grub2-pc-modules',
  };
  return [
    { ...efi, debArch: arch, purpose: 'GRUB for UEFI' },
    ...(firmware.includes('bios') ? [{ ...bios, debArch: arch, purpose: 'GRUB for BIOS' }] : []),
  ];
}
