import { kbimgSchema, type Kbimg } from './kbimg-schema.ts';

const KERNEL_ARGUMENTS =
  'nomodeset quiet oops=panic softlockup_panic=1 nmi_watchdog=1 selinux=0 crashkernel=256M';

/** What kbimg.toml says and a definition has no place for, with what takes its place. */
export function leftoverNotes(kbimg: Kbimg): string[] {
  return [
    ...(kbimg.from_repo?.agent_path
      ? [
          'agent_path: `kubeos build` brings our agent where there is a `repository`; without one: `kubeos build --agent own`',
        ]
      : []),
    ...(kbimg.from_repo?.upgrade_img
      ? [
          'upgrade_img: an upgrade is no container image here; `kubeos publish` puts the release on the image server that repository names',
        ]
      : []),
    ...(kbimg.grub
      ? ['grub.passwd: not taken over; GRUB offers no menu that could be edited']
      : []),
    ...(kbimg.dm_verity
      ? [
          'dm_verity: blocks are always checked (root.verity: true); the keys and passphrases for signed boot files are not taken over',
        ]
      : []),
    ...(kbimg.pxe_config
      ? [
          'pxe_config: outputs: [pxe] makes a folder to serve; addresses of the server and of nodes belong to DHCP and to its boot script',
        ]
      : []),
    ...(kbimg.admin_container ? ['admin_container: is not built here'] : []),
    `KubeOS always boots with ${KERNEL_ARGUMENTS}: write what you rely on under kernelArguments`,
    'KubeOS builds for the machine that it runs on: write arch: arm64 if that was one',
    ...unknownKeys(kbimg),
  ];
}

function unknownKeys(kbimg: Kbimg): string[] {
  return Object.entries(kbimg).flatMap(([name, section]) => {
    if (!(name in kbimgSchema.shape)) return [`${name}: kbimg has no such section; it is left out`];
    const known = KNOWN_KEYS.get(name);
    if (known === undefined || typeof section !== 'object' || section === null) return [];
    return Object.keys(section)
      .filter((key) => !known.includes(key))
      .map((key) => `${name}.${key}: is left out`);
  });
}

/** Keys that are taken over or spoken of above, of sections that are one table. */
const KNOWN_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'from_repo',
    ['version', 'repo_path', 'agent_path', 'root_passwd', 'rpmlist', 'legacy_bios', 'upgrade_img'],
  ],
  ['from_dockerimg', ['upgrade_img', 'legacy_bios']],
  ['systemd_service', ['name']],
  ['chroot_script', ['path', 'rm']],
  ['disk_partition', ['root', 'img_size']],
  ['persist_mkdir', ['name']],
]);
