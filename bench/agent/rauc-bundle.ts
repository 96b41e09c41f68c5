import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a node fetches to be upgraded by RAUC. */
export interface RaucBundle {
  readonly url: string;
  /** Of the folder with it and RAUC's configuration and keyring. */
  readonly folderUrl: string;
}

export interface BundleRequest {
  /** A folder that is served at `url`. */
  readonly served: string;
  /** image.zst of the release. */
  readonly image: string;
  readonly url: string;
  /** Where work that is not served lies. */
  readonly work: string;
}

const NAME = 'kubeos-bench';

/** Device of the slot that is written: after the upgrade by the agent slot B runs. */
export const STANDBY = '/dev/vda2';

const SYSTEM = `[system]
compatible=${NAME}
bootloader=custom
mountprefix=/run/rauc-mount
statusfile=/run/rauc.status

[handlers]
bootloader-custom-backend=/run/rauc/bootloader

[keyring]
path=/run/rauc/keyring.pem

[slot.rootfs.0]
device=${STANDBY}
type=raw
bootname=A

[slot.rootfs.1]
device=/dev/vda3
type=raw
bootname=B
`;

/** RAUC asks which slot is next and says which is bad and good; which boots is not measured. */
const BOOTLOADER = `#!/bin/sh
case "$1" in
  get-primary) echo B ;;
  get-state) echo good ;;
esac
`;

/** Makes a signed bundle with the root image, in RAUC's format for streaming. */
export function makeRaucBundle({ served, image, url, work }: BundleRequest): RaucBundle {
  const content = path.join(work, 'content');
  mkdirSync(content, { recursive: true });
  run('zstd', ['-q', '-d', '-f', image, '-o', path.join(content, 'root.img')]);
  const manifest = `[update]\ncompatible=${NAME}\nversion=2.0.0\n[bundle]\nformat=verity\n[image.rootfs]\nfilename=root.img\n`;
  writeFileSync(path.join(content, 'manifest.raucm'), manifest);
  const [key, certificate] = [path.join(work, 'key.pem'), path.join(served, 'keyring.pem')];
  const subject = ['-subj', `/O=${NAME}/CN=${NAME}`, '-days', '3650'];
  const files = ['-keyout', key, '-out', certificate];
  run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject]);
  const bundle = path.join(served, 'bundle.raucb');
  run('rauc', [
    ...['bundle', `--cert=${certificate}`, `--key=${key}`, `--keyring=${certificate}`],
    ...['--mksquashfs-args=-comp zstd -Xcompression-level 3', content, bundle],
  ]);
  writeFileSync(path.join(served, 'system.conf'), SYSTEM);
  writeFileSync(path.join(served, 'bootloader'), BOOTLOADER);
  return { url: `${url}bundle.raucb`, folderUrl: url };
}

/** Commands that start RAUC's service on a node, ready to install. */
export function raucService({ folderUrl }: RaucBundle): string {
  const files = ['system.conf', 'keyring.pem', 'bootloader'];
  return [
    'mkdir -p /run/rauc /run/rauc-mount && mount -o remount,exec /run',
    ...files.map((name) => `curl -sSf -o /run/rauc/${name} ${folderUrl}${name}`),
    'chmod +x /run/rauc/bootloader && modprobe nbd',
    '(rauc --conf=/run/rauc/system.conf service >/run/rauc.log 2>&1 &)',
    // An emulated node takes its time.
    'for second in $(seq 120); do rauc status >/dev/null 2>&1 && break; sleep 1; done',
    '{ rauc status >/dev/null || { cat /run/rauc.log; false; }; }',
  ].join(' && ');
}

function run(program: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}: ${stderr}`);
}
