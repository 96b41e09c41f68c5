import type { PropertyPath } from './located-node.ts';

const PASSWORD =
  'passwords are only taken as hashes: put what `openssl passwd -6` prints into passwordHash';

/** Keys of other tools and of other sections that people try, and where the thing is written here. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['password', PASSWORD],
  ['passwd', PASSWORD],
  ['passphrase', PASSWORD],
  ['hashedPassword', 'write passwordHash'],
  ['ssh_authorized_keys', 'write sshKeys'],
  ['sshAuthorizedKeys', 'write sshKeys'],
  ['authorizedKeys', 'write sshKeys'],
  ['hostname', 'a hostname belongs to a node, not to its image: set it on the node'],
  ['cmdline', 'write kernelArguments, a list with one argument per item'],
  ['kernel', 'the kernel is a package: name it under packages'],
  ['enable', 'write it under units'],
  ['disable', 'write it under units'],
  ['mask', 'write it under units'],
  ['services', 'write units with enable, disable or mask'],
  ['systemd_service', 'write units with enable, disable or mask'],
  ['verity', 'write it under root'],
  ['fileSystem', 'write it under root'],
  ['filesystem', 'write fileSystem under root'],
  ['boot', 'write it under partitions'],
  ['suite', 'write it under base'],
  ['sources', 'write it under base'],
  ['repositories', 'write it under base, or repository for the image server'],
  ['rpmlist', 'write packages'],
  ['copy_files', 'write files'],
  ['chroot_script', 'write scripts'],
  ['persist_mkdir', 'write persist'],
  ['disk_partition', 'write partitions'],
]);

const BASE_KEYS: ReadonlyMap<string, string> = new Map([
  ['suite', 'apt'],
  ['sources', 'apt'],
  ['release', 'dnf'],
  ['repositories', 'dnf'],
  ['image', 'oci'],
  ['path', 'tar or directory'],
]);

/** What to write instead of an unknown key, where its name alone tells. */
export function keyAdvice(path: PropertyPath): string | undefined {
  const key = String(path.at(-1));
  const isTop = path.length === 1;
  const type = path[0] === 'base' && path.length === 2 ? BASE_KEYS.get(key) : undefined;
  if (type !== undefined) return `it belongs to a base of type ${type}`;
  if (/^(?:password|passwd|passphrase)$/.test(key)) return ADVICE.get(key);
  return isTop || path[0] === 'users' ? ADVICE.get(key) : undefined;
}
