import { glob } from 'node:fs/promises';

/** What no image should carry: the build's traces, other nodes' identity, and what kubeos makes itself. */
const UNWANTED = [
  'boot/initrd*',
  'boot/initramfs*',
  'boot/System.map*',
  'boot/config-*',
  'vmlinuz*',
  'initrd.img*',
  'etc/apt/sources.list',
  'etc/apt/sources.list.d/*',
  'etc/ssh/ssh_host_*',
  'etc/hostname',
  'etc/mtab',
  'etc/.pwd.lock',
  'etc/*-',
  'var/cache/apt/*',
  'var/cache/debconf/*-old',
  'var/cache/dnf/*',
  'var/cache/ldconfig/*',
  'var/lib/apt/lists/*',
  'var/lib/dbus/machine-id',
  'var/lib/dnf/*',
  'var/lib/dpkg/*-old',
  'var/lib/systemd/random-seed',
  'usr/lib/sysimage/dpkg/*-old',
  'var/log/**/*',
] as const;

/** Absolute paths inside the image of what to remove, sorted. */
export async function findRemovals(tree: string): Promise<string[]> {
  const found = new Set<string>();
  for await (const name of glob([...UNWANTED], { cwd: tree })) found.add(`/${name}`);
  return [...found].toSorted();
}
