// Installs what the tests and the quickstart need on a fresh Debian machine, says what it does, and does nothing
// where all is there. Plain JavaScript: it runs on whatever Node the machine has, before ours is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

/** Tool to look for, and the Debian package that brings it. */
const TOOLS = {
  sgdisk: 'gdisk',
  sfdisk: 'fdisk',
  'mkfs.vfat': 'dosfstools',
  mcopy: 'mtools',
  mke2fs: 'e2fsprogs',
  'grub-mkimage': 'grub-common',
  mmdebstrap: 'mmdebstrap',
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  mksquashfs: 'squashfs-tools',
  'mkfs.erofs': 'erofs-utils',
  veritysetup: 'cryptsetup-bin',
  newuidmap: 'uidmap',
  depmod: 'kmod',
  xz: 'xz-utils',
  zstd: 'zstd',
  systemctl: 'systemd',
  cpio: 'cpio',
  bwrap: 'bubblewrap',
  git: 'git',
};

/** Packages that bring files and no tool of their own. */
const FILES = {
  '/usr/lib/grub/x86_64-efi/normal.mod': 'grub-efi-amd64-bin',
  '/usr/lib/grub/i386-pc/normal.mod': 'grub-pc-bin',
  '/usr/share/OVMF/OVMF_CODE_4M.fd': 'ovmf',
  '/usr/share/keyrings/debian-archive-keyring.gpg': 'debian-archive-keyring',
};

installSystemPackages();
giveSubordinateIds();
installNodePackages();

function installSystemPackages() {
  const missing = [
    ...Object.entries(TOOLS).filter(([tool]) => !hasTool(tool)),
    ...Object.entries(FILES).filter(([file]) => !existsSync(file)),
  ].map(([, name]) => name);
  const packages = [...new Set(missing)];
  if (packages.length === 0) return;
  console.error(`bootstrap: installing ${packages.join(' ')}`);
  const apt = { DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '--quiet=2'], apt);
  run('apt-get', ['install', '--yes', '--quiet=2', '--no-install-recommends', ...packages], apt);
}

function hasTool(tool) {
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return directories.some((directory) => existsSync(`${directory}/${tool}`));
}

/** A user namespace of our own needs a range of ids; Debian gives one to every user that adduser makes, but not to root. */
function giveSubordinateIds() {
  const name = process.getuid() === 0 ? 'root' : process.env.USER;
  const missing = ['/etc/subuid', '/etc/subgid'].filter((file) => !hasRange(file, name));
  if (missing.length === 0) return;
  if (process.getuid() !== 0) {
    const ranges = '--add-subuids 200000-265535 --add-subgids 200000-265535';
    fail(`user ${name} has no subordinate ids; as root: usermod ${ranges} ${name}`);
  }
  console.error('bootstrap: giving root subordinate ids 1000000-1065535');
  for (const file of missing) {
    const option = file === '/etc/subuid' ? '--add-subuids' : '--add-subgids';
    run('usermod', [option, '1000000-1065535', 'root'], {});
  }
}

function hasRange(file, name) {
  return existsSync(file) && new RegExp(`^${name}:`, 'm').test(readFileSync(file, 'utf8'));
}

function installNodePackages() {
  const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  const stamp = 'node_modules/.kubeos-lock';
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('bootstrap: installing npm packages, the target Node among them');
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {});
  mkdirSync('node_modules', { recursive: true });
  writeFileSync(stamp, wanted);
}

function run(tool, args, environment) {
  // The result of our own command is on stdout; what an installer says is not.
  const { status, error } = spawnSync(tool, args, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...environment },
  });
  if (status !== 0)
    fail(`${tool} ${args.join(' ')} failed: ${error?.message ?? `exit code ${status}`}`);
}

function fail(message) {
  console.error(`bootstrap: ${message}`);
  process.exit(4);
}
